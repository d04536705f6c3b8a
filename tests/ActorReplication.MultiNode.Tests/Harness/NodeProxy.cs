using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>Stands before one node on the port that the node advertises. The caller of each connection is read from its first frame, so that every connection
/// obeys the two links between caller and node. It stays while the node behind it crashes and comes back on another port.</summary>
internal sealed class NodeProxy : IAsyncDisposable
{
    private readonly RoleName node;
    private readonly SpecNetwork network;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<ProxiedConnection, Task> connections = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;

    public NodeProxy(RoleName node, SpecNetwork network)
    {
        this.node = node;
        this.network = network;
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    /// <summary>What the node advertises.</summary>
    public int Port { get; }

    /// <summary>Where the node itself listens; 0 while it is down: callers are refused.</summary>
    public int BehindPort { get; set; }

    /// <summary>Resets the connections between the node and this caller, or all of them.</summary>
    public void Sever(RoleName? caller)
    {
        foreach (var connection in connections.Keys)
        {
            if (caller is null || connection.Caller == caller)
                connection.Reset();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        await Task.WhenAll(connections.Values);
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            Socket caller;
            try
            {
                caller = await listener.AcceptSocketAsync(stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            var connection = new ProxiedConnection(caller);
            connections[connection] = Task.CompletedTask;
            connections[connection] = ServeAsync(connection);
        }
    }

    private async Task ServeAsync(ProxiedConnection connection)
    {
        await Task.Yield();
        try
        {
            await connection.ServeAsync(
                port => network.RoleAt(port) is { } caller ? (caller, network.Link(caller, node), network.Link(node, caller)) : null,
                () => BehindPort,
                stopping.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // A broken connection is what a proxy is for; both sides see it reset.
        }
        finally
        {
            connection.Reset();
            connections.TryRemove(connection, out _);
        }
    }
}

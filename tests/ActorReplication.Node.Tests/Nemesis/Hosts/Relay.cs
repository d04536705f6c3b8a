using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ActorReplication.Node.Tests.Nemesis.Hosts;

/// <summary>A port of this machine's loopback that leads to a port of another machine's loopback, so that clients reach nodes that listen on nothing else, whatever is done to the network.</summary>
internal sealed class Relay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly SocketMaker _maker;
    private readonly IPEndPoint _target;

    public Relay(SocketMaker maker, int targetPort)
    {
        _maker = maker;
        _target = new IPEndPoint(IPAddress.Loopback, targetPort);
        _listener.Start(1000);
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener is closed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var near = client;
        using var far = _maker.Make();
        try
        {
            near.NoDelay = far.NoDelay = true;
            await far.ConnectAsync(_target);
            await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));
        }
        catch (SocketException)
        {
            // Nobody listens there: the client's connection ends.
        }
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16384];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var bytes)
                for (var sent = 0; sent < bytes;) sent += await to.SendAsync(buffer.AsMemory(sent, bytes - sent));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // One side has ended; the other follows.
        }
    }
}

/// <summary>Makes sockets that belong to another network namespace: a thread stays in it and makes them.</summary>
internal sealed class SocketMaker : IDisposable
{
    private readonly BlockingCollection<TaskCompletionSource<Socket>> _wanted = [];

    public SocketMaker(string namespaceFile)
    {
        var thread = new Thread(() => Run(namespaceFile)) { IsBackground = true, Name = "sockets" };
        thread.Start();
    }

    public Socket Make()
    {
        var made = new TaskCompletionSource<Socket>();
        _wanted.Add(made);
        return made.Task.GetAwaiter().GetResult();
    }

    public void Dispose() => _wanted.CompleteAdding();

    private void Run(string namespaceFile)
    {
        Tun.Enter(namespaceFile);
        foreach (var wanted in _wanted.GetConsumingEnumerable()) wanted.SetResult(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
    }
}

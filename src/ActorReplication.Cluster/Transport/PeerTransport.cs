using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote;
using Akka.Remote.Transport;

namespace ActorReplication.Cluster.Transport;

/// <summary>TCP for Akka.Remote with as few changes of threads as there can be: none to send, one to receive. Speaks what Akka's own TCP transport speaks, and reads
/// the same section, <c>akka.remote.dot-netty.tcp</c>: hostname, port, public-hostname, public-port, maximum-frame-size, connection-timeout, backlog; and, for TLS on both ends, peer-tls { certificate, key, authorities, names }.</summary>
public sealed partial class PeerTransport : Akka.Remote.Transport.Transport
{
    /// <summary>Addresses whose last complaint is remembered.</summary>
    private const int MostComplaints = 256;

    /// <summary>How long a TLS handshake may take; slower machines under load take a part of a second.</summary>
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(5);

    /// <summary>What Akka's protocol puts around a payload that it found short enough.</summary>
    private const int EnvelopeBytes = 128;

    private readonly ConcurrentDictionary<PeerConnection, bool> _connections = new(ReferenceEqualityComparer.Instance);
    private readonly TaskCompletionSource<IAssociationEventListener> _listener = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILoggingAdapter _log;
    private readonly PeerTls? _tls;
    private readonly string _host;
    private readonly string _publicHost;
    private readonly int _port;
    private readonly int _publicPort;
    private readonly int _backlog;
    private readonly TimeSpan _connectTimeout;
    private readonly ConcurrentDictionary<string, long> _complaints = new();
    private Socket? _server;
    private Address? _address;

    /// <summary>Made by Akka.Remote from the transport's section.</summary>
    public PeerTransport(ActorSystem system, Config config)
    {
        (System, Config, SchemeIdentifier) = (system, config, "tcp");
        if (config.GetBoolean("enable-ssl", false))
            throw new ConfigurationException("akka.remote.dot-netty.tcp.enable-ssl: this transport does not encrypt; set transport-class = \"Akka.Remote.Transport.DotNetty.TcpTransport, Akka.Remote\" beside it, or peer-tls");
        _log = Logging.GetLogger(system, typeof(PeerTransport));
        _tls = config.HasPath("peer-tls.certificate") ? new PeerTls(config.GetConfig("peer-tls"), _log) : null;
        _host = config.GetString("hostname", "");
        _port = config.GetInt("port", 0);
        _publicHost = config.GetString("public-hostname", "") is { Length: > 0 } publicHost ? publicHost : _host;
        _publicPort = config.GetInt("public-port", 0);
        _backlog = config.GetInt("backlog", 128);
        _connectTimeout = config.GetTimeSpan("connection-timeout", TimeSpan.FromSeconds(2));
        MaximumPayloadBytes = Math.Clamp(config.GetByteSize("maximum-frame-size", 512 << 10) ?? 0, 32_000, int.MaxValue / 2);
    }

    /// <inheritdoc/>
    public override bool IsResponsibleFor(Address remote) => true;

    /// <inheritdoc/>
    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        var endpoint = new IPEndPoint(_host.Length == 0 ? IPAddress.Any : await ResolveAsync(_host).ConfigureAwait(false), _port);
        var server = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            server.Bind(endpoint);
            server.Listen(_backlog);
        }
        catch (SocketException e)
        {
            server.Dispose();
            throw new RemoteTransportException($"cannot listen on {endpoint}: {e.Message}", e);
        }
        var port = ((IPEndPoint)server.LocalEndPoint!).Port;
        _address = new Address(SchemeIdentifier, System.Name, _publicHost.Length == 0 ? Dns.GetHostName() : _publicHost, _publicPort == 0 ? port : _publicPort);
        _server = server;
        _ = AcceptAsync(server);
        return (_address, _listener);
    }

    /// <inheritdoc/>
    public override Task<AssociationHandle> Associate(Address remoteAddress)
    {
        if (_server is null) return Task.FromException<AssociationHandle>(new RemoteTransportException("the transport is closed", null));
        var connected = new TaskCompletionSource<AssociationHandle>(TaskCreationOptions.RunContinuationsAsynchronously);
        // A thread of its own: the socket has to stay a blocking one, so it cannot be connected by an asynchronous call.
        new Thread(() => Connect(remoteAddress, connected)) { Name = "peer-connect", IsBackground = true }.Start();
        return connected.Task;
    }

    /// <inheritdoc/>
    public override Task<bool> Shutdown()
    {
        Interlocked.Exchange(ref _server, null)?.Dispose();
        foreach (var connection in _connections.Keys) connection.Close();
        return Task.FromResult(true);
    }

    internal void Forget(PeerConnection connection)
    {
        if (_connections.TryRemove(connection, out var isInbound) && isInbound) Interlocked.Decrement(ref _inbound);
    }

    private void Connect(Address remote, TaskCompletionSource<AssociationHandle> connected)
    {
        try
        {
            var endpoint = new IPEndPoint(ResolveAsync(remote.Host!).WaitAsync(_connectTimeout).GetAwaiter().GetResult(), remote.Port!.Value);
            var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            using (new Timer(static late => ((Socket)late!).Dispose(), socket, _connectTimeout, Timeout.InfiniteTimeSpan))
            {
                try
                {
                    socket.Connect(endpoint);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            }
            var connection = Open(socket, remote, isInbound: false);
            if (_tls is not null) Encrypt(connection, remote.Host);
            connected.SetResult(connection);
        }
        catch (Exception e)
        {
            connected.SetException(new InvalidAssociationException($"cannot connect to {remote}: {e.Message}", e));
        }
    }

    /// <exception cref="IOException">Or AuthenticationException, or whatever a certificate or a file has in store: it is closed, and the log says why.</exception>
    private void Encrypt(PeerConnection connection, string? host)
    {
        try
        {
            using var late = new Timer(static late => ((PeerConnection)late!).Close(), connection, HandshakeTime, Timeout.InfiniteTimeSpan);
            connection.Encrypt(_tls!, host);
        }
        catch (Exception e)
        {
            connection.Close();
            Complain(connection.RemoteAddress, host is null ? "from" : "to", e.InnerException is { } inner && e is AuthenticationException ? $"{e.Message} {inner.Message}" : e.Message);
            throw;
        }
    }

    /// <summary>Once a second for each address and direction: a peer that is refused comes again and again.</summary>
    private void Complain(Address remote, string direction, string problem)
    {
        var now = Environment.TickCount64;
        var key = $"{direction} {remote.Host}";
        if (_complaints.Count > MostComplaints) _complaints.Clear();
        if (_complaints.TryGetValue(key, out var last) && now - last < 1000) return;
        _complaints[key] = now;
        _log.Warning("Audit: no connection {0} {1} between nodes: {2}", direction, remote, problem);
    }

    private PeerConnection Open(Socket socket, Address remote, bool isInbound)
    {
        try
        {
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var connection = new PeerConnection(this, socket, _address!, remote, (int)MaximumPayloadBytes + EnvelopeBytes, _log);
        if (isInbound) Interlocked.Increment(ref _inbound);
        _connections[connection] = isInbound;
        // Shut down meanwhile: it may have looked through the connections before this one was there.
        if (_server is null) connection.Close();
        return connection;
    }

    private static async Task<IPAddress> ResolveAsync(string host)
    {
        if (IPAddress.TryParse(host, out var address)) return address;
        var found = await Dns.GetHostAddressesAsync(host).ConfigureAwait(false);
        return found.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? found[0];
    }
}

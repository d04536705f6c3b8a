using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Frontend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Postgres.Session;

/// <summary>Listens for PostgreSQL clients and serves each in a session of its own. One per node; thread-safe.</summary>
public sealed class PgServer : IAsyncDisposable
{
    private readonly PgServerOptions _options;
    private readonly ILogger _logger;
    private readonly ServerContext _context;
    private readonly Authenticator _authenticator;
    private readonly StartingRoom _starting;
    private readonly ConcurrentDictionary<int, ClientSession> _sessions = new();
    private readonly ConcurrentDictionary<Task, bool> _tasks = new();
    private readonly List<Socket> _listeners = [];
    private readonly CancellationTokenSource _stopping = new();
    private IDisposable? _stateSubscription;
    private int _lastProcessId = RandomNumberGenerator.GetInt32(1000, 30_000);
    private int _admitted;
    private int _isStopped;

    /// <param name="schema">Reads the schema for the translator.</param>
    public PgServer(PgServerOptions options, ISqlGateway gateway, ITranslator translator, ISchemaReader schema, ILogger<PgServer> logger, TimeProvider? clock = null)
    {
        _options = options;
        _logger = logger;
        _context = new ServerContext(options, gateway, translator, new SchemaCache(gateway, schema), new StatementCache(translator), clock ?? TimeProvider.System, logger);
        _starting = new StartingRoom(options.StartingConnections);
        _authenticator = new Authenticator(options, gateway, _context.Clock, logger);
    }

    /// <summary>The port listened on; 0 before <see cref="StartAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>Open sessions, without those still starting up.</summary>
    public int SessionCount => _sessions.Count;

    /// <summary>Of the results that sessions keep in temporary files.</summary>
    internal Cursors.SpoolBudget Spools => _context.Spools;

    /// <summary>Binds and begins to accept.</summary>
    /// <exception cref="SocketException">An address is in use, or is none of this machine's.</exception>
    public Task StartAsync()
    {
        Port = _options.Port;
        try
        {
            foreach (var address in _options.Addresses) Listen(address);
        }
        catch (SocketException)
        {
            CloseListeners();
            throw;
        }
        _stateSubscription = _context.Gateway.OnStateChanged(state =>
        {
            foreach (var session in _sessions.Values) session.NodeChanged(state);
        });
        foreach (var listener in _listeners) Track(Task.Run(() => AcceptAsync(listener)));
        return Task.CompletedTask;
    }

    /// <summary>Accepts no more, ends the sessions with 57P01 (idle ones at once, others after their statement, within <see cref="PgServerOptions.StopTime"/>), and returns when all are gone.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _isStopped, 1) != 0) return;
        CloseListeners();
        _stateSubscription?.Dispose();
        await _stopping.CancelAsync().ConfigureAwait(false);
        var shutdown = PgError.FatalError(SqlStates.AdminShutdown, "terminating connection due to administrator command");
        foreach (var session in _sessions.Values) session.Terminate(shutdown, cancel: false);
        var all = Task.WhenAll(_tasks.Keys);
        if (await Task.WhenAny(all, Task.Delay(_options.StopTime)).ConfigureAwait(false) != all)
        {
            foreach (var session in _sessions.Values)
            {
                session.Cancel();
                session.Abort();
            }
            await all.ConfigureAwait(false);
        }
        await _context.Schemas.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>A cancel request, from a client or passed on by another node: ends the statement that the session runs. False: no session of this node has such a key.</summary>
    public bool Cancel(int processId, int secret)
    {
        if (!_sessions.TryGetValue(processId, out var session) || session.Secret != secret) return false;
        session.Cancel();
        return true;
    }

    /// <summary>pg_cancel_backend: ends the statement that a session runs (57014). False: no such session.</summary>
    public bool CancelBackend(int processId)
    {
        if (!_sessions.TryGetValue(processId, out var session)) return false;
        session.Cancel();
        return true;
    }

    /// <summary>pg_terminate_backend: ends a session (57P01). False: no such session.</summary>
    public bool TerminateBackend(int processId)
    {
        if (!_sessions.TryGetValue(processId, out var session)) return false;
        session.Terminate(PgError.FatalError(SqlStates.AdminShutdown, "terminating connection due to administrator command"), cancel: true);
        return true;
    }

    /// <summary>Its sessions' advisory locks: pg_locks.</summary>
    public IReadOnlyList<Catalog.AdvisoryRow> AdvisoryLocks() => _context.Advisory.List();

    /// <summary>The open sessions, for lists of them.</summary>
    public IReadOnlyList<SessionInfo> Sessions()
    {
        var sessions = new List<SessionInfo>();
        foreach (var session in _sessions.Values) sessions.Add(new SessionInfo(session.ProcessId, session.User, session.Database, session.ApplicationName, session.Address, session.IsRunning, session.InTransaction));
        return sessions;
    }

    /// <summary>A connection for a client inside this process, which speaks the protocol from the startup packet on. It is not asked for a password: whoever calls this has to know whom it lets in.</summary>
    /// <exception cref="SocketException">Out of descriptors.</exception>
    /// <exception cref="ObjectDisposedException">The server has stopped.</exception>
    public Socket OpenInside()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isStopped) != 0, this);
        var (ours, theirs) = SocketPair.Open();
        Track(Task.Run(() => ServeAsync(theirs)));
        return ours;
    }

    private void Listen(IPAddress address)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listeners.Add(listener);
        if (address.AddressFamily == AddressFamily.InterNetworkV6) listener.DualMode = address.Equals(IPAddress.IPv6Any);
        listener.Bind(new IPEndPoint(address, Port));
        listener.Listen(512);
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        ServerLog.Listening(_logger, listener.LocalEndPoint.ToString()!);
    }

    private void CloseListeners()
    {
        foreach (var listener in _listeners) listener.Dispose();
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                Track(Task.Run(() => ServeAsync(socket)));
            }
            catch (Exception closed) when (closed is OperationCanceledException or ObjectDisposedException) { return; }
            catch (SocketException problem)
            {
                if (Volatile.Read(ref _isStopped) != 0) return;
                // Most likely out of descriptors: give the sessions time to close some.
                ServerLog.AcceptFailed(_logger, problem);
                await Task.Delay(100).ConfigureAwait(false);
            }
        }
    }

    private void Track(Task task)
    {
        _tasks[task] = true;
        _ = task.ContinueWith(done => _tasks.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task ServeAsync(Socket socket)
    {
        StartingRoom.Place? place = null;
        try
        {
            await using var connection = new Connection(socket, _options.Limits.ReceiveBytes);
            // Who is told that he is not let in leaves when he has heard it: that too is for a limited number.
            if (connection.RemoteAddress is { } address)
            {
                place = _starting.Enter(address, () =>
                {
                    ServerLog.LetGo(_logger, address.ToString());
                    connection.Abort();
                });
            }
            try
            {
                await ServeAsync(connection, place).ConfigureAwait(false);
            }
            catch (PgException refused)
            {
                ServerLog.Refused(_logger, connection.RemoteAddress?.ToString(), refused.Error.SqlState, refused.Message);
                connection.Output.ErrorResponse(refused.Error with { Severity = PgError.Fatal });
                await connection.FlushAsync().ConfigureAwait(false);
            }
        }
        catch (SocketException)
        {
            socket.Dispose();
        }
        finally
        {
            if (place is not null) _starting.Leave(place);
        }
    }

    private async Task ServeAsync(Connection connection, StartingRoom.Place? place)
    {
        StartupPacket? packet;
        Admission? admission = null;
        using (var late = new CancellationTokenSource(_options.Limits.StartupTime, _context.Clock))
        using (late.Token.UnsafeRegister(static state => ((Connection)state!).Abort(), connection))
        using (_stopping.Token.UnsafeRegister(static state => ((Connection)state!).Abort(), connection))
        {
            try
            {
                packet = await SessionStartup.ReadAsync(connection, _options.Tls).ConfigureAwait(false);
            }
            catch (Exception failed) when (failed is IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
            {
                ServerLog.TlsFailed(_logger, connection.RemoteAddress?.ToString(), failed.InnerException?.Message ?? failed.Message);
                return;
            }
            if (packet is StartupPacket.Startup asked)
            {
                if (Volatile.Read(ref _admitted) >= _options.MaxConnections) throw TooMany();
                admission = await _authenticator.AdmitAsync(connection, asked).ConfigureAwait(false);
            }
        }
        if (packet is StartupPacket.CancelRequest cancel)
        {
            if (!_authenticator.MayCancel(connection)) return;
            if (!Cancel(cancel.ProcessId, cancel.Secret)) _context.Gateway.CancelElsewhere(cancel.ProcessId, cancel.Secret);
            return;
        }
        if (packet is not StartupPacket.Startup startup || admission is null) return;
        try
        {
            TakePlace(Interlocked.Increment(ref _admitted), admission.Role.IsAdmin);
            if (place is not null) _starting.Leave(place);
            await RunSessionAsync(connection, startup, admission).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _admitted);
        }
    }

    /// <exception cref="PgException">FATAL: there is none for it.</exception>
    private void TakePlace(int number, bool isAdmin)
    {
        if (number > _options.MaxConnections) throw TooMany();
        if (!isAdmin && number > Math.Max(1, _options.MaxConnections - _options.SuperuserReservedConnections))
            throw new PgException(PgError.FatalError(SqlStates.TooManyConnections, "remaining connection slots are reserved for non-replication superuser connections"));
    }

    private static PgException TooMany() => new(PgError.FatalError(SqlStates.TooManyConnections, "sorry, too many clients already"));

    private async Task RunSessionAsync(Connection connection, StartupPacket.Startup startup, Admission admission)
    {
        int processId;
        do processId = SessionNumbers.Of(_context.Gateway.State.NodeName, Interlocked.Increment(ref _lastProcessId));
        while (_sessions.ContainsKey(processId));
        var session = new ClientSession(new SessionContext(_context, connection, processId, new SessionRights(_context.Gateway, admission)), RandomNumberGenerator.GetInt32(int.MinValue, int.MaxValue), _logger);
        _sessions[processId] = session;
        try
        {
            // After it is listed, so that no change passes it by.
            session.NodeChanged(_context.Gateway.State);
            if (_stopping.IsCancellationRequested) return;
            await session.RunAsync(startup).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is not PgException)
        {
            ServerLog.SessionFailed(_logger, processId, problem);
            connection.Output.ErrorResponse(PgError.FatalError(SqlStates.InternalError, "internal error; the connection is closed"));
            await connection.FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            _sessions.TryRemove(processId, out _);
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>One open session.</summary>
public sealed record SessionInfo(int ProcessId, string User, string Database, string ApplicationName, IPAddress? Address, bool IsRunning, bool InTransaction);

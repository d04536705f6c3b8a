using System.Buffers;
using System.Runtime.CompilerServices;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Frontend;
using ActorReplication.Postgres.Gateway;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Postgres.Session;

/// <summary>One client's session after startup: reads messages, has them carried out one after the other, answers. All of it on one logical thread; only
/// <see cref="Cancel"/>, <see cref="Terminate"/> and <see cref="NodeChanged"/> come from others, and they leave a note and wake it.</summary>
internal sealed class ClientSession : IAsyncDisposable
{
    private readonly SessionContext _context;
    private readonly StatementExecutor _executor;
    private readonly SimpleQuery _simple;
    private readonly ExtendedQuery _extended;
    private readonly Copy.CopyCommand _copies;
    private readonly SettingView _settings;
    private readonly ILogger _logger;
    private readonly ITimer _idleTimer;
    private readonly ITimer _cut;

    private volatile NodeState _latestNode;
    private volatile PgError? _ending;
    private volatile bool _idleExpired;
    private bool _skipsToSync;
    private bool _ended;

    public ClientSession(SessionContext context, int secret, ILogger logger)
    {
        _context = context;
        Secret = secret;
        _logger = logger;
        _executor = new StatementExecutor(context);
        _settings = new SettingView(context);
        var planner = new Planner(context, _executor);
        _copies = new Copy.CopyCommand(context, _executor, planner);
        var cursors = new Cursors.CursorCommand(context, _executor, planner);
        var control = new ControlExecutor(context, _executor, planner, _settings, _copies, cursors, _executor.Notifications);
        _simple = new SimpleQuery(context, _executor, planner, control);
        _extended = new ExtendedQuery(context, _executor, planner, control, cursors);
        context.Mailbox.OnHeard = Heard;
        _latestNode = context.Node;
        _idleTimer = context.Server.Clock.CreateTimer(static state => ((ClientSession)state!).IdleExpired(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _cut = context.Server.Clock.CreateTimer(static state => ((ClientSession)state!).Abort(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        context.Connection.Closed.UnsafeRegister(static state => ((ClientSession)state!).CancelRunning(), this);
    }

    public int ProcessId => _context.ProcessId;

    /// <summary>The second half of the cancel key.</summary>
    public int Secret { get; }

    public string User => _context.User;
    public string Database => _context.Database;
    public string ApplicationName => _context.Settings.Find("application_name") ?? "";
    public System.Net.IPAddress? Address => _context.Connection.RemoteAddress;
    public bool IsRunning => _executor.IsRunning;
    public bool InTransaction => _context.Transaction.Status != BlockStatus.Idle;

    /// <summary>Serves the client until one of the two ends it.</summary>
    public async Task RunAsync(StartupPacket.Startup packet)
    {
        SessionStartup.Accept(_context, packet);
        SessionStartup.Welcome(_context, _settings, Secret);
        if (!await _context.Connection.FlushAsync().ConfigureAwait(false)) return;
        var input = _context.Connection.Input;
        while (!_ended)
        {
            if (!input.TryRead(out var read))
            {
                if (!await BeforeWaitAsync().ConfigureAwait(false)) return;
                ArmIdleTimer();
                read = await input.ReadAsync().ConfigureAwait(false);
                _idleTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                if (!read.Buffer.IsEmpty) _idleExpired = false;
            }
            var buffer = read.Buffer;
            while (!_ended && NextFrame(ref buffer, out var frame)) await HandleAsync(frame).ConfigureAwait(false);
            if (_ended) await FlushAsync().ConfigureAwait(false);
            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted || _context.Connection.Closed.IsCancellationRequested) return;
        }
    }

    /// <summary>A cancel request with the right key. Any thread.</summary>
    public void Cancel() => CancelRunning();

    /// <summary>The session ends with <paramref name="error"/>, after the running statement's answer; <paramref name="cancel"/> makes that soon. Any thread.</summary>
    public void Terminate(PgError error, bool cancel)
    {
        _ending = error;
        if (cancel) CancelRunning();
        Wake();
    }

    /// <summary>Any thread.</summary>
    public void NodeChanged(NodeState state)
    {
        var led = _latestNode.Role == NodeRole.Leader;
        _latestNode = state;
        // What it waits for was the leader's to give.
        if (led && state.Role != NodeRole.Leader) _context.Server.Advisory.Cancel(_context.Advisory);
        Wake();
    }

    /// <summary>Cuts the connection.</summary>
    public void Abort() => _context.Connection.Abort();

    public async ValueTask DisposeAsync()
    {
        await _idleTimer.DisposeAsync().ConfigureAwait(false);
        await _cut.DisposeAsync().ConfigureAwait(false);
        _context.Cursors.Dispose();
        _context.Portals.Clear();
        _executor.DropUnsent();
        _context.Mailbox.Dispose();
        await _context.Backend.DisposeAsync().ConfigureAwait(false);
        _context.Server.Advisory.End(_context.Advisory);
    }

    private void Wake() => ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.Input.CancelPendingRead(), _context.Connection, preferLocal: false);

    private void CancelRunning()
    {
        if (_executor.IsRunning) _context.Backend.Cancel();
        _context.Server.Advisory.Cancel(_context.Advisory);
    }

    private bool NextFrame(ref ReadOnlySequence<byte> buffer, out MessageFrame frame)
    {
        try
        {
            return MessageFrame.TryRead(ref buffer, _context.Server.Options.Limits.MessageBytes, out frame);
        }
        catch (PgException garbage)
        {
            frame = default;
            ServerLog.ProtocolViolation(_logger, _context.Connection.RemoteAddress?.ToString(), garbage.Message);
            _context.Output.ErrorResponse(garbage.Error);
            _ending ??= garbage.Error;
            _ended = true;
            return false;
        }
    }

    /// <summary>Handles one message. An error is answered here; the session goes on unless it was fatal.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask HandleAsync(MessageFrame frame)
    {
        if (frame.Type == FrontendType.Terminate) { _ended = true; return; }
        if (_skipsToSync && frame.Type != FrontendType.Sync) return;
        PgError? error = null;
        var copy = _context.Copy;
        try
        {
            var body = frame.Body.IsSingleSegment ? frame.Body.First : frame.Body.ToArray();
            await (copy is null ? DispatchAsync(frame.Type, body) : DispatchCopyAsync(copy, frame.Type, body)).ConfigureAwait(false);
        }
        catch (PgException failure) { error = failure.Error; }
        catch (DialectException failure) { error = BackendErrors.ToPgError(failure); }
        catch (OperationCanceledException) when (_context.Connection.Closed.IsCancellationRequested)
        {
            _ended = true;
            return;
        }
        var type = copy is { IsSimple: true } ? FrontendType.Query : copy is null ? frame.Type : FrontendType.CopyData;
        if (error is not null)
        {
            _context.Copy = null;
            await AnswerErrorAsync(error, type).ConfigureAwait(false);
        }
        if (_context.Copy is { } begun)
        {
            if (!ReferenceEquals(begun, copy)) await FlushAsync().ConfigureAwait(false);
        }
        else if (type is FrontendType.Query or FrontendType.Sync or FrontendType.FunctionCall) await ReadyAsync().ConfigureAwait(false);
        else if (_context.Output.Length >= _context.Server.Options.Limits.StreamBytes) await FlushAsync().ConfigureAwait(false);
        if (!ReferenceEquals(_latestNode, _context.Node) || _ending is not null) await FollowNodeAsync().ConfigureAwait(false);
    }

    private ValueTask DispatchAsync(byte type, ReadOnlyMemory<byte> body)
    {
        switch (type)
        {
            case FrontendType.Query: return _simple.RunAsync(body);
            case FrontendType.Parse: return _extended.ParseAsync(body.Span);
            case FrontendType.Bind: return _extended.BindAsync(body);
            case FrontendType.Describe: _extended.Describe(body.Span); return ValueTask.CompletedTask;
            case FrontendType.Execute: return _extended.ExecuteAsync(body.Span);
            case FrontendType.Close: _extended.Close(body.Span); return ValueTask.CompletedTask;
            case FrontendType.Sync: return _skipsToSync ? ValueTask.CompletedTask : _executor.FinishAsync();
            case FrontendType.Flush: return FlushMessageAsync();
            case FrontendType.FunctionCall: throw new PgException(SqlStates.FeatureNotSupported, "the function call protocol is not supported");
            // Left over from a COPY that failed before it began.
            case FrontendType.CopyData or FrontendType.CopyDone or FrontendType.CopyFail: return ValueTask.CompletedTask;
            default: throw new PgException(PgError.FatalError(SqlStates.ProtocolViolation, $"invalid frontend message type {type}"));
        }
    }

    /// <summary>While rows are awaited. Flush and Sync mean nothing then: drivers send them along with Execute.</summary>
    private async ValueTask DispatchCopyAsync(Copy.CopyIn copy, byte type, ReadOnlyMemory<byte> body)
    {
        switch (type)
        {
            case FrontendType.CopyData: await copy.AddAsync(body).ConfigureAwait(false); return;
            case FrontendType.Flush or FrontendType.Sync: return;
            case FrontendType.CopyDone:
                await _copies.EndInAsync(copy).ConfigureAwait(false);
                if (copy.IsSimple) await _simple.ContinueAsync().ConfigureAwait(false);
                return;
            case FrontendType.CopyFail: throw new PgException(SqlStates.QueryCancelled, $"COPY from stdin failed: {new MessageReader(body.Span).Text()}");
            default: throw new PgException(SqlStates.ProtocolViolation, $"unexpected message type 0x{type:X2} during COPY from stdin");
        }
    }

    private async ValueTask FlushMessageAsync()
    {
        await _executor.DrainAsync().ConfigureAwait(false);
        await FlushAsync().ConfigureAwait(false);
    }

    private async ValueTask AnswerErrorAsync(PgError error, byte type)
    {
        try
        {
            // What came before the failing message is carried out first: its answers precede the error, and its own failure takes the error's place.
            if (!error.EndsSession) await _executor.DrainAsync().ConfigureAwait(false);
        }
        catch (PgException earlier) { error = earlier.Error; }
        catch (DialectException earlier) { error = BackendErrors.ToPgError(earlier); }
        await _executor.AbortAsync().ConfigureAwait(false);
        if (error.SqlState == SqlStates.InsufficientPrivilege) ServerLog.Denied(_logger, _context.User, error.Message);
        _context.Output.ErrorResponse(error);
        if (error.EndsSession) { _ending = error; _ended = true; }
        if (type is FrontendType.Query or FrontendType.Sync or FrontendType.FunctionCall && !_ended) return;
        _skipsToSync = true;
        await FlushAsync().ConfigureAwait(false);
    }

    private async ValueTask ReadyAsync()
    {
        _skipsToSync = false;
        if (_ended) { await FlushAsync().ConfigureAwait(false); return; }
        var transaction = _context.Transaction;
        if (transaction.Status == BlockStatus.Idle)
        {
            // Portals live no longer than their transaction; then nothing points into the arena any more.
            _context.Portals.Clear();
            _context.Arena.Reset();
            _context.Mailbox.Tell(_context.Output);
        }
        _settings.Report(_context.Output);
        _context.Output.ReadyForQuery((byte)transaction.Status);
        await FlushAsync().ConfigureAwait(false);
    }

    private async ValueTask FlushAsync()
    {
        if (_context.Output.Length > 0 && !await _context.Connection.FlushAsync().ConfigureAwait(false)) _ended = true;
    }

    /// <summary>False: the session is over.</summary>
    private async ValueTask<bool> BeforeWaitAsync()
    {
        if (_idleExpired) ExpireIdle();
        if (!ReferenceEquals(_latestNode, _context.Node) || _ending is not null) await FollowNodeAsync().ConfigureAwait(false);
        if (_context.Mailbox.HasWaiting && !_ended && IsBetweenTransactions)
        {
            _context.Mailbox.Tell(_context.Output);
            await FlushAsync().ConfigureAwait(false);
        }
        return !_ended;
    }

    private bool IsBetweenTransactions => _context.Transaction is { Status: BlockStatus.Idle, IsBackendOpen: false } && !_executor.HasPending && _context.Copy is null;

    private void Heard(bool isTooMuch)
    {
        if (!isTooMuch) { Wake(); return; }
        Terminate(PgError.FatalError(SqlStates.ProgramLimitExceeded, "too many notifications wait for this session: end its transaction, and read"), cancel: true);
        // Who does not read holds the session where it sends, and cannot be told.
        _cut.Change(_context.Server.Options.Limits.EndTime, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Tells the client what the node's change means for it: new values of reported settings, or, when this node has ceased to be the leader that the session was opened on, its end.</summary>
    private async ValueTask FollowNodeAsync()
    {
        if (_ended) return;
        var (before, now) = (_context.Node, _latestNode);
        _context.Node = now;
        if (before.Role == NodeRole.Leader && (now.Role != NodeRole.Leader || now.Epoch != before.Epoch))
            _ending ??= PgError.FatalError(SqlStates.AdminShutdown, "terminating connection because this node is no longer the leader", now.Leader is { } leader ? $"The leader is {leader}." : "Connect to another node.");
        if (_ending is null && _executor.HasPending) return;
        _settings.Report(_context.Output);
        if (_ending is { } end)
        {
            _context.Output.ErrorResponse(end);
            _ended = true;
        }
        await FlushAsync().ConfigureAwait(false);
    }

    private void ArmIdleTimer()
    {
        var milliseconds = _context.Transaction.Status == BlockStatus.Idle ? _context.Settings.IdleSessionMs : _context.Settings.IdleInTransactionMs;
        if (milliseconds > 0) _idleTimer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }

    private void IdleExpired()
    {
        _idleExpired = true;
        Wake();
    }

    private void ExpireIdle()
    {
        _idleExpired = false;
        var inBlock = _context.Transaction.Status != BlockStatus.Idle;
        if ((inBlock ? _context.Settings.IdleInTransactionMs : _context.Settings.IdleSessionMs) == 0) return;
        _ending ??= inBlock
            ? PgError.FatalError(SqlStates.IdleInTransactionTimeout, "terminating connection due to idle-in-transaction timeout")
            : PgError.FatalError(SqlStates.IdleSessionTimeout, "terminating connection due to idle-session timeout");
    }
}

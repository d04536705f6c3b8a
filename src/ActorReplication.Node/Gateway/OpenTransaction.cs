using ActorReplication.Cluster;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Gateway;

/// <summary>An interactive transaction. It starts on readers; from its first write on everything runs at the write gate, on the state that the
/// transaction itself has made: beside other transactions under READ COMMITTED, holding the gate otherwise, and under a commit token.
/// <list type="bullet">
/// <item>reading, READ COMMITTED: each statement on the newest committed state;</item>
/// <item>reading, REPEATABLE READ and SERIALIZABLE: all statements on the snapshot of the first. A first write is refused (40001) if
/// anything was committed since: the gate has one state only, the newest;</item>
/// <item>writing, READ COMMITTED: each statement on the newest committed state and its own changes; rows that others have written are waited for;</item>
/// <item>writing, REPEATABLE READ and SERIALIZABLE: alone, so every isolation level is met;</item>
/// <item>gone: the gate took it back (leadership, idle time). Every call says why until it is rolled back.</item>
/// </list></summary>
internal sealed class OpenTransaction(IReplicaNode node, ReadPath reads, TransactionMode mode, Func<NodeState> state) : IAsyncDisposable
{
    private readonly List<string> _savepoints = [];
    private IReader? _snapshot;
    private (long Term, long Index) _snapshotAt;
    private IInteractiveWrite? _write;
    private BackendError? _gone;
    private TokenWork? _token;

    /// <summary>Its token was known: it is answered from what was kept.</summary>
    public bool IsReplay => _token is { IsReplay: true };

    /// <summary>Its statements have run on the gate's state.</summary>
    public bool IsAtGate => _write is not null && !IsReplay;

    public async ValueTask<StatementOutcome> ExecuteAsync(StatementCall statement, RunOptions options, LogIndex ownLast, CancelHandle cancel)
    {
        if (_gone is not null) return Failed(_gone);
        if (mode.ReadOnly && !statement.ReadOnly) return Failed(ErrorMap.ReadOnlyTransaction(statement.Sql));
        var deadline = Deadline.In(options.StatementTimeoutMs);
        if (_write is null && statement.ReadOnly) return await ReadAsync(statement, options, ownLast, deadline, cancel);
        if (IsReplay) return _token!.Replay(statement);
        if (_write is null && await BeginWritingAsync(statement.Sql, options, deadline, cancel) is { } refusal) return Failed(refusal);
        if (IsReplay) return _token!.Replay(statement);
        if (_token is not null && (RefuseToken(options) ?? _token.RefuseMore()) is { } refused) return Failed(refused);
        var (status, outcome) = await ExecuteWritingAsync(statement, deadline, options.LockTimeoutMs, cancel);
        if (status is not (WriteStatus.Committed or WriteStatus.StatementFailed))
            return Failed(Lost(status, statement.Sql, cancel));
        if (!statement.ReadOnly) _token?.Note(statement, outcome);
        return new StatementOutcome(ErrorMap.OfStatement(outcome.Failure, statement.Sql), outcome.AffectedRows, outcome.RowCount);
    }

    private async ValueTask<(WriteStatus Status, SqlOutcome Outcome)> ExecuteWritingAsync(StatementCall statement, long deadline, int lockTimeoutMs, CancelHandle cancel)
    {
        try
        {
            return await _write!.ExecuteAsync(StatementBridge.ToCall(statement), deadline, cancel, lockTimeoutMs);
        }
        catch when (!statement.ReadOnly)
        {
            // Its sink threw. The transaction may go on from a savepoint, and the next try has to meet the same statements.
            _token?.NoteThrown(statement);
            throw;
        }
    }

    public async ValueTask<BackendError?> SavepointAsync(string name)
    {
        if (_gone is not null) return _gone;
        if (_write is not null)
        {
            var status = await _write.SavepointAsync(name);
            if (status != WriteStatus.Committed) return Lost(status, "SAVEPOINT", null);
        }
        else
        {
            _savepoints.Add(name);
        }
        return null;
    }

    public ValueTask<bool> ReleaseAsync(string name)
    {
        if (_write is not null) return _write.ReleaseAsync(name);
        var at = _savepoints.LastIndexOf(name);
        if (at >= 0) _savepoints.RemoveRange(at, _savepoints.Count - at);
        return new ValueTask<bool>(at >= 0);
    }

    public ValueTask<bool> RollbackToAsync(string name)
    {
        if (_write is not null) return _write.RollbackToAsync(name);
        var at = _savepoints.LastIndexOf(name);
        if (at >= 0) _savepoints.RemoveRange(at + 1, _savepoints.Count - at - 1);
        return new ValueTask<bool>(at >= 0);
    }

    /// <summary>The position is zero when nothing was written.</summary>
    public async ValueTask<(BackendError? Error, LogPosition Position)> CommitAsync(AckLevel level, RunOptions options, CancelHandle cancel)
    {
        if (_gone is not null) return (_gone, LogPosition.Zero);
        if (IsReplay) return (_token!.EndOfReplay(), LogPosition.Zero);
        // NOTIFY alone has written nothing yet, and has to go into the log all the same.
        if (_write is null && options.Notifications is not null && await TakeGateAsync("NOTIFY", options, Deadline.In(options.StatementTimeoutMs), cancel) is { } untaken) return (untaken, LogPosition.Zero);
        if (IsReplay) return (_token!.EndOfReplay(), LogPosition.Zero);
        if (_write is null) return (null, LogPosition.Zero);
        if (RefuseToken(options) is { } refusal) return (refusal, LogPosition.Zero);
        var result = await _write.CommitAsync(level, WithNotices(_token?.Record, options.Notifications));
        if (result.Status == WriteStatus.StatementFailed)
        {
            var failure = result.Statements is { Count: > 0 } statements ? statements[^1].Failure : null;
            return (ErrorMap.OfStatement(failure ?? new SqlFailure(19, "a constraint failed at commit"), "COMMIT"), LogPosition.Zero);
        }
        return (ErrorMap.OfWrite(result.Status, state(), "COMMIT", cancelled: false), result.Position);
    }

    /// <summary>Rolls back what is not committed, gives reader and gate back.</summary>
    public async ValueTask DisposeAsync()
    {
        EndSnapshot();
        if (_write is { } write)
        {
            _write = null;
            await write.DisposeAsync();
        }
    }

    private async ValueTask<StatementOutcome> ReadAsync(StatementCall statement, RunOptions options, LogIndex ownLast, long deadline, CancelHandle cancel)
    {
        if (_snapshot is not null) return await reads.RunOnAsync(_snapshot, statement, deadline, cancel);
        if (await reads.AdmitAsync(options.Reads, ownLast, cancel) is { } refusal) return Failed(refusal);
        if (mode.Isolation == Isolation.ReadCommitted) return await reads.RunAsync(statement, deadline, cancel);
        try
        {
            await TakeSnapshotAsync(cancel.Token);
        }
        catch (OperationCanceledException)
        {
            return Failed(new BackendError.Cancelled());
        }
        catch (ObjectDisposedException)
        {
            return Failed(new BackendError.Stopping());
        }
        return await reads.RunOnAsync(_snapshot!, statement, deadline, cancel);
    }

    private async ValueTask TakeSnapshotAsync(CancellationToken cancellation)
    {
        var reader = node.Database.TryRentReader() ?? await node.Database.RentReaderAsync(cancellation);
        // A commit between reading the index and pinning the state would make the index too low, and a first write would then be
        // refused without need. The other way round it would be let through wrongly: so the index is read first.
        for (var tries = 0; ; tries++)
        {
            _snapshotAt = Applied;
            reader.BeginSnapshot();
            if (tries == 3 || Applied == _snapshotAt) break;
            reader.EndSnapshot();
        }
        _snapshot = reader;
    }

    /// <summary>With the term: after a tail was taken back, other entries have come to the same index.</summary>
    private (long Term, long Index) Applied => node.Database.Applied is var applied ? (applied.Term, applied.Index) : default;

    private ValueTask<BackendError?> BeginWritingAsync(string sql, RunOptions options, long deadline, CancelHandle cancel)
    {
        if (mode.Isolation != Isolation.ReadCommitted || options.CommitToken is not null) return TakeGateAsync(sql, options, deadline, cancel);
        if (state().Role == NodeRole.Follower) return new ValueTask<BackendError?>(ErrorMap.OfWrite(WriteStatus.NotLeader, state(), sql, cancelled: false));
        return GoOnAsync(node.Writes.Open(mode.IdleTimeoutMs), cancel);
    }

    private async ValueTask<BackendError?> GoOnAsync(IInteractiveWrite write, CancelHandle cancel)
    {
        _write = write;
        foreach (var name in _savepoints)
        {
            var marked = await write.SavepointAsync(name);
            if (marked != WriteStatus.Committed) return Lost(marked, "SAVEPOINT", cancel);
        }
        _savepoints.Clear();
        return null;
    }

    private async ValueTask<BackendError?> TakeGateAsync(string sql, RunOptions options, long deadline, CancelHandle cancel)
    {
        var wait = Math.Min(deadline, Deadline.In(options.LockTimeoutMs));
        var (status, write) = await node.Writes.AcquireAsync(wait, mode.IdleTimeoutMs, cancel);
        if (write is null)
        {
            if (status == WriteStatus.LockTimeout && deadline <= wait && deadline != long.MaxValue) return new BackendError.StatementTimeout();
            return ErrorMap.OfWrite(status, state(), sql, cancel.IsCancelled);
        }
        if (_snapshot is not null && Applied != _snapshotAt)
        {
            await write.DisposeAsync();
            return new BackendError.Serialization("could not serialize access due to concurrent update");
        }
        EndSnapshot();
        if (options.CommitToken is { } token)
        {
            var (asked, known) = await write.FindTokenAsync(token);
            if (asked != WriteStatus.Committed) return Lost(asked, sql, cancel);
            _token = new TokenWork(token, known);
            if (known is not null)
            {
                await write.DisposeAsync();
                return null;
            }
        }
        return await GoOnAsync(write, cancel);
    }

    private static CommitRecord? WithNotices(CommitRecord? record, IReadOnlyList<Notification>? notifications)
    {
        if (notifications is null) return record;
        return (record ?? new CommitRecord("", [])) with { Notices = [.. notifications.Select(n => new Notice(n.Channel, n.Payload, n.ProcessId, n.Sender))] };
    }

    // What was executed before it was set would not count for it.
    private BackendError.Engine? RefuseToken(RunOptions options) => options.CommitToken == _token?.Token ? null
        : new BackendError.Engine(1, "replication.commit_token was changed after the transaction's first write: set it before", -1, "55000");

    // The gate has taken the transaction back; a single statement's cancel, timeout or deadlock is not that.
    private BackendError Lost(WriteStatus status, string sql, CancelHandle? cancel)
    {
        var error = ErrorMap.OfWrite(status, state(), sql, cancel?.IsCancelled ?? false) ?? new BackendError.LeadershipLost();
        if (status is not (WriteStatus.Cancelled or WriteStatus.LockTimeout or WriteStatus.Deadlock or WriteStatus.Overloaded)) _gone = error;
        return error;
    }

    private void EndSnapshot()
    {
        if (_snapshot is null) return;
        _snapshot.EndSnapshot();
        _snapshot.Dispose();
        _snapshot = null;
    }

    private static StatementOutcome Failed(BackendError error) => new(error, 0, 0);
}

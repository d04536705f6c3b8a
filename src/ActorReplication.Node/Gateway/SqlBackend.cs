using ActorReplication.Cluster;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Node.Telemetry;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Gateway;

/// <summary>One session's way to the node. What runs alone goes to the write gate or the readers; BEGIN opens an <see cref="OpenTransaction"/>.</summary>
internal sealed class SqlBackend(IReplicaNode node, ReadPath reads, Func<NodeState> state) : ISqlBackend
{
    private static readonly TimeSpan ReceiptPatience = TimeSpan.FromSeconds(2);
    private readonly CancelHandle _cancel = new();
    private readonly SessionLeadership _leadership = new(reads, state);
    private OpenTransaction? _transaction;
    private long _transactionEpoch;
    private LogIndex _ownLast;
    private LogPosition _lastCommit;

    public bool InTransaction => _transaction is not null;

    public void Cancel() => _cancel.Cancel();

    public async ValueTask<RunOutcome> RunAsync(IReadOnlyList<StatementCall> statements, RunOptions options, CancellationToken cancellation)
    {
        _cancel.Begin();
        using var registration = CancelWith(cancellation);
        try
        {
            if (!OnlyReads(statements)) return options.MayWrite ? await WriteAsync(statements, options) : new RunOutcome([], MayNotWrite);
            var outcome = await ReadAsync(statements, _leadership.Of(options));
            // The translator took it for a read and the engine knows better (a function that writes): nothing was done yet.
            if (statements.Count == 1 && outcome.Statements is [{ Error: BackendError.ReadOnly }] && state().Role == NodeRole.Leader)
                return options.MayWrite ? await WriteAsync(statements, options) : new RunOutcome([new StatementOutcome(MayNotWrite, 0, 0)], null);
            return outcome;
        }
        finally
        {
            _cancel.End();
        }
    }

    public ValueTask<BackendError?> BeginAsync(TransactionMode mode, CancellationToken cancellation)
    {
        if (_transaction is not null) return new ValueTask<BackendError?>(new BackendError.Refused("a transaction is open already"));
        _transactionEpoch = _leadership.Epoch;
        _transaction = new OpenTransaction(node, reads, mode, state);
        return new ValueTask<BackendError?>((BackendError?)null);
    }

    public async ValueTask<StatementOutcome> ExecuteAsync(StatementCall statement, RunOptions options, CancellationToken cancellation)
    {
        if (!options.MayWrite && !statement.ReadOnly) return new StatementOutcome(MayNotWrite, 0, 0);
        _cancel.Begin();
        using var registration = CancelWith(cancellation);
        try
        {
            return await Open.ExecuteAsync(statement, _leadership.Of(options), _ownLast, _cancel);
        }
        finally
        {
            _cancel.End();
        }
    }

    public ValueTask<BackendError?> SavepointAsync(string name, CancellationToken cancellation) => Open.SavepointAsync(name);
    public ValueTask<bool> ReleaseAsync(string name, CancellationToken cancellation) => Open.ReleaseAsync(name);
    public ValueTask<bool> RollbackToAsync(string name, CancellationToken cancellation) => Open.RollbackToAsync(name);

    public async ValueTask<BackendError?> CommitAsync(RunOptions options, CancellationToken cancellation)
    {
        var transaction = Open;
        _transaction = null;
        await using (transaction)
        {
            // Only NOTIFY alone still waits for something that can be given up: the gate.
            _cancel.Begin();
            using var registration = CancelWith(cancellation);
            try
            {
                var (error, position) = await transaction.CommitAsync(LevelOf(options.Commit), options, _cancel);
                Remember(position, error is null && transaction.IsReplay);
                if (error is null && position == LogPosition.Zero && transaction.IsAtGate) return await _leadership.ConfirmAsync(_transactionEpoch, _cancel);
                return error;
            }
            finally
            {
                _cancel.End();
            }
        }
    }

    public async ValueTask RollbackAsync()
    {
        if (_transaction is not { } transaction) return;
        _transaction = null;
        await transaction.DisposeAsync();
    }

    public ValueTask DisposeAsync() => RollbackAsync();

    /// <summary>The session has said so to the client before; this holds whatever a translation was taken for.</summary>
    private static BackendError.Refused MayNotWrite { get; } = new("permission denied: this role may not write");

    private OpenTransaction Open => _transaction ?? throw new InvalidOperationException("no transaction is open");

    private async ValueTask<RunOutcome> ReadAsync(IReadOnlyList<StatementCall> statements, RunOptions options)
    {
        if (await reads.AdmitAsync(options.Reads, _ownLast, _cancel) is { } refusal) return new RunOutcome([], refusal);
        var outcomes = new StatementOutcome[statements.Count];
        for (var i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = await reads.RunAsync(statements[i], Deadline.In(options.StatementTimeoutMs), _cancel);
            if (outcomes[i].Error is not null) return new RunOutcome(outcomes[..(i + 1)], null);
        }
        return new RunOutcome(outcomes, null);
    }

    private async ValueTask<RunOutcome> WriteAsync(IReadOnlyList<StatementCall> statements, RunOptions options)
    {
        if (options.CommitToken is not null && statements.Count(s => !s.ReadOnly) > CommitRecord.MostStatements) return new RunOutcome([], TokenWork.TooMany);
        var calls = new SqlCall[statements.Count];
        for (var i = 0; i < calls.Length; i++) calls[i] = StatementBridge.ToCall(statements[i]);
        var epoch = _leadership.Epoch;
        using var span = SessionTrace.Write(calls.Length);
        var result = await node.Writes.RunAsync(new WriteRequest(calls, LevelOf(options.Commit), Deadline.In(options.StatementTimeoutMs), _cancel, TokenWork.Of(options.CommitToken, statements))
        {
            LockDeadline = Deadline.In(options.LockTimeoutMs),
        });
        Remember(result.Position, isReplay: options.CommitToken is not null && result.Status == WriteStatus.Committed && result.Position == LogPosition.Zero);
        var error = ErrorMap.OfWrite(result.Status, state(), statements[0].Sql, _cancel.IsCancelled);
        if (error is not null) return new RunOutcome([], error);
        // What a token answers was committed, whoever leads.
        var isKept = options.CommitToken is not null && result.Status == WriteStatus.Committed;
        if (result.Position == LogPosition.Zero && !isKept && await _leadership.ConfirmAsync(epoch, _cancel) is { } lost) return new RunOutcome([], lost);
        var ran = result.Statements;
        var outcomes = new StatementOutcome[ran.Count];
        for (var i = 0; i < outcomes.Length; i++)
            outcomes[i] = new StatementOutcome(ErrorMap.OfStatement(ran[i].Failure, statements[Math.Min(i, statements.Count - 1)].Sql), ran[i].AffectedRows, ran[i].RowCount);
        return new RunOutcome(outcomes, null);
    }

    private CancellationTokenRegistration CancelWith(CancellationToken cancellation) =>
        cancellation.CanBeCanceled ? cancellation.UnsafeRegister(static handle => ((CancelHandle)handle!).Cancel(), _cancel) : default;

    public async ValueTask<string?> LastCommitAsync(CancellationToken cancellation)
    {
        if (_lastCommit == LogPosition.Zero) return null;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(ReceiptPatience);
        try
        {
            return await node.ReceiptAsync(_lastCommit, limited.Token) is { } receipt ? ReceiptText.Of(receipt) : null;
        }
        catch (OperationCanceledException)
        {
            // The replica is starting again: nobody leads.
            return null;
        }
    }

    /// <param name="isReplay">The session's last commit is one that another session, or an earlier try, has made: where it stands is not known.</param>
    private void Remember(LogPosition position, bool isReplay)
    {
        if (position != LogPosition.Zero || isReplay) _lastCommit = position;
        if (position.Index > _ownLast) _ownLast = position.Index;
    }

    private static bool OnlyReads(IReadOnlyList<StatementCall> statements)
    {
        for (var i = 0; i < statements.Count; i++) if (!statements[i].ReadOnly) return false;
        return true;
    }

    private static AckLevel LevelOf(CommitLevel level) => level switch
    {
        CommitLevel.Off or CommitLevel.Local => AckLevel.Local,
        CommitLevel.RemoteWrite => AckLevel.Received,
        CommitLevel.RemoteApply => AckLevel.Applied,
        _ => AckLevel.Committed,
    };
}

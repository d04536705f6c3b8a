using ActorReplication.Cluster.Writes.Sharing;
using ActorReplication.Core;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>Transactions that are open beside each other: their statements, between batches, on the committed state. What they wrote is locked until they end.</summary>
internal sealed partial class WriteGate
{
    /// <summary>Statements of open transactions go before batches for so long; then a batch has its turn, however many come.</summary>
    private const int StepsFirstMs = 10;

    private readonly Action _share;

    /// <summary>Under _sync.</summary>
    private readonly Queue<GateStep> _steps = new();

    // The gate thread's own.
    private readonly List<SharedWrite> _open = [];
    private readonly Queue<GateStep> _againSteps = new();
    private readonly Queue<GateWrite> _againWrites = new();
    private Term _sharedTerm;
    private bool _sharesBatch;
    private bool _batchIsDue;

    /// <summary>Since when a batch could have begun; null: since none has been put off.</summary>
    private long? _putOffSince;

    public IInteractiveWrite Open(int idleTimeoutMs) => new SharedWrite(this, idleTimeoutMs > 0 ? idleTimeoutMs : _limits.IdleTimeoutMs);

    /// <summary>Whether open transactions' statements have their turn. Under _sync.</summary>
    private bool AreStepsNext()
    {
        _batchIsDue = false;
        var waits = _againWrites.Count > 0 || _queue.Count > 0;
        if (!waits) _putOffSince = null;
        if (_steps.Count == 0 && _againSteps.Count == 0) return false;
        if (!waits) return true;
        var now = Environment.TickCount64;
        _putOffSince ??= now;
        if (now - _putOffSince <= StepsFirstMs) return true;
        (_putOffSince, _batchIsDue) = (null, true);
        return false;
    }

    /// <summary>Carries out what open transactions have asked for by now.</summary>
    private void Share()
    {
        _rules = _board.Capture;
        int left;
        lock (_sync) left = _steps.Count + _againSteps.Count;
        try
        {
            for (; left > 0 && NextStep() is { } step; left--)
            {
                if (step is GateRelease release) Carry(release);
                else Carry((GateStatement)step);
            }
        }
        finally
        {
            if (_sharesBatch) Writer.RollbackBatch();
            _sharesBatch = false;
        }
        var now = Environment.TickCount64;
        if (now < _nextSharedSweep) return;
        lock (_sync) SweepShared(now);
    }

    private GateStep? NextStep()
    {
        if (_againSteps.TryDequeue(out var again)) return again;
        lock (_sync) return !_stopping && _term == _sharedTerm && _steps.TryDequeue(out var step) ? step : null;
    }

    private void Carry(GateRelease release)
    {
        if (release.Ends) Finish(release.Transaction, WriteStatus.StatementFailed);
        else Grant(_locks.Release(release.Transaction, Math.Min(release.Keep, release.Transaction.Held.Count)));
    }

    private void Carry(GateStatement statement)
    {
        var transaction = statement.Transaction;
        if (Enter(transaction) is { } ended) Refuse(statement, ended);
        else if (statement.IsOverdue(Environment.TickCount64)) Refuse(statement, statement.OverdueStatus);
        else if (NeedsGate) AskForGate(statement);
        else Run(statement, transaction);
    }

    /// <summary>Statements travel in the order in which they run, and each sees what the one before it left: their transactions go one after the other.</summary>
    private bool NeedsGate => _rules.Method == ReplicationMethod.Statement || _rules is { Method: ReplicationMethod.Mixed, Unsafe: UnsafeStatements.Error };

    /// <summary>Why it goes no further; null: it does.</summary>
    private WriteStatus? Enter(SharedWrite transaction)
    {
        if (transaction.Ended is { } ended) return ended;
        if (transaction.Term == Term.Zero)
        {
            transaction.Term = _sharedTerm;
            _open.Add(transaction);
        }
        if (transaction.Term == _sharedTerm) return null;
        transaction.End(WriteStatus.LeadershipLost);
        return WriteStatus.LeadershipLost;
    }

    private void Run(GateStatement statement, SharedWrite transaction)
    {
        if (!_sharesBatch) Writer.BeginBatch();
        _sharesBatch = true;
        StepOutcome outcome;
        try
        {
            outcome = Writer.Step(transaction.Changes, statement.Call, statement.Deadline, statement.Cancel, _asked.For(transaction));
        }
        catch (Exception e) when (e is not StorageFailure)
        {
            Idle(transaction);
            statement.Throw(e);
            return;
        }
        catch
        {
            statement.Refuse(WriteStatus.LeadershipLost);
            throw;
        }
        switch (outcome.End)
        {
            case StepEnd.Done:
                foreach (var table in transaction.Changes.NewTables) _locks.Take(table, transaction, LockMode.Shared);
                foreach (var key in transaction.Changes.NewKeys) _locks.Take(key, transaction, ModeOf(transaction.Changes.NewMode));
                Idle(transaction);
                statement.Complete(outcome.Outcome);
                break;
            case StepEnd.Blocked:
                if (!Park(transaction, statement, outcome.Key, outcome.Mode)) Refuse(statement, WriteStatus.Deadlock);
                break;
            case StepEnd.NeedsGate:
                AskForGate(statement);
                break;
            default:
                Finish(transaction, WriteStatus.Conflict);
                statement.Refuse(WriteStatus.Conflict);
                break;
        }
    }

    private void Refuse(GateStatement statement, WriteStatus status)
    {
        Idle(statement.Transaction);
        statement.Refuse(status);
    }

    private void AskForGate(GateStatement statement)
    {
        Idle(statement.Transaction);
        statement.AskForGate();
    }

    /// <summary>The transaction is over, as far as the gate goes.</summary>
    private void Finish(SharedWrite transaction, WriteStatus status)
    {
        transaction.End(status);
        _open.Remove(transaction);
        if (transaction.WaitsFor is not null)
        {
            _parked.Remove(transaction);
            Grant(_locks.StopWaiting(transaction));
        }
        Unpark(transaction)?.Refuse(status);
        Grant(_locks.Release(transaction));
    }

    /// <summary>All of a term that is over.</summary>
    private void EndShared(WriteStatus forWrites)
    {
        foreach (var transaction in _open) transaction.End(WriteStatus.LeadershipLost);
        foreach (var owner in _parked) Unpark(owner)?.Refuse(owner is SharedWrite ? WriteStatus.LeadershipLost : forWrites);
        _open.Clear();
        _parked.Clear();
        _locks.Clear();
        while (_againSteps.TryDequeue(out var step)) step.Refuse(WriteStatus.LeadershipLost);
        while (_againWrites.TryDequeue(out var write)) write.Refuse(forWrites);
        while (_alone.TryDequeue(out var alone)) alone.Refuse(forWrites);
        lock (_sync)
            while (_steps.TryDequeue(out var step)) step.Refuse(step.Transaction.Term == Term.Zero ? WriteStatus.NotLeader : WriteStatus.LeadershipLost);
        Writer.ForgetReserved();
    }

    /// <summary>Nothing of it is under way any more. Any thread.</summary>
    internal void Idle(SharedWrite transaction)
    {
        lock (_sync)
        {
            transaction.IdleSince = Environment.TickCount64;
            transaction.IsBusy = false;
        }
    }

    /// <summary>Its changes, made for good as part of the batch.</summary>
    private ReadOnlyMemory<byte> CommitShared(GateWrite write, SharedWrite transaction)
    {
        // Once more after Committed: its batch did not fit into one entry.
        if (Enter(transaction) is { } ended && ended != WriteStatus.Committed)
        {
            write.Ended = ended;
            return default;
        }
        Writer.BeginTransaction(_rules);
        if (Writer.Resume(transaction.Changes, 0, transaction.Changes.Count) is not null)
        {
            Writer.RollbackTransaction();
            write.Ended = WriteStatus.Conflict;
            Finish(transaction, WriteStatus.Conflict);
            return default;
        }
        var end = Writer.EndTransaction(write.Record, _board.Tokens);
        if (end.Failure is { } failure) write.Fail(failure);
        // Whatever comes later in this batch builds on it, and stands or falls with it; statements of others come after the batch.
        Finish(transaction, end.Failure is null ? WriteStatus.Committed : WriteStatus.StatementFailed);
        return end.Payload;
    }

    /// <summary>A transaction goes on holding the gate, on what it has done so far. False: that does not fit the database any more.</summary>
    private bool ResumeHeld(SharedWrite transaction)
    {
        var (changes, from) = (transaction.Changes, 0);
        foreach (var (name, to, _) in transaction.Savepoints)
        {
            if (Writer.Resume(changes, from, to) is not null) return false;
            Writer.Savepoint(name);
            from = to;
        }
        return Writer.Resume(changes, from, changes.Count) is null;
    }
}

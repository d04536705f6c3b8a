using ActorReplication.Cluster.Writes.Sharing;
using ActorReplication.Core;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>The gate held by one interactive transaction, from its first write to its end.</summary>
internal sealed partial class WriteGate
{
    private readonly Action _hold;

    private void Hold()
    {
        GateAcquire acquire;
        Term term;
        lock (_sync)
        {
            if (!_queue.TryPeek(out var item) || item is not GateAcquire first) return;
            _queue.Dequeue();
            acquire = first;
            term = _term;
        }
        if (acquire.IsOverdue(Environment.TickCount64))
        {
            acquire.Refuse(acquire.OverdueStatus);
            return;
        }
        _rules = _board.Capture;
        Writer.BeginBatch();
        var from = acquire.From;
        if (from is not null && Enter(from) is { } over)
        {
            acquire.Refuse(over);
            Writer.RollbackBatch();
            return;
        }
        var passed = _passed.For(from);
        Writer.BeginTransaction(_rules, _locks.IsEmpty ? null : passed);
        if (from is not null && !Resumes(acquire, from))
        {
            Writer.RollbackTransaction();
            Writer.RollbackBatch();
            Finish(from, WriteStatus.Conflict);
            acquire.Refuse(WriteStatus.Conflict);
            return;
        }
        acquire.Grant();
        while (Carry(acquire.Transaction, term)) { }
        // Not before: who waits for its rows is to see them as it leaves them.
        if (from is not null) Finish(from, WriteStatus.Committed);
    }

    private bool Resumes(GateAcquire acquire, SharedWrite transaction)
    {
        try
        {
            return ResumeHeld(transaction);
        }
        catch
        {
            acquire.Refuse(WriteStatus.LeadershipLost);
            throw;
        }
    }

    /// <summary>Carries out one operation; false when the transaction has ended.</summary>
    private bool Carry(InteractiveWrite transaction, Term term)
    {
        var operation = AwaitOperation(transaction, term, out var ended);
        try
        {
            return CarryOut(operation, transaction, ended);
        }
        catch
        {
            operation?.Refuse(WriteStatus.OutcomeUnknown);
            lock (_sync) transaction.End(WriteStatus.LeadershipLost);
            throw;
        }
    }

    private bool CarryOut(HeldOperation? operation, InteractiveWrite transaction, WriteStatus ended)
    {
        switch (operation)
        {
            case HeldOperation.Execute execute:
                ExecuteHeld(execute);
                return true;
            case HeldOperation.Mark mark:
                mark.Complete(Apply(mark));
                return true;
            case HeldOperation.FindToken find:
                find.Complete(Writer.FindToken(find.Token));
                return true;
            case HeldOperation.Commit commit:
                CommitHeld(transaction, commit);
                return false;
            case HeldOperation.Rollback rollback:
                AbandonHeld(transaction, WriteStatus.StatementFailed);
                rollback.Complete();
                return false;
            default:
                AbandonHeld(transaction, ended);
                return false;
        }
    }

    private HeldOperation? AwaitOperation(InteractiveWrite transaction, Term term, out WriteStatus ended)
    {
        var idleUntil = Environment.TickCount64 + transaction.IdleTimeoutMs;
        lock (_sync)
        {
            while (true)
            {
                ended = WriteStatus.LeadershipLost;
                if (_stopping || _term != term) return null;
                if (transaction.Take() is { } operation) return operation;
                ended = WriteStatus.IdleTimeout;
                if (Environment.TickCount64 >= idleUntil) return null;
                AnswerLate();
                WaitAndSweep();
            }
        }
    }

    private void ExecuteHeld(HeldOperation.Execute execute)
    {
        try
        {
            execute.Complete(Writer.Execute(execute.Call, execute.Deadline, execute.Cancel));
        }
        catch (Exception e) when (e is not StorageFailure)
        {
            execute.Throw(e);
        }
    }

    private bool Apply(HeldOperation.Mark mark)
    {
        switch (mark.Kind)
        {
            case MarkKind.Release: return Writer.ReleaseSavepoint(mark.Name);
            case MarkKind.RollbackTo: return Writer.RollbackToSavepoint(mark.Name);
            default:
                Writer.Savepoint(mark.Name);
                return true;
        }
    }

    private void CommitHeld(InteractiveWrite transaction, HeldOperation.Commit commit)
    {
        var end = Writer.EndTransaction(commit.Record, _board.Tokens);
        lock (_sync) transaction.End(WriteStatus.Committed);
        foreach (var passed in _passed.Passed)
            if (end.Failure is null && passed is SharedWrite other) Finish(other, WriteStatus.Conflict);
        if (end.Failure is { } failure || end.Payload.IsEmpty)
        {
            Writer.RollbackBatch();
            commit.Complete(end.Failure is null
                ? new WriteResult(WriteStatus.Committed, [], LogPosition.Zero)
                : new WriteResult(WriteStatus.StatementFailed, [new SqlOutcome(end.Failure, 0, 0, false)], LogPosition.Zero));
            return;
        }
        // From here it is a batch of one, as if it had come in one call.
        var write = new GateWrite(new WriteRequest([], commit.Level, long.MaxValue, null)) { EntryNumber = 0 };
        _batch.Clear();
        _batch.Add(write);
        write.Task.ContinueWith(static (done, state) => ((HeldOperation.Commit)state!).Complete(done.GetAwaiter().GetResult()), commit,
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        CommitBatch([end.Payload], commit.Level is AckLevel.Received or AckLevel.Applied, commit.Level < AckLevel.Committed);
    }

    private void AbandonHeld(InteractiveWrite transaction, WriteStatus status)
    {
        Writer.RollbackTransaction();
        Writer.RollbackBatch();
        lock (_sync) transaction.End(status);
    }
}

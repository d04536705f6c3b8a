using System.Diagnostics;
using ActorReplication.Cluster.Telemetry;
using ActorReplication.Cluster.Writes.Sharing;
using ActorReplication.Core;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>Something that waits in the write queue: a whole transaction, or the wish to hold the gate.</summary>
internal abstract class GateItem(long deadline, ICancelHandle? cancel)
{
    public long Deadline => deadline;
    public ICancelHandle? Cancel => cancel;

    /// <summary>Until when it waits for its turn; <see cref="Environment.TickCount64"/> milliseconds.</summary>
    public virtual long LockDeadline => long.MaxValue;

    public bool IsOverdue(long now) => now > deadline || now > LockDeadline || cancel is { IsCancelled: true };

    /// <summary>Ends it without its having run.</summary>
    public abstract void Refuse(WriteStatus status);

    /// <summary>What to answer when <see cref="IsOverdue"/>.</summary>
    public virtual WriteStatus OverdueStatus => !IsCancelled && Environment.TickCount64 <= deadline ? WriteStatus.LockTimeout : WriteStatus.Cancelled;

    protected bool IsCancelled => cancel is { IsCancelled: true };
}

/// <summary>A one-shot transaction, and what became of it inside its batch.</summary>
internal sealed class GateWrite(WriteRequest request) : GateItem(request.Deadline, request.Cancel)
{
    private readonly TaskCompletionSource<WriteResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long _arrived = Stopwatch.GetTimestamp();

    /// <summary>Null: nobody listens.</summary>
    public WriteTrace? Trace { get; } = WriteTrace.Begin();

    public WriteRequest Request => request;
    public Task<WriteResult> Task => _done.Task;
    public override long LockDeadline => request.LockDeadline;

    /// <summary>It is the commit of a transaction that was open beside others; the request has no calls.</summary>
    public SharedWrite? Shared { get; init; }

    /// <summary>Kept with it.</summary>
    public CommitRecord? Record { get; init; }

    /// <summary>Holds what it waited for, when it met a row that a transaction has locked.</summary>
    public LockOwner? Waiter { get; set; }

    /// <summary>It did not come to its end, without a statement having failed.</summary>
    public WriteStatus? Ended { get; set; }

    /// <summary>Set when a statement (or the closing check) failed; the answer waits for the batch all the same, because the failure may
    /// show state that is not durable yet.</summary>
    public bool Failed { get; set; }

    /// <summary>An exception of the caller's own row consumer.</summary>
    public Exception? Thrown { get; set; }

    /// <summary>Its place among the batch's log entries, or −1 when it changed nothing.</summary>
    public int EntryNumber { get; set; } = -1;

    /// <summary>Its commit token was known: the answer is the first one.</summary>
    public bool IsReplay { get; set; }
    public IReadOnlyList<SqlOutcome> Statements { get; set; } = [];

    /// <summary>Its rows have gone nowhere yet: it may be run once more.</summary>
    public bool MayRunAgain => Thrown is null && (Shared is not null || request.Calls.Count > 0 && request.Calls.All(c => c.Rows is null));

    /// <summary>As if it had never run.</summary>
    public void Reset() => (Failed, EntryNumber, IsReplay, Statements) = (false, -1, false, []);

    public void Fail(SqlFailure failure) => (Failed, Statements) = (true, [new SqlOutcome(failure, 0, 0, false)]);

    public override void Refuse(WriteStatus status)
    {
        Trace?.End(status.ToString(), LogPosition.Zero);
        _done.TrySetResult(new WriteResult(status, [], LogPosition.Zero));
    }

    public void Complete(WriteStatus status, LogPosition position)
    {
        Trace?.End(Failed ? nameof(WriteStatus.StatementFailed) : status.ToString(), position);
        if (status == WriteStatus.Committed && EntryNumber >= 0) GateMeters.Committed(_arrived);
        if (Thrown is not null) _done.TrySetException(Thrown);
        else if (Ended is { } ended) Refuse(ended);
        else _done.TrySetResult(new WriteResult(Failed ? WriteStatus.StatementFailed : status, Statements, position));
    }
}

/// <summary>The wish to hold the gate for an interactive transaction.</summary>
/// <param name="from">What it was until now; null: it is new.</param>
internal sealed class GateAcquire(InteractiveWrite transaction, long deadline, ICancelHandle? cancel, SharedWrite? from = null) : GateItem(deadline, cancel)
{
    private readonly TaskCompletionSource<(WriteStatus, IInteractiveWrite?)> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public InteractiveWrite Transaction => transaction;
    public SharedWrite? From => from;
    public Task<(WriteStatus, IInteractiveWrite?)> Task => _done.Task;
    public override WriteStatus OverdueStatus => IsCancelled ? WriteStatus.Cancelled : WriteStatus.LockTimeout;

    public override void Refuse(WriteStatus status) => _done.TrySetResult((status, null));
    public void Grant() => _done.TrySetResult((WriteStatus.Committed, transaction));
}

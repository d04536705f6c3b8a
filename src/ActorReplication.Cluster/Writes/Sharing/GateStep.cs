using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes.Sharing;

/// <summary>What a shared transaction asks of the gate between its beginning and its commit.</summary>
internal abstract class GateStep(SharedWrite transaction, long deadline, ICancelHandle? cancel) : GateItem(deadline, cancel)
{
    public SharedWrite Transaction => transaction;
}

/// <summary>One statement.</summary>
/// <param name="lockDeadline">Until when it waits for other transactions' rows.</param>
internal sealed class GateStatement(SharedWrite transaction, SqlCall call, long deadline, long lockDeadline, ICancelHandle? cancel) : GateStep(transaction, deadline, cancel)
{
    private readonly TaskCompletionSource<StepAnswer> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SqlCall Call => call;
    public override long LockDeadline => lockDeadline;
    public Task<StepAnswer> Task => _done.Task;

    public void Complete(SqlOutcome outcome) => _done.TrySetResult(new StepAnswer(WriteStatus.Committed, outcome, NeedsGate: false));
    public void AskForGate() => _done.TrySetResult(new StepAnswer(WriteStatus.Committed, default, NeedsGate: true));
    public void Throw(Exception e) => _done.TrySetException(e);
    public override void Refuse(WriteStatus status) => _done.TrySetResult(new StepAnswer(status, default, NeedsGate: false));
}

/// <param name="NeedsGate">It cannot be run beside the database; the transaction has to hold the gate.</param>
internal readonly record struct StepAnswer(WriteStatus Status, SqlOutcome Outcome, bool NeedsGate);

/// <summary>The transaction gives up locks: all of them at its end, or those it took after a savepoint. Nobody waits for it.</summary>
/// <param name="keep">How many of its first locks stay.</param>
internal sealed class GateRelease(SharedWrite transaction, int keep, bool ends) : GateStep(transaction, long.MaxValue, null)
{
    public int Keep => keep;
    public bool Ends => ends;
    public override void Refuse(WriteStatus status) { }
}

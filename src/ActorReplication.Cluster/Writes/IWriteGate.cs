using ActorReplication.Core;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>Moment at which a write is answered (<c>synchronous_commit</c>); never the order in which writes happen.</summary>
public enum AckLevel : byte
{
    /// <summary>In this node's journal. (off and local.) Promised as under <c>async</c>.</summary>
    Local,

    /// <summary>Also in the memory of as many followers as the policy asks for.</summary>
    Received,

    /// <summary>The policy is met: the default.</summary>
    Committed,

    /// <summary>And those followers' readers see it.</summary>
    Applied,
}

public enum WriteStatus : byte
{
    Committed,

    /// <summary>A statement failed; the transaction had no effect.</summary>
    StatementFailed,

    /// <summary>This node does not lead, or does not serve yet. Nothing was done.</summary>
    NotLeader,

    /// <summary>Leadership ended before anything was proposed. Nothing was done, nothing will be.</summary>
    LeadershipLost,

    /// <summary>Proposed, then leadership was lost: it may or may not become durable.</summary>
    OutcomeUnknown,

    /// <summary>The log has reached its limit and must not be cut. Nothing was done.</summary>
    LogFull,

    /// <summary>The queue is full. Nothing was done.</summary>
    Overloaded,

    /// <summary>Cancelled before it ran, or the gate was not had in time. Nothing was done.</summary>
    Cancelled,
    LockTimeout,

    /// <summary>An interactive transaction sat idle too long and was rolled back.</summary>
    IdleTimeout,

    /// <summary>The statement would wait for a transaction that waits for this one. It had no effect.</summary>
    Deadlock,

    /// <summary>What the transaction has done does not fit what others have committed since. It had no effect, and is over.</summary>
    Conflict,
}

/// <param name="Calls">Run in order, as one transaction; the first failure undoes all.</param>
/// <param name="Deadline"><see cref="Environment.TickCount64"/> milliseconds; <see cref="long.MaxValue"/> = none. Bounds queueing and execution, not the wait for followers.</param>
/// <param name="Token">Null: it happens as often as it is asked for.</param>
public sealed record WriteRequest(IReadOnlyList<SqlCall> Calls, AckLevel Level, long Deadline, ICancelHandle? Cancel, CommitToken? Token = null)
{
    /// <summary>As Deadline: until when it waits for its turn, and for rows that others have locked.</summary>
    public long LockDeadline { get; init; } = long.MaxValue;
}

/// <param name="Statements">One per statement that was run; the last is the failure when Status is StatementFailed.</param>
/// <param name="Position">Where it stands in the log; zero when it changed nothing, or was answered by its token.</param>
public readonly record struct WriteResult(WriteStatus Status, IReadOnlyList<SqlOutcome> Statements, LogPosition Position);

/// <summary>The leader's only way to write: batches what is waiting into one SQLite transaction, one journal write, one round to the
/// followers. Thread-safe. On a node that does not lead every call answers NotLeader at once.</summary>
public interface IWriteGate
{
    Task<WriteResult> RunAsync(WriteRequest request);

    /// <summary>Waits for the gate and holds it for an interactive transaction. The status is Committed when held (the transaction is then set).</summary>
    /// <param name="deadline">As in <see cref="WriteRequest"/>: until when to wait for the gate.</param>
    /// <param name="idleTimeoutMs">Rolled back after doing nothing for this long; 0 = the configured bound.</param>
    ValueTask<(WriteStatus Status, IInteractiveWrite? Transaction)> AcquireAsync(long deadline, int idleTimeoutMs, ICancelHandle? cancel);

    /// <summary>A transaction that is open beside others. It takes nothing yet. Each statement runs on the newest committed state and the transaction's own changes, and waits for
    /// rows that others have changed and not committed (READ COMMITTED); what cannot be done so makes it hold the gate.</summary>
    /// <param name="idleTimeoutMs">As in <see cref="AcquireAsync"/>.</param>
    IInteractiveWrite Open(int idleTimeoutMs);

    /// <summary>What waits for the gate right now, without what it is at. For metrics: it walks the queue.</summary>
    GateQueue Queue { get; }
}

/// <param name="Transactions">Whole transactions, and such that wait to hold the gate.</param>
/// <param name="SqlBytes">Text of the whole ones' statements, in UTF-16; their parameters are not counted.</param>
public readonly record struct GateQueue(int Transactions, long SqlBytes);

/// <summary>A transaction over several calls, holding the gate until it ends, or open beside others. One call at a time. Dispose rolls back.</summary>
public interface IInteractiveWrite : IAsyncDisposable
{
    /// <summary>Reads and writes, on the state this transaction made. Status Committed = the statement was run (see the outcome).</summary>
    /// <param name="lockTimeoutMs">How long to wait for other transactions' rows; 0 = for ever.</param>
    ValueTask<(WriteStatus Status, SqlOutcome Outcome)> ExecuteAsync(SqlCall call, long deadline, ICancelHandle? cancel, int lockTimeoutMs = 0);
    ValueTask<WriteStatus> SavepointAsync(string name);

    /// <summary>False: no such savepoint, or the transaction is gone (then the next call says why).</summary>
    ValueTask<bool> ReleaseAsync(string name);
    ValueTask<bool> RollbackToAsync(string name);

    /// <summary>What is kept under a commit token; null: nothing. To be asked before the transaction's first statement.</summary>
    ValueTask<(WriteStatus Status, CommitRecord? Known)> FindTokenAsync(string token);

    /// <param name="record">Kept with the transaction; its token was found to be new.</param>
    ValueTask<WriteResult> CommitAsync(AckLevel level, CommitRecord? record = null);
    ValueTask RollbackAsync();
}

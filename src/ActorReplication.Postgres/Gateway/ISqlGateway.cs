using ActorReplication.Postgres.Security;

namespace ActorReplication.Postgres.Gateway;

/// <summary>What the front end needs from the node behind it. One per node; thread-safe. Implemented by the composition root.</summary>
public interface ISqlGateway
{
    NodeState State { get; }

    /// <summary>Calls back, on any thread and briefly, after each change of <see cref="State"/>. Dispose to stop.</summary>
    IDisposable OnStateChanged(Action<NodeState> changed);

    /// <summary>Rises with each committed schema change; what was derived from an older schema must be derived again.</summary>
    long SchemaVersion { get; }

    /// <summary>One per client session. Never throws for want of a leader: statements answer that.</summary>
    ISqlBackend OpenBackend();

    /// <summary>Server-wide settings that live in the replication log: <c>synchronous_standby_names</c> and the like. Null: no such setting.</summary>
    string? SystemSetting(string name);

    /// <summary>ALTER SYSTEM SET (null value: RESET). Returns when the change is committed.</summary>
    ValueTask<BackendError?> AlterSystemAsync(string name, string? value, CancellationToken cancellation);

    /// <summary>Calls back, on any thread and briefly, for each notification committed from now on, whichever node's session made it, in the order of commits. Dispose to stop.</summary>
    ValueTask<IDisposable> ListenAsync(Action<Notification> heard, CancellationToken cancellation);

    /// <summary>A cancel request for a session that is not this node's: to whichever it is. Nothing comes back.</summary>
    void CancelElsewhere(int processId, int secret);

    /// <summary>All roles; another object whenever they have changed. Cheap: asked for each statement.</summary>
    RoleSet Roles { get; }

    /// <summary>Returns when the change is committed. Changes go one after the other; only the leader takes them.</summary>
    ValueTask<BackendError?> ChangeRolesAsync(RoleChange change, CancellationToken cancellation);

    /// <summary>Rows for pg_stat_replication, on the leader; empty elsewhere.</summary>
    IReadOnlyList<ReplicationRow> Replication();

    /// <summary>Log indices for pg_current_wal_lsn() and its relatives.</summary>
    LogProgress Progress { get; }
}

public enum NodeRole : byte
{
    /// <summary>No leader is known, or this node is not ready: new sessions get 57P03.</summary>
    NoLeader,
    Leader,
    Follower,
}

/// <param name="Epoch">Differs whenever a session that was open before may not go on as if nothing had happened (term, role).</param>
/// <param name="Leader">The leader's name, for messages and hints; null when unknown.</param>
public sealed record NodeState(NodeRole Role, long Epoch, string NodeName, string? Leader);

public readonly record struct LogProgress(long LastIndex, long CommitIndex, long AppliedIndex);

/// <param name="SyncState">async, potential, sync or quorum, as PostgreSQL writes it.</param>
/// <param name="State">startup, catchup, streaming or backup.</param>
public sealed record ReplicationRow(string Name, string? Address, string State, long SentIndex, long WriteIndex, long FlushIndex, long ReplayIndex, long LagBytes, int SyncPriority, string SyncState);

/// <summary>One session's way into the database. One call at a time; Dispose rolls an open transaction back.
/// Once a call has returned, by whatever way, nothing of it touches its parameters or sinks any more: the session reuses their memory.</summary>
public interface ISqlBackend : IAsyncDisposable
{
    /// <summary>Runs the statements, in order, as one transaction of their own: all or none. Stops at the first failure.
    /// Completes when the results may be told to the client (committed at the level asked for).</summary>
    ValueTask<RunOutcome> RunAsync(IReadOnlyList<StatementCall> statements, RunOptions options, CancellationToken cancellation);

    /// <summary>Opens an interactive transaction. Takes nothing yet: the first write does.</summary>
    ValueTask<BackendError?> BeginAsync(TransactionMode mode, CancellationToken cancellation);

    /// <summary>Runs one statement in the open transaction. A failure undoes that statement only; whether the transaction counts as failed is the session's business.</summary>
    ValueTask<StatementOutcome> ExecuteAsync(StatementCall statement, RunOptions options, CancellationToken cancellation);

    ValueTask<BackendError?> SavepointAsync(string name, CancellationToken cancellation);

    /// <summary>False: no such savepoint.</summary>
    ValueTask<bool> ReleaseAsync(string name, CancellationToken cancellation);
    ValueTask<bool> RollbackToAsync(string name, CancellationToken cancellation);

    /// <summary>Completes when the commit's outcome is known at the level asked for.</summary>
    ValueTask<BackendError?> CommitAsync(RunOptions options, CancellationToken cancellation);
    ValueTask RollbackAsync();

    /// <summary>A JSON document about this session's last commit that wrote: where it stands in the log and which nodes hold it now. Null: there was none, or this node
    /// does not lead any more.</summary>
    ValueTask<string?> LastCommitAsync(CancellationToken cancellation);

    bool InTransaction { get; }

    /// <summary>Ends the running statement (57014). Any thread.</summary>
    void Cancel();
}

public enum CommitLevel : byte { Off, Local, RemoteWrite, On, RemoteApply }

public enum ReadConsistency : byte
{
    /// <summary>Linearizable on the leader, local elsewhere.</summary>
    Default,
    Local,
    Session,
    Linearizable,
}

/// <param name="StatementTimeoutMs">0 = none. <paramref name="LockTimeoutMs"/>: the longest wait for the write gate, 0 = none.</param>
/// <param name="CommitToken">A transaction under it that was committed before is answered as then, and not made again; null: none.</param>
/// <param name="MayWrite">False: the session's role may not, and what would write after all is refused.</param>
public readonly record struct RunOptions(CommitLevel Commit, ReadConsistency Reads, int StatementTimeoutMs, int LockTimeoutMs, string? CommitToken = null, bool MayWrite = true)
{
    /// <summary>What the transaction says to listening sessions, if it commits. Only for <see cref="ISqlBackend.CommitAsync"/>; null: nothing.</summary>
    public IReadOnlyList<Notification>? Notifications { get; init; }
}

public enum Isolation : byte { ReadCommitted, RepeatableRead, Serializable }

/// <param name="IdleTimeoutMs">How long an open transaction that holds the gate may do nothing, 0 = no bound.</param>
public readonly record struct TransactionMode(Isolation Isolation, bool ReadOnly, int IdleTimeoutMs);

/// <summary>One SQLite statement to run.</summary>
/// <param name="Parameters">Values of ?1, ?2, …</param>
/// <param name="Sink">Takes the result rows on the thread that executes; null when none are wanted.</param>
/// <param name="ReadOnly">The translator knows that it does not write.</param>
/// <param name="PointRead">So small that it may run on the calling thread.</param>
/// <param name="MaxRows">0 = all.</param>
public sealed record StatementCall(string Sql, ReadOnlyMemory<SqlValue> Parameters, IResultSink? Sink, bool ReadOnly, bool PointRead, IReadOnlyList<CatalogTable>? Catalog = null, long MaxRows = 0)
{
    /// <summary>SHA-256 of what the client asked for, text and parameters: the same whenever and wherever it asks again. Empty unless it runs under a commit token.</summary>
    public ReadOnlyMemory<byte> Work { get; init; }

    /// <summary>It locks the rows that it returns (SELECT … FOR UPDATE); null: it does not.</summary>
    public RowLock? Lock { get; init; }
}

/// <summary>How a SELECT locks its rows. The first result columns are for this alone: with limits LIMIT (under zero: none) and OFFSET, which the engine is then to apply itself, after leaving out locked rows; then for each table the row's rowid, or its primary key's columns in key order where it has none.</summary>
/// <param name="Shares">Others may lock it so too.</param>
/// <param name="Columns">How many first columns there are.</param>
public sealed record RowLock(IReadOnlyList<string> Tables, bool Shares, RowLockWait Wait, bool HasLimits, int Columns);

public enum RowLockWait : byte { Wait, Fail, Skip }

public readonly record struct StatementOutcome(BackendError? Error, long AffectedRows, long RowCount);

/// <param name="Statements">One per statement that was run; fewer than given when one failed: the last is then the failure.</param>
/// <param name="Error">The transaction's own failure (commit refused, outcome unknown, no leader); null if a statement failed or all is well.</param>
public readonly record struct RunOutcome(IReadOnlyList<StatementOutcome> Statements, BackendError? Error);

/// <summary>Takes rows while the statement runs. May block its thread to hold back a statement whose client reads slowly, unless the call is a PointRead or writes,
/// or its transaction has written. May throw <see cref="Dialect.DialectException"/>: the statement fails and is undone, as if a SQL function had thrown it.</summary>
public interface IResultSink
{
    void Start(IResultRow columns);
    void Row(IResultRow row);
}

public enum SqlKind : byte { Null, Int64, Double, Text, Blob }

/// <summary>The current row. Spans are valid until the call returns.</summary>
public interface IResultRow
{
    int Count { get; }
    string Name(int column);
    string? DeclaredType(int column);
    SqlKind Kind(int column);
    long Int64(int column);
    double Double(int column);
    ReadOnlySpan<byte> Text(int column);
    ReadOnlySpan<byte> Blob(int column);
}

/// <summary>A parameter's value in the engine's own types. Text is UTF-8.</summary>
public readonly struct SqlValue
{
    private readonly long _bits;
    private SqlValue(SqlKind kind, long bits, ReadOnlyMemory<byte> bytes) { Kind = kind; _bits = bits; Bytes = bytes; }
    public SqlKind Kind { get; }
    public long Int64 => _bits;
    public double Double => BitConverter.Int64BitsToDouble(_bits);
    public ReadOnlyMemory<byte> Bytes { get; }
    public static readonly SqlValue Null = default;
    public static SqlValue Of(long value) => new(SqlKind.Int64, value, default);
    public static SqlValue Of(double value) => new(SqlKind.Double, BitConverter.DoubleToInt64Bits(value), default);
    public static SqlValue Utf8(ReadOnlyMemory<byte> utf8) => new(SqlKind.Text, 0, utf8);
    public static SqlValue Text(string text) => new(SqlKind.Text, 0, System.Text.Encoding.UTF8.GetBytes(text));
    public static SqlValue Blob(ReadOnlyMemory<byte> bytes) => new(SqlKind.Blob, 0, bytes);
}

/// <summary>A read-only table that a statement names and the database file does not hold: pg_catalog's, status views.</summary>
/// <param name="Columns">Column definitions as SQLite's CREATE TABLE takes them.</param>
/// <param name="Version">Filled again when it differs from what the connection has; null: for each statement.</param>
public sealed record CatalogTable(string Schema, string Name, IReadOnlyList<string> Columns, string? Version, Func<IEnumerable<object?[]>> Rows);

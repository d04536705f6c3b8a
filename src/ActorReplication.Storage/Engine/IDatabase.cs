namespace ActorReplication.Storage.Engine;

/// <summary>Where the database stands in the log: kept in a table of ours in the same file, changed in the same transaction as the data.</summary>
/// <param name="Config">Encoded cluster configuration at that position, for clones; opaque here.</param>
public readonly record struct AppliedState(long Term, long Index, ReadOnlyMemory<byte> Config);

/// <summary>One SQLite file with one writer and many readers. Opened by <see cref="Database.Open"/>.</summary>
public interface IDatabase : IDisposable
{
    /// <summary>Use from one thread at a time: the write gate's.</summary>
    IWriter Writer { get; }

    /// <summary>Rises with every schema change that was committed. Thread-safe.</summary>
    long SchemaVersion { get; }

    /// <summary>Committed and visible to readers. Thread-safe.</summary>
    AppliedState Applied { get; }

    /// <summary>Takes a reader from the pool (waits, asynchronously, when all are taken). Dispose gives it back. Thread-safe.</summary>
    /// <exception cref="ObjectDisposedException">The database is closed, or was while this waited.</exception>
    ValueTask<IReader> RentReaderAsync(CancellationToken cancellation);

    /// <summary>A reader if one is free right now; never waits.</summary>
    IReader? TryRentReader();

    /// <summary>Moves committed pages from the WAL into the file and fsyncs both: a power failure cannot take back what the returned state
    /// names. Runs on the caller's thread, beside the writer.</summary>
    AppliedState Checkpoint();

    /// <summary>The lineage (<see cref="IWriter.Lineage"/>) that the file was of at the latest <see cref="Checkpoint"/>: a power failure leaves at least its beginning. <see cref="Guid.Empty"/>: none, or
    /// there was no checkpoint since the file was opened. Thread-safe.</summary>
    Guid DurableLineage { get; }

    /// <summary>Writes a consistent copy of the committed state beside the writer, fsynced, to a new file. Throttled by bytes a second (0 = not).</summary>
    /// <param name="progress">Told bytes copied and bytes in all, a few hundred times a second at most, on the caller's thread.</param>
    SnapshotManifest CopyTo(string path, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation);

    /// <summary>The committed state of now, to be sent to another node while the writer goes on; read once, as fast as it goes, before this returns.</summary>
    /// <param name="path">A new file for a copy, if it takes one.</param>
    Snapshots.CopyToSend CopyToSend(string path, Action<long, long>? progress, CancellationToken cancellation);

    /// <summary>The same without word on the way.</summary>
    SnapshotManifest CopyTo(string path, long bytesPerSecond, CancellationToken cancellation) => CopyTo(path, bytesPerSecond, null, cancellation);

    /// <summary>Hash of all tables' logical content (order-independent of storage), for comparing nodes; per table.</summary>
    IReadOnlyList<TableHash> HashTables();

    /// <summary>Keeps the committed state of now, to be compared with other nodes'. On the writer's thread, between two commits, it is exactly what the last one left.</summary>
    Snapshots.PinnedState Pin();

    /// <summary>Column names of all tables, as committed now.</summary>
    Capture.SchemaNames ReadNames();
}

public sealed record TableHash(string Table, long Rows, string Hash);

/// <param name="Sha256">Of each <paramref name="ChunkBytes"/> of the file.</param>
public sealed record SnapshotManifest(int Version, AppliedState Position, long FileBytes, int ChunkBytes, IReadOnlyList<string> Sha256);

/// <summary>The one writing connection. A batch is one SQLite transaction that carries many client transactions, each inside a savepoint;
/// nothing of it is visible to a reader before <see cref="CommitBatch"/>. A batch runs client transactions, or repeats
/// entries' statements, or applies and undoes entries' rows: the first call inside it decides (see <see cref="Takes"/>), and a call of another kind throws <see cref="InvalidOperationException"/>.</summary>
public interface IWriter
{
    void BeginBatch();

    /// <summary>Opens a client transaction inside the batch and starts capturing its changes.</summary>
    /// <param name="rules">What its payload is to be made of; the default is the rows it changes.</param>
    /// <param name="locks">Asked for each row that it changes; null: no row is locked.</param>
    void BeginTransaction(CaptureRules rules = default, IRowLocks? locks = null);

    /// <summary>The first row or unique value that the open client transaction has changed and another has locked; null: there is none.</summary>
    ulong? Taken { get; }

    /// <summary>Runs one statement of a transaction that is open beside the database: its changes are made again, the statement is run on them, its own changes are
    /// noted, and all is taken back. In a batch, outside a client transaction; the batch is then to be rolled back, or to go on with steps only.</summary>
    StepOutcome Step(OpenChanges changes, SqlCall call, long deadline, ICancelHandle? cancel, IRowLocks locks);

    /// <summary>Makes the changes of some statements, from and to as counted by <see cref="OpenChanges.Count"/>, part of the open client transaction, which has done nothing else yet. Null, or what the database
    /// holds instead of what they were made on: then roll back.</summary>
    string? Resume(OpenChanges changes, int from, int to);

    /// <summary>Numbers that transactions took from AUTOINCREMENT counters, and that are not in the database, are no longer kept from others: the term is over.</summary>
    void ForgetReserved();

    /// <summary>Runs one statement in the open client transaction. A failing statement has no effect (it is undone to its own start).</summary>
    /// <param name="deadline">Monotonic, <see cref="Environment.TickCount64"/> milliseconds; <see cref="long.MaxValue"/> = none.</param>
    SqlOutcome Execute(SqlCall call, long deadline, ICancelHandle? cancel);

    void Savepoint(string name);
    bool ReleaseSavepoint(string name);

    /// <summary>False if there is no such savepoint. What was captured since goes with it.</summary>
    bool RollbackToSavepoint(string name);

    /// <summary>Closes the client transaction, keeping its changes in the batch. Returns its log entry payload, empty if it changed
    /// nothing; or the failure that shows only now (deferred constraints), and then it is rolled back.</summary>
    /// <param name="record">Kept in the same transaction under its token, which must be new (see <see cref="FindToken"/>); the payload is then never empty.</param>
    /// <param name="rules">Which older tokens go.</param>
    TransactionOutcome EndTransaction(CommitRecord? record = null, TokenRules rules = default);

    void RollbackTransaction();

    /// <summary>What is kept under a commit token, as the open client transaction sees it: those of earlier transactions in this batch too. Null: nothing.</summary>
    CommitRecord? FindToken(string token);

    /// <summary>Makes the batch visible, with the applied position in the same SQLite transaction.</summary>
    void CommitBatch(long term, long index);

    /// <summary>Makes a batch of client transactions visible as one entry of the pages that it writes, for nodes whose file holds the same bytes. The position is among them, so the entry's
    /// own has to be known before it is in the log.</summary>
    /// <param name="withRows">The entry also carries the transactions' rows, for nodes whose file holds other bytes.</param>
    /// <param name="decide">Gets the entry's payload when all of it is written and none of it is visible; says whether the entry is committed at that position.</param>
    /// <returns>False: it said no. The batch is open as before the call: commit it at another position, or roll it back.</returns>
    /// <exception cref="EntryTooLargeException">The pages, with the rows beside them, do not fit into one entry. The batch is open: roll it back.</exception>
    bool CommitPages(long term, long index, bool withRows, Func<ReadOnlyMemory<byte>, bool> decide);

    void RollbackBatch();

    /// <summary>After a failure in the middle of whatever: takes back the batch and the client transaction that are open, if any are.</summary>
    void Abandon();

    /// <summary>Whether the open batch can hold this payload beside what it holds already; if not, commit it and begin another: rows are applied on one
    /// connection, statements are repeated on another.</summary>
    bool Takes(ReadOnlyMemory<byte> payload);

    /// <summary>The follower's side: applies one entry's payload inside the open batch. Before-images are verified; of a repeated statement, the affected rows and the checksum.</summary>
    ApplyOutcome Apply(ReadOnlyMemory<byte> payload);

    /// <summary>Takes one applied entry's changes back, from its before-images, inside the open batch. False if it cannot be undone (DDL, a statement): clone instead.</summary>
    bool TryUndo(ReadOnlyMemory<byte> payload);

    /// <summary>Records the configuration that clones of this file start with; inside the open batch.</summary>
    void StoreConfig(ReadOnlyMemory<byte> config);

    /// <summary>True once a statement in the open client transaction has changed anything.</summary>
    bool HasChanges { get; }

    /// <summary>Names the bytes of the file while entries of pages alone have written it; <see cref="Guid.Empty"/> otherwise. Nodes with the same name and position hold the same file. Thread-safe.</summary>
    Guid Lineage { get; }

    /// <summary>From here on the file is of no lineage: the next commit writes its position into it whatever it holds. Not inside a batch.</summary>
    void EndLineage();
}

public readonly record struct TransactionOutcome(SqlFailure? Failure, ReadOnlyMemory<byte> Payload);

/// <param name="Divergence">Null when everything matched; otherwise which table and key had what instead of what.</param>
public readonly record struct ApplyOutcome(long Rows, string? Divergence)
{
    /// <summary>Why this file cannot take the entry, of which nothing was applied: it takes a clone. Null: it was applied.</summary>
    public string? CloneBecause { get; init; }

    /// <summary>The entry was applied by its rows, because the file is not, byte for byte, the one that its pages are for: a clone would make it so.</summary>
    public bool AwaitsPages { get; init; }
}

/// <summary>A reading connection; one thread at a time. Outside a snapshot every statement sees the newest committed state.</summary>
public interface IReader : IDisposable
{
    /// <summary>Refuses (WouldWrite) anything that writes, before it does.</summary>
    SqlOutcome Execute(SqlCall call, long deadline, ICancelHandle? cancel);

    /// <summary>The number of the newest notification; 0: there was none yet.</summary>
    long NewestNotice => 0;

    /// <summary>Notifications with a higher number than <paramref name="number"/>, in order, <paramref name="most"/> at most.</summary>
    IReadOnlyList<Notice> NoticesAfter(long number, int most) => [];

    /// <summary>Pins the state of now for all statements until <see cref="EndSnapshot"/>.</summary>
    void BeginSnapshot();
    void EndSnapshot();

    /// <summary>Prepares without running: parameter count, result column names and declared types, read-only or not; or the failure.</summary>
    StatementShape Describe(string sql, IReadOnlyList<AuxiliaryTable>? auxiliary = null);
}

public sealed record StatementShape(SqlFailure? Failure, int Parameters, IReadOnlyList<ColumnShape> Columns, bool ReadOnly);

/// <param name="Table">Origin table and column when the value comes straight from one; else null.</param>
public sealed record ColumnShape(string Name, string? DeclaredType, string? Table, string? Column);

/// <param name="Path">The database file; made when missing.</param>
/// <param name="StatementTimeoutMs">Upper bound of any statement's run time; a call's own deadline may be nearer.</param>
public sealed record DatabaseOptions(string Path)
{
    public int Readers { get; init; } = 16;
    public int StatementTimeoutMs { get; init; } = 0;
    public int MaxSqlBytes { get; init; } = 16 << 20;
    public int MaxValueBytes { get; init; } = 256 << 20;
    public long MaxResultRows { get; init; } = 0;
    public int PageCacheBytes { get; init; } = 64 << 20;

    /// <summary>An entry of pages larger than this is refused (<see cref="EntryTooLargeException"/>).</summary>
    public int MaxEntryBytes { get; init; } = Array.MaxLength;

    /// <summary>A client transaction whose changes take more, as rows in the log, is refused.</summary>
    public int MaxChangeBytes { get; init; } = Array.MaxLength;
    public int StatementCache { get; init; } = 512;
    public IReadOnlyList<ScalarFunction> Functions { get; init; } = [];
    public IReadOnlyList<AggregateFunction> Aggregates { get; init; } = [];
}

/// <summary>A batch's changes do not fit into one log entry; it had no effect.</summary>
public sealed class EntryTooLargeException() : Exception("the transaction's pages are too many for one entry of the log; make it smaller")
{
    /// <summary>What to tell its client.</summary>
    public SqlFailure Failure => new(Interop.SqliteCode.TooBig, Message, Kind: FailureKind.TooLarge);
}

/// <summary>Damage or a disk that fails: not a statement's failure. The node must stop; the message names the file and what was found.</summary>
public class StorageFailure(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The disk has no space for what was to be written. Nothing of it is committed, and nothing that was is touched: take back what is open (<see cref="IWriter.Abandon"/>), and try again when there may be space.</summary>
public sealed class DiskFull(string message) : StorageFailure(message);

using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

/// <summary>The leader's side of the writer: client transactions as savepoints of one SQLite transaction, their row changes captured.</summary>
internal sealed unsafe partial class LeaderSession : IDisposable
{
    private const string ClientSavepoint = "t";

    private readonly Connection connection;
    private readonly TableCatalog catalog;
    private readonly RowCapture capture;
    private readonly Applier applier;
    private readonly SequenceTable sequences;
    private readonly TokenTable tokens;
    private readonly NoticeTable notices;
    private readonly Dictionary<string, Statement> control = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long?> sequenceValues = new(StringComparer.Ordinal);
    private readonly List<(string Name, int Mark, int Pieces, int Counters)> savepoints = [];
    private readonly List<byte[]> batchPayloads = [];
    private bool transactionOpen;
    private bool virtualPending;
    private Statement? lastWrite;
    private bool violationsBefore;

    /// <summary>Rows were made again with foreign keys off while some were still violated: SQLite's count of them is lost.</summary>
    private bool foreignKeysUnknown;
    private SqlFailure? doomed;

    internal LeaderSession(DatabaseOptions options)
    {
        connection = new Connection(options, ConnectionRole.Leader);
        catalog = new TableCatalog(connection);
        capture = new RowCapture(connection, catalog, options.MaxChangeBytes);
        measuring = new MeasuringCapture(capture);
        record = new TransactionRecord(capture);
        repeated = new RowCapture(connection, catalog, options.MaxChangeBytes);
        repeatedMeasure = new MeasuringCapture(repeated);
        safety = new StatementSafety(connection, catalog, options);
        applier = new Applier(connection, catalog);
        sequences = new SequenceTable(connection);
        tokens = new TokenTable(connection);
        notices = new NoticeTable(connection);
        traits = new TraitsReader(connection);
        locking = new LockingCapture(connection, catalog, traits);
    }

    internal Connection Connection => connection;
    internal bool HasChanges => transactionOpen && (!capture.IsEmpty || virtualPending || recording is { Count: > 0 });
    internal bool IsTransactionOpen => transactionOpen;

    /// <summary>Of the open batch's client transactions that are ended.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> BatchPayloads => [.. batchPayloads];

    /// <summary>The open batch holds a schema change.</summary>
    internal bool ChangedSchema { get; private set; }

    internal void Begin()
    {
        sequenceValues.Clear();
        batchPayloads.Clear();
        counterChanges.Clear();
        ChangedSchema = false;
        Control("BEGIN IMMEDIATE");
    }

    /// <summary>After another connection changed the schema.</summary>
    internal void ForgetSchema()
    {
        catalog.Forget();
        connection.ForgetStatements();
    }

    /// <param name="held">Asked for each row that is changed; null: no row is locked.</param>
    internal void BeginTransaction(CaptureRules rules, IRowLocks? held)
    {
        if (transactionOpen)
            throw new InvalidOperationException("a client transaction is open already");
        Control("SAVEPOINT " + ClientSavepoint);
        capture.Clear();
        savepoints.Clear();
        transactionOpen = true;
        virtualPending = violationsBefore = foreignKeysUnknown = false;
        doomed = null;
        lastWrite = null;
        BeginRecording(rules);
        locks = held;
        readTaken = vacatedTaken = tableTaken = null;
        drawn.Clear();
        counterChangesBefore = counterChanges.Count;
        if (held is not null)
            locking.Begin(Rows, held, null);
        connection.Observer = Capture;
    }

    private IRowObserver Capture => locks is null ? Rows : locking;

    private IRowObserver Rows => recording is null ? capture : measuring;

    internal void Savepoint(string name)
    {
        RequireTransaction();
        // The statement makes full-text indexes write what they hold: that belongs before the mark.
        Control("SAVEPOINT s" + (savepoints.Count + 1));
        virtualPending = false;
        recording?.Absorb(ShipReason.Deferred);
        savepoints.Add((name, capture.Mark, record.Count, counterChanges.Count));
    }

    internal bool ReleaseSavepoint(string name)
    {
        RequireTransaction();
        var place = savepoints.FindLastIndex(savepoint => savepoint.Name == name);
        if (place < 0)
            return false;
        Control("RELEASE s" + (place + 1));
        savepoints.RemoveRange(place, savepoints.Count - place);
        return true;
    }

    internal bool RollbackToSavepoint(string name)
    {
        RequireTransaction();
        var place = savepoints.FindLastIndex(savepoint => savepoint.Name == name);
        if (place < 0)
            return false;
        ReserveDrawn();
        Control("ROLLBACK TO s" + (place + 1));
        savepoints.RemoveRange(place + 1, savepoints.Count - place - 1);
        TakeBackCounters(savepoints[place].Counters);
        capture.Truncate(savepoints[place].Mark);
        recording?.Truncate(savepoints[place].Pieces);
        virtualPending = false;
        doomed = null;
        AfterRollback();
        return true;
    }

    internal CommitRecord? FindToken(string token)
    {
        RequireTransaction();
        return tokens.Find(token);
    }

    internal TransactionOutcome EndTransaction(CommitRecord? commit, TokenRules rules)
    {
        RequireTransaction();
        try
        {
            return End(commit, rules);
        }
        catch (PayloadTooLargeException large)
        {
            RollbackTransaction();
            return new TransactionOutcome(new SqlFailure(SqliteCode.TooBig, large.Message, Kind: FailureKind.TooLarge), default);
        }
    }

    private TransactionOutcome End(CommitRecord? commit, TokenRules rules)
    {
        var failure = doomed;
        if (failure is null && virtualPending)
            Flush();
        if (failure is null && HasDeferredViolation())
            failure = new SqlFailure(SqliteCode.ConstraintForeignKey, "FOREIGN KEY constraint failed");
        if (failure is null && commit is { Statements.Count: > CommitRecord.MostStatements })
            failure = new SqlFailure(SqliteCode.TooBig, $"a transaction with a commit token has at most {CommitRecord.MostStatements} writing statements", Kind: FailureKind.TooLarge);
        if (failure is not null)
        {
            RollbackTransaction();
            return new TransactionOutcome(failure, default);
        }
        var payload = Compose(commit, rules);
        Control("RELEASE " + ClientSavepoint);
        connection.Observer = null;
        transactionOpen = false;
        if (payload.Length == 0)
            return default;
        batchPayloads.Add(payload);
        return new TransactionOutcome(null, payload);
    }

    /// <summary>What the transaction has to take along at its end, and its entry; empty: it changed nothing.</summary>
    private byte[] Compose(CommitRecord? commit, TokenRules rules)
    {
        recording?.Absorb(ShipReason.Deferred);
        if (commit is { Token.Length: > 0 })
            tokens.Add(commit, rules, Draws.Now());
        recording?.Absorb(ShipReason.Token);
        if (commit is { Notices.Count: > 0 })
            notices.Add(commit.Notices);
        recording?.Absorb(ShipReason.Notice);
        if (recording is null)
            return capture.IsEmpty ? [] : capture.Written.ToArray();
        return record.Count == 0 ? [] : record.Compose();
    }

    internal void RollbackTransaction()
    {
        RequireTransaction();
        connection.Observer = null;
        transactionOpen = false;
        // What is to run again has given nobody its numbers.
        if (Taken is null)
            ReserveDrawn();
        TakeBackCounters(counterChangesBefore);
        Control("ROLLBACK TO " + ClientSavepoint);
        Control("RELEASE " + ClientSavepoint);
        AfterRollback();
    }

    internal void Commit()
    {
        Control("COMMIT");
        batchPayloads.Clear();
        RefreshVirtualTables();
    }

    internal void Rollback()
    {
        connection.Observer = null;
        transactionOpen = false;
        TakeBackCounters(0);
        if (connection.InTransaction)
            Control("ROLLBACK");
        AfterRollback();
        batchPayloads.Clear();
        RefreshVirtualTables();
    }

    private void AfterRollback()
    {
        sequenceValues.Clear();
        connection.ForgetAuxiliary();
        if (ChangedSchema)
            ForgetSchema();
    }

    /// <summary>Full-text indexes keep new terms in memory until a savepoint is opened.</summary>
    private void Flush()
    {
        Control("SAVEPOINT f");
        Control("RELEASE f");
        virtualPending = false;
    }

    private bool HasDeferredViolation()
    {
        return foreignKeysUnknown
            ? connection.QueryInt64("SELECT count(*) FROM (SELECT 1 FROM pragma_foreign_key_check LIMIT 1)") > 0
            : CountsViolations();
    }

    /// <summary>SQLite counts for the whole connection; each client transaction starts and ends with none.</summary>
    private bool CountsViolations()
    {
        int current, highest;
        connection.Check(sqlite3_db_status(connection.Handle, SqliteCode.StatusDeferredForeignKeys, &current, &highest, 0), "status");
        return current != 0;
    }

    private void RequireTransaction()
    {
        if (!transactionOpen)
            throw new InvalidOperationException("no client transaction is open");
    }

    private void Control(string sql)
    {
        if (!control.TryGetValue(sql, out var statement))
            control[sql] = statement = connection.PrepareInternal(sql);
        connection.StepInternal(statement);
    }

    public void Dispose()
    {
        if (connection.InTransaction)
            Rollback();
        foreach (var statement in control.Values)
            statement.FinalizeHandle();
        control.Clear();
        applier.Close();
        sequences.Close();
        tokens.Close();
        notices.Close();
        traits.Close();
        catalog.Close();
        tap?.Dispose();
        connection.Dispose();
    }
}

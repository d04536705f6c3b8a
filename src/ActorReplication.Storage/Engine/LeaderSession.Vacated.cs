using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

/// <summary>A row that another open transaction has deleted, or given another key, is in its way no more if that transaction commits: a statement which meets the row's old values in a
/// unique index has to wait for it.</summary>
internal sealed unsafe partial class LeaderSession
{
    private const string VacatedSavepoint = "v";

    /// <summary>What the client transaction's last statement met so.</summary>
    private ulong? vacatedTaken;

    /// <summary>SQLite does not tell which row was in the way. So the statement is run once more with the other transactions' changes made, which lets it go on to the lock; then all is taken back.</summary>
    /// <param name="outcome">Of the statement, which has left the transaction as it was, or was to do nothing where it met such a row.</param>
    /// <returns>The lock to wait for; null: it is what it seems.</returns>
    private ulong? WhoseRowItIs(Statement statement, SqlCall call, in SqlOutcome outcome, IRowLocks held)
    {
        if (outcome.Failure is { ExtendedCode: not (SqliteCode.ConstraintUnique or SqliteCode.ConstraintPrimaryKey or SqliteCode.ConstraintRowid) } || virtualPending && transactionOpen)
            return null;
        List<OpenChunk[]>? others = null;
        foreach (var other in held.Others)
            if (statement.Facts.Writes.Exists(write => other.Vacated.Contains(write.Table)))
                (others ??= []).Add(other.Seen());
        if (others is null || outcome.Succeeded && !MayDoNothing(call.Sql))
            return null;

        var (observer, rowid) = (connection.Observer, sqlite3_last_insert_rowid(connection.Handle));
        connection.Observer = null;
        Control("SAVEPOINT " + VacatedSavepoint);
        try
        {
            MakeAgain(others);
            var met = new LockingCapture(connection, catalog, traits);
            met.Begin(NoRows.Instance, held, null);
            connection.Observer = met;
            // It ends as soon as the first time: nothing is to stop it half-way, because that ends SQLite's transaction.
            connection.Run(statement, call with { Rows = null }, long.MaxValue, null);
            return met.Taken;
        }
        finally
        {
            connection.Observer = observer;
            if (connection.InTransaction)
            {
                Control("ROLLBACK TO " + VacatedSavepoint);
                Control("RELEASE " + VacatedSavepoint);
            }
            sqlite3_set_last_insert_rowid(connection.Handle, rowid);
        }
    }

    private void MakeAgain(List<OpenChunk[]> others)
    {
        var rowids = new RowNumbering();
        foreach (var chunks in others)
        {
            rowids.Clear();
            foreach (var chunk in chunks)
                if (applier.MakeAgain(chunk.Payload, rowids, null) is not null)
                    break;
        }
    }

    /// <summary>A row that is in the way may be passed over.</summary>
    private static bool MayDoNothing(string sql) => sql.Contains("DO NOTHING", StringComparison.OrdinalIgnoreCase) || sql.Contains("OR IGNORE", StringComparison.OrdinalIgnoreCase);

    private sealed class NoRows : IRowObserver
    {
        public static readonly NoRows Instance = new();

        public void RowChanging(int operation, byte* table, long oldRowid, long newRowid)
        {
        }
    }
}

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
    /// <param name="outcome">Of the statement, which has left the transaction as it was, or was to do nothing where it met such a row. Becomes a failure when the time is over before all is looked through.</param>
    /// <returns>The lock to wait for; null: it is what it seems. SQLite's transaction may have ended.</returns>
    private ulong? WhoseRowItIs(Statement statement, SqlCall call, ref SqlOutcome outcome, long deadline, ICancelHandle? cancel, IRowLocks held)
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
            var met = new LockingCapture(connection, catalog, traits);
            var until = new UntilMet(met, cancel);
            if (!MakeAgain(others, deadline, until))
            {
                outcome = new SqlOutcome(cancel is { IsCancelled: true } ? Connection.Cancelled : Connection.TimedOut, 0, 0, false);
                return null;
            }
            met.Begin(NoRows.Instance, held, null);
            connection.Observer = met;
            // What was in its way is not any more: it may go on for as long as its rows last. Stopping it ends SQLite's transaction, which is made again.
            var again = connection.Run(statement, call with { Rows = null }, deadline, until);
            if (met.Taken is null && again.Failure is { Kind: FailureKind.Cancelled or FailureKind.TimedOut })
                outcome = again;
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

    /// <returns>False: the time is over.</returns>
    private bool MakeAgain(List<OpenChunk[]> others, long deadline, UntilMet until)
    {
        var rowids = new RowNumbering();
        foreach (var chunks in others)
        {
            rowids.Clear();
            foreach (var chunk in chunks)
            {
                if (until.IsCancelled || Environment.TickCount64 >= deadline)
                    return false;
                if (applier.MakeAgain(chunk.Payload, rowids, null) is not null)
                    break;
            }
        }
        return true;
    }

    /// <summary>A row that is in the way may be passed over.</summary>
    private static bool MayDoNothing(string sql) => sql.Contains("DO NOTHING", StringComparison.OrdinalIgnoreCase) || sql.Contains("OR IGNORE", StringComparison.OrdinalIgnoreCase);

    /// <summary>Stops the statement when it has met a lock, and when its client wants it to stop.</summary>
    private sealed class UntilMet(LockingCapture met, ICancelHandle? cancel) : ICancelHandle
    {
        public bool IsCancelled => met.Taken is not null || cancel is { IsCancelled: true };

        public void Cancel() => cancel?.Cancel();
    }

    private sealed class NoRows : IRowObserver
    {
        public static readonly NoRows Instance = new();

        public void RowChanging(int operation, byte* table, long oldRowid, long newRowid)
        {
        }
    }
}

using ActorReplication.Storage.Interop;
using ActorReplication.Storage.Pages;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

/// <summary>Batches whose entry is the pages that they write: the commit is held, with its frames in SQLite's log, until the entry is committed.</summary>
internal sealed unsafe partial class LeaderSession
{
    private const string PageSavepoint = "p";

    private LogTap? tap;

    /// <summary>From the next batch on, commits can be held. Not inside a batch.</summary>
    internal void TapLog(int pageBytes)
    {
        if (tap is not null)
            return;
        tap = new LogTap(connection, pageBytes);
        connection.RunInternal("PRAGMA public.synchronous = FULL");
    }

    /// <summary>What is written from here to <see cref="TryCommitPages"/> can be written again.</summary>
    internal void BeginPosition() => Control("SAVEPOINT " + PageSavepoint);

    /// <summary>Has SQLite commit the batch, with <paramref name="decide"/> asked when all frames are in the log.</summary>
    /// <returns>False: it said no. The transaction is open, and what was written since <see cref="BeginPosition"/> is taken back.</returns>
    internal bool TryCommitPages(Func<uint, uint, uint, bool> decide)
    {
        if (!control.TryGetValue("COMMIT", out var commit))
            control["COMMIT"] = commit = connection.PrepareInternal("COMMIT");
        tap!.Arm(decide);
        int code;
        try
        {
            code = connection.StepOnce(commit);
        }
        finally
        {
            tap.Disarm();
        }
        if (code == SqliteCode.Done)
        {
            batchPayloads.Clear();
            RefreshVirtualTables();
            return true;
        }
        if (SqliteCode.Primary(code) != SqliteCode.Busy)
            throw connection.Damage(code);
        TakePositionBack();
        return false;
    }

    /// <summary>SQLite has the checksums of frames in mind that were written and not committed. It goes back to those before only with frames that it knows as written: so all
    /// pages are written once more before they are taken back.</summary>
    private void TakePositionBack()
    {
        connection.Check(sqlite3_db_cacheflush(connection.Handle), "flush");
        Control("ROLLBACK TO " + PageSavepoint);
        Control("RELEASE " + PageSavepoint);
    }
}

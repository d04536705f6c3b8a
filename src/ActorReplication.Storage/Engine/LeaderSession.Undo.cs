using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

/// <summary>Taking back a failed statement where SQLite does not do it by itself. SQLite ends the <em>whole</em> transaction when a writing
/// statement is interrupted, runs out of space or says ON CONFLICT ROLLBACK; the batch, with other clients' transactions in it, is then
/// made again from what was captured.</summary>
internal sealed unsafe partial class LeaderSession
{
    /// <param name="mark">What was captured before the statement.</param>
    /// <param name="forced">The statement may have had effects that SQLite kept.</param>
    private void Undo(int mark, SqlFailure failure, bool forced)
    {
        // SQLite keeps half a statement only under conflict resolution FAIL, and then it counts the rows.
        var kept = capture.Mark > mark && (forced || sqlite3_changes64(connection.Handle) > 0);
        if (connection.InTransaction && !kept)
        {
            capture.Truncate(mark);
            return;
        }
        capture.Truncate(mark);
        connection.Observer = null;
        try
        {
            if (connection.InTransaction)
                RollBackToLast();
            else
                RestoreBatch();
            connection.BeginReplay();
            var last = savepoints.Count > 0 ? savepoints[^1].Mark : Capture.RowCapture.Start;
            if (virtualPending)
            {
                // What a full-text index held in memory is lost: the transaction cannot go on from here.
                capture.Truncate(last);
                doomed = failure with { Message = $"the transaction was rolled back by a failed statement: {failure.Message}" };
                virtualPending = false;
            }
            else
            {
                Replay(last, mark);
            }
        }
        finally
        {
            connection.EndReplay();
            connection.Observer = capture;
        }
        foreignKeysUnknown |= violationsBefore;
        AfterRollback();
    }

    private void RollBackToLast() => Control("ROLLBACK TO " + (savepoints.Count > 0 ? "s" + savepoints.Count : ClientSavepoint));

    private void RestoreBatch()
    {
        Control("BEGIN IMMEDIATE");
        connection.BeginReplay();
        foreach (var payload in batchPayloads)
            Require(applier.Apply(payload).Divergence);
        Control("SAVEPOINT " + ClientSavepoint);
        var from = Capture.RowCapture.Start;
        for (var i = 0; i < savepoints.Count; i++)
        {
            Replay(from, savepoints[i].Mark);
            Control("SAVEPOINT s" + (i + 1));
            from = savepoints[i].Mark;
        }
    }

    private void Replay(int from, int to)
    {
        if (to > from)
            Require(applier.Apply(capture.Written[..to], from).Divergence);
    }

    private void Require(string? divergence)
    {
        if (divergence is not null)
            throw new StorageFailure($"{connection.Path}: the batch could not be made again after SQLite rolled it back: {divergence}");
    }
}

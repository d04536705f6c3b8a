using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Capture;
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
        var kept = (capture.Mark > mark || recording is not null && measuring.Digest.Rows > 0) && (forced || sqlite3_changes64(connection.Handle) > 0);
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
            SetReplay(true);
            var last = savepoints.Count > 0 ? savepoints[^1].Mark : RowCapture.Start;
            var lastPieces = savepoints.Count > 0 ? savepoints[^1].Pieces : 0;
            if (virtualPending)
            {
                // What a full-text index held in memory is lost: the transaction cannot go on from here.
                capture.Truncate(last);
                recording?.Truncate(lastPieces);
                doomed = failure with { Message = $"the transaction was rolled back by a failed statement: {failure.Message}" };
                virtualPending = false;
            }
            else
            {
                Replay(last, mark, lastPieces, record.Count);
            }
        }
        finally
        {
            SetReplay(false);
            connection.Observer = Capture;
        }
        foreignKeysUnknown |= violationsBefore;
        AfterRollback();
    }

    private void RollBackToLast() => Control("ROLLBACK TO " + (savepoints.Count > 0 ? "s" + savepoints.Count : ClientSavepoint));

    private void RestoreBatch()
    {
        Control("BEGIN IMMEDIATE");
        foreach (var payload in batchPayloads)
        {
            if (BlockReader.IsBlocks(payload))
            {
                Require(Carry(payload).Divergence);
                continue;
            }
            SetReplay(true);
            Require(applier.Apply(payload).Divergence);
        }
        Control("SAVEPOINT " + ClientSavepoint);
        var (from, pieces) = (RowCapture.Start, 0);
        for (var i = 0; i < savepoints.Count; i++)
        {
            Replay(from, savepoints[i].Mark, pieces, savepoints[i].Pieces);
            Control("SAVEPOINT s" + (i + 1));
            (from, pieces) = (savepoints[i].Mark, savepoints[i].Pieces);
        }
    }

    /// <param name="from">Captured rows, when only they are there; else the pieces count.</param>
    private void Replay(int from, int to, int fromPiece, int toPiece)
    {
        if (recording is null)
        {
            SetReplay(true);
            if (to > from)
                Require(applier.Apply(capture.Written[..to], from).Divergence);
            return;
        }
        for (var i = fromPiece; i < toPiece; i++)
            Replay(record.Pieces[i]);
    }

    private void Require(string? divergence)
    {
        if (divergence is not null)
            throw new StorageFailure($"{connection.Path}: the batch could not be made again after SQLite rolled it back: {divergence}");
    }
}

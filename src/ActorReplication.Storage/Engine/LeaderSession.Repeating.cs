using ActorReplication.Storage.Apply;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Engine;

/// <summary>Running recorded statements again: on a follower, at the start, and to make a batch anew. On this connection and not the follower's, because triggers, foreign
/// keys, checks and conflict clauses must have their say as they had it when the statement first ran.</summary>
internal sealed unsafe partial class LeaderSession
{
    private const int MostTextInMessage = 300;

    private readonly BlockReader blocks = new();
    private readonly StatementTexts texts = new();
    private readonly RowCapture repeated;
    private readonly MeasuringCapture repeatedMeasure;
    private bool replays;

    /// <summary>Rows were written beneath SQLite's virtual tables by this connection itself: what those remember of their hidden tables is no longer so.</summary>
    private bool virtualIsStale;

    /// <summary>Carries out one entry's statements and rows in the open batch, each compared with what it did on the leader.</summary>
    internal ApplyOutcome Repeat(ReadOnlyMemory<byte> payload)
    {
        ExpectDetails(true);
        Control("SAVEPOINT " + ClientSavepoint);
        var (rows, divergence) = Carry(payload);
        if (CountsViolations())
        {
            Control("ROLLBACK TO " + ClientSavepoint);
            divergence ??= "its foreign keys are violated here at its end: it was left out";
        }
        Control("RELEASE " + ClientSavepoint);
        return new ApplyOutcome(rows, divergence);
    }

    private (long Rows, string? Divergence) Carry(ReadOnlyMemory<byte> payload)
    {
        long rows = 0;
        string? divergence = null;
        blocks.Open(payload);
        sequenceValues.Clear();
        try
        {
            while (blocks.Next())
            {
                if (blocks.Statement is { } statement)
                {
                    SetReplay(false);
                    rows += statement.Rows;
                    divergence ??= Run(statement, blocks.Time);
                    continue;
                }
                // Nothing hangs on our own table that would have to be switched off.
                var isToken = blocks.Reason == ShipReason.Token;
                SetReplay(!isToken);
                var outcome = applier.ApplyBlock(blocks.Operations.Span);
                rows += outcome.Rows;
                divergence ??= outcome.Divergence;
                if (isToken)
                    continue;
                virtualIsStale = true;
                sequenceValues.Clear();
                if (applier.ChangedSchema)
                {
                    ChangedSchema = true;
                    ForgetSchema();
                }
            }
        }
        finally
        {
            SetReplay(false);
            connection.Observer = null;
        }
        return (rows, divergence);
    }

    /// <summary>Runs it with what it drew then. Returns what was different, with the statement.</summary>
    private string? Run(StatementBlock block, long transactionTime)
    {
        var text = texts.Of(block.Text.Span);
        if (connection.Prepare(text, out var failure) is not { } statement)
            return $"the statement cannot be prepared here: {failure!.Message}: {Short(text)}";
        if (!statement.Facts.Resolved)
            Resolve(statement.Facts);
        repeated.Clear();
        repeatedMeasure.Begin(0);
        connection.Observer = repeatedMeasure;
        ReadSequences(statement.Facts);
        if (block.Has(PayloadFormat.LastRowid))
            sqlite3_set_last_insert_rowid(connection.Handle, block.LastRowid);
        if (block.Has(PayloadFormat.Changes))
            SetChanges(block.ChangesBefore);
        SqlOutcome outcome;
        try
        {
            connection.Draws.Settle(transactionTime, block.Time, block.Seed);
            outcome = connection.Run(statement, new SqlCall(text, block), long.MaxValue, null, unbounded: true);
        }
        finally
        {
            connection.Draws.Release();
        }
        if (outcome.Failure is { } failed)
        {
            sequenceValues.Clear();
            return connection.InTransaction
                ? $"the statement failed here: {failed.Message}: {Short(text)}"
                : throw new StorageFailure($"{connection.Path}: {failed.Message} (SQLite code {failed.ExtendedCode}), and SQLite rolled the transaction back, in: {Short(text)}");
        }
        foreach (var table in statement.Facts.Sequences)
            CaptureSequence(catalog.Find(table)!, repeated, repeatedMeasure);
        var digest = repeatedMeasure.Digest;
        if (outcome.AffectedRows != block.Affected)
            return $"the statement was to affect {block.Affected} rows and affected {outcome.AffectedRows} here: {Short(text)}";
        if (digest.Rows != block.Rows)
            return $"the statement was to change {block.Rows} rows, those of triggers and foreign keys included, and changed {digest.Rows} here: {Short(text)}";
        return digest.Sum == block.Sum ? null : $"the statement changed as many rows as on the leader, but the checksum of their contents differs: {Short(text)}";
    }

    /// <summary>A part of the open transaction once more, after SQLite took it back.</summary>
    private void Replay(Piece piece)
    {
        if (piece.HasRows)
        {
            SetReplay(true);
            Require(applier.ApplyBlock(capture.Written[piece.RowsFrom..piece.RowsTo]).Divergence);
        }
        else
        {
            Require(Carry(record.Compose(piece)).Divergence);
        }
    }

    /// <summary>Has virtual tables look at their hidden tables again: SQLite connects them anew when it has read the schema anew.</summary>
    private void RefreshVirtualTables()
    {
        if (!virtualIsStale)
            return;
        virtualIsStale = false;
        connection.RunInternal("PRAGMA writable_schema = RESET");
        ForgetSchema();
    }

    /// <summary>changes() before the statement: the count of the one before it. There is no call that sets it, so rows are written that nobody keeps.</summary>
    private void SetChanges(long count)
    {
        if (sqlite3_changes64(connection.Handle) == count)
            return;
        var rowid = sqlite3_last_insert_rowid(connection.Handle);
        connection.Observer = null;
        connection.RunInternal("CREATE TABLE IF NOT EXISTS pg_catalog.\"_changes\" (n)");
        connection.RunInternal("DELETE FROM pg_catalog.\"_changes\"");
        connection.RunInternal($"INSERT INTO pg_catalog.\"_changes\" WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count}) SELECT n FROM c WHERE {count} > 0");
        connection.Observer = repeatedMeasure;
        sqlite3_set_last_insert_rowid(connection.Handle, rowid);
    }

    private void SetReplay(bool on)
    {
        if (replays == on)
            return;
        replays = on;
        if (on)
            connection.BeginReplay();
        else
            connection.EndReplay();
    }

    private static string Short(string sql) => sql.Length <= MostTextInMessage ? sql : sql[..MostTextInMessage] + "…";
}

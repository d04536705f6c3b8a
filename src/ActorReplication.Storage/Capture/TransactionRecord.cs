using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>One part of the open transaction, in execution order: a statement, its rows, or both while it is open which of them will travel.</summary>
/// <param name="RowsFrom">Place in the captured rows; <paramref name="RowsTo"/> equal to it: none are kept.</param>
/// <param name="TextFrom">Place in the recorded statements; <paramref name="TextTo"/> equal to it: it is not safe to repeat.</param>
/// <param name="Reason">Why it can only travel as it does; without meaning while both are there.</param>
internal readonly record struct Piece(int RowsFrom, int RowsTo, int TextFrom, int TextTo, ShipReason Reason)
{
    internal bool HasRows => RowsTo > RowsFrom;
    internal bool HasStatement => TextTo > TextFrom;
}

/// <summary>What the open client transaction has done, when statements may travel. Used again for each transaction.</summary>
internal sealed class TransactionRecord(RowCapture rows)
{
    private readonly PayloadBuffer statements = new();
    private readonly PayloadBuffer parameters = new();
    private readonly PayloadBuffer composed = new();
    private readonly List<Piece> pieces = [];
    private readonly ParameterRecorder recorder = new();
    private int rowsSeen;

    internal CaptureRules Rules { get; private set; }

    /// <summary>When the transaction began: see <see cref="Draws.Now"/>.</summary>
    internal long Time { get; private set; }

    internal int Count => pieces.Count;

    internal IReadOnlyList<Piece> Pieces => pieces;

    internal ReadOnlySpan<byte> Statements => statements.Written;

    internal void Begin(CaptureRules rules, long time)
    {
        (Rules, Time) = (rules, time);
        statements.Clear();
        pieces.Clear();
        rowsSeen = RowCapture.Start;
    }

    /// <summary>Rows that were captured since the last piece become one of their own.</summary>
    internal void Absorb(ShipReason reason)
    {
        if (rows.Mark == rowsSeen)
            return;
        pieces.Add(new Piece(rowsSeen, rows.Mark, 0, 0, reason));
        Close();
    }

    /// <summary>Goes back to so many pieces; the captured rows have been cut back already.</summary>
    internal void Truncate(int count)
    {
        pieces.RemoveRange(count, pieces.Count - count);
        var end = 0;
        foreach (var piece in pieces)
            end = Math.Max(end, piece.TextTo);
        statements.Truncate(end);
        Close();
    }

    /// <summary>Takes a statement's parameters down before it runs. Returns the bytes that the statement would take, roughly.</summary>
    internal int Prepare(Statement statement, IParameterSource? source)
    {
        parameters.Clear();
        recorder.Begin(parameters);
        source?.Bind(recorder);
        return statement.SqlUtf8.Length + parameters.Length + FixedBytes;
    }

    /// <summary>Flags, counts and checksum, about.</summary>
    private const int FixedBytes = 16;

    /// <summary>The statement has run and had an effect.</summary>
    /// <param name="rowsFrom">Where the rows that it changed begin, if they are kept.</param>
    internal void Add(Statement statement, in StatementResult result, int rowsFrom, bool keepRows, ShipReason reason)
    {
        var from = statements.Length;
        Write(statement, result);
        if (!keepRows)
            rows.Truncate(rowsFrom);
        pieces.Add(new Piece(rowsFrom, rows.Mark, from, statements.Length, reason));
        Close();
    }

    /// <summary>As a statement: flags, what it drew, text, parameters, what it did. The piece's kind and reason come before it in the payload.</summary>
    private void Write(Statement statement, in StatementResult result)
    {
        statements.Byte(result.Flags);
        if ((result.Flags & PayloadFormat.Clock) != 0)
            statements.ZigZag(result.Time - Time);
        if ((result.Flags & PayloadFormat.Seed) != 0)
            statements.UInt64(result.Seed);
        if ((result.Flags & PayloadFormat.LastRowid) != 0)
            statements.ZigZag(result.LastRowid);
        if ((result.Flags & PayloadFormat.Changes) != 0)
            statements.Varint((ulong)result.ChangesBefore);
        statements.Bytes(statement.SqlUtf8);
        statements.Varint((ulong)recorder.Count);
        statements.Raw(parameters.Written);
        statements.Varint((ulong)result.Affected);
        statements.Varint((ulong)result.Digest.Rows);
        statements.UInt64(result.Digest.Sum);
    }

    private void Close()
    {
        rowsSeen = rows.Mark;
        rows.StartPiece();
    }

    /// <summary>The transaction's payload: its pieces, each as the method and its size decide.</summary>
    internal byte[] Compose()
    {
        var asStatements = Rules.Method == ReplicationMethod.Statement || !RowsAreSmaller();
        composed.Clear();
        composed.Byte(PayloadFormat.BlocksVersion1);
        var executes = pieces.Exists(piece => piece.HasStatement && (asStatements || !piece.HasRows));
        composed.Byte(executes ? PayloadFormat.HasStatements : (byte)0);
        composed.ZigZag(Time);
        foreach (var piece in pieces)
        {
            if (piece.HasStatement && (asStatements || !piece.HasRows))
            {
                Statement(piece);
            }
            else
            {
                composed.Byte(PayloadFormat.RowsBlock);
                composed.Byte((byte)(piece.HasStatement ? ShipReason.SmallerThanStatement : piece.Reason));
                composed.Bytes(rows.Written[piece.RowsFrom..piece.RowsTo]);
            }
        }
        return composed.Written.ToArray();
    }

    /// <summary>A payload of one piece, which must have its statement.</summary>
    internal byte[] Compose(Piece piece)
    {
        composed.Clear();
        composed.Byte(PayloadFormat.BlocksVersion1);
        composed.Byte(PayloadFormat.HasStatements);
        composed.ZigZag(Time);
        Statement(piece);
        return composed.Written.ToArray();
    }

    private void Statement(Piece piece)
    {
        composed.Byte(PayloadFormat.StatementBlock);
        composed.Byte((byte)piece.Reason);
        composed.Raw(statements.Written[piece.TextFrom..piece.TextTo]);
    }

    /// <summary>All rows are still there, and take no more than the statements would. A transaction goes one way as a whole if it can: a follower
    /// repeats statements and rows on different connections.</summary>
    private bool RowsAreSmaller()
    {
        long rowBytes = 0, statementBytes = 0;
        var allSafe = true;
        foreach (var piece in pieces)
        {
            // Beside statements it is no hindrance: it needs no other connection.
            if (piece.Reason == ShipReason.Token)
                continue;
            if (!piece.HasRows)
                return false;
            allSafe &= piece.HasStatement;
            rowBytes += piece.RowsTo - piece.RowsFrom;
            statementBytes += piece.TextTo - piece.TextFrom;
        }
        return !allSafe || rowBytes <= statementBytes;
    }
}

/// <summary>What a statement drew and did.</summary>
internal readonly record struct StatementResult(byte Flags, long Time, ulong Seed, long LastRowid, long ChangesBefore, long Affected, RowDigest Digest);

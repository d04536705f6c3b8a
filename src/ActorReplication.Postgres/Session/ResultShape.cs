using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Frontend;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Session;

/// <summary>A statement's result columns, ready to describe and to encode. Immutable and shared.</summary>
internal sealed class ResultShape
{
    private readonly byte[] _description;
    private readonly int[] _formatPositions;

    /// <param name="firstColumn">Where the columns begin in the engine's row.</param>
    public ResultShape(IReadOnlyList<ResultColumn> columns, int firstColumn = 0)
    {
        FirstColumn = firstColumn;
        Columns = columns;
        Types = new PgType[columns.Count];
        Modifiers = new int[columns.Count];
        _formatPositions = new int[columns.Count];
        var output = new OutputBuffer(256);
        var start = output.BeginMessage((byte)'T');
        output.Int16(columns.Count);
        for (var i = 0; i < columns.Count; i++)
        {
            var column = columns[i];
            Types[i] = PgTypes.Find(column.TypeOid);
            Modifiers[i] = column.TypeModifier;
            output.CString(column.Name);
            output.UInt32(column.TableOid);
            output.Int16(column.AttributeNumber);
            output.UInt32(column.TypeOid);
            output.Int16(PgTypes.IsKnown(column.TypeOid) ? Types[i].Size : -1);
            output.Int32(column.TypeModifier);
            _formatPositions[i] = output.Length;
            output.Int16(0);
        }
        output.EndMessage(start);
        _description = output.Written.ToArray();
        output.Release();
    }

    public IReadOnlyList<ResultColumn> Columns { get; }
    public int FirstColumn { get; }

    /// <summary>A query plan of the engine's: the column is the last of four, after the step's number and that of the step above it.</summary>
    public bool IsPlan => FirstColumn == PlanRow.DetailColumn;
    public PgType[] Types { get; }
    public int[] Modifiers { get; }

    /// <param name="formats">As in Bind; empty = text.</param>
    public void WriteDescription(OutputBuffer output, ReadOnlySpan<byte> formats)
    {
        var start = output.Length;
        output.Bytes(_description);
        if (formats.IsEmpty) return;
        for (var i = 0; i < _formatPositions.Length; i++)
            if (BindMessage.IsBinary(formats, i)) output.PatchInt16(start + _formatPositions[i], 1);
    }

    /// <summary>The same names and types: what a client may have cached about a statement still holds.</summary>
    public bool Matches(ResultShape other)
    {
        if (Columns.Count != other.Columns.Count) return false;
        for (var i = 0; i < Columns.Count; i++)
        {
            var (a, b) = (Columns[i], other.Columns[i]);
            if (a.TypeOid != b.TypeOid || a.TypeModifier != b.TypeModifier || a.Name != b.Name) return false;
        }
        return true;
    }
}

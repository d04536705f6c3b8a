using ActorReplication.Storage.Capture;

namespace ActorReplication.Storage.Apply;

/// <summary>Decodes a payload's operations one after the other.</summary>
/// <param name="find">This node's shape of a table; null when it has none.</param>
internal sealed class PayloadDecoder(Func<string, TableShape?> find)
{
    private readonly List<PayloadTable> tables = [];

    /// <summary>The operation decoded last; used again for the next.</summary>
    internal RowChange Change { get; } = new();

    /// <summary>A new payload: no tables are named yet.</summary>
    internal void Start() => tables.Clear();

    internal static PayloadReader Open(ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        return payload.IsEmpty || reader.Byte() == PayloadFormat.RowsVersion1
            ? reader
            : throw new InvalidDataException($"bad payload: format {payload[0]} is unknown, this program knows {PayloadFormat.RowsVersion1} and {PayloadFormat.BlocksVersion1}");
    }

    /// <summary>Decodes the next operation. False for a table's definition, which is only noted.</summary>
    internal bool Read(ref PayloadReader reader)
    {
        var operation = reader.Byte();
        switch (operation)
        {
            case PayloadFormat.Table:
                var name = reader.Text();
                var flags = reader.Byte();
                tables.Add(new PayloadTable(name, (flags & PayloadFormat.HasRowid) != 0, reader.Int32(), reader.Int32(), find(name)));
                return false;
            case PayloadFormat.Ddl:
                Change.Kind = ChangeKind.Ddl;
                Change.Text = reader.Text();
                return true;
            case PayloadFormat.Sequence:
                Change.Kind = ChangeKind.Sequence;
                Change.Text = reader.Text();
                Change.SequenceBefore = reader.Value();
                Change.SequenceAfter = reader.Value();
                return true;
            case PayloadFormat.Insert or PayloadFormat.Update or PayloadFormat.UpdateRowid or PayloadFormat.Delete:
                ReadRowChange(ref reader, operation);
                return true;
            default:
                reader.Offset--;
                throw reader.Bad("an operation");
        }
    }

    private void ReadRowChange(ref PayloadReader reader, byte operation)
    {
        var number = reader.Int32();
        if (number >= tables.Count)
            throw reader.Bad($"a table number under {tables.Count}");
        var table = Change.Table = tables[number];
        Change.OldRowid = Change.NewRowid = table.HasRowid ? reader.ZigZag() : 0;
        if (operation == PayloadFormat.UpdateRowid)
            Change.NewRowid = reader.ZigZag();
        if (operation is PayloadFormat.Insert or PayloadFormat.Delete)
        {
            Change.Kind = operation == PayloadFormat.Insert ? ChangeKind.Insert : ChangeKind.Delete;
            Change.ReadRow(ref reader, table.Stored);
            return;
        }
        Change.Kind = ChangeKind.Update;
        Change.ReadRow(ref reader, table.Key);
        Change.ReadChanged(ref reader, table.Shape?.Columns.Length ?? int.MaxValue);
        if (Change.ChangedCount == 0 && Change.NewRowid == Change.OldRowid)
            throw reader.Bad("a changed column before the end of an update");
    }
}

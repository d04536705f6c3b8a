using System.Text;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Capture;

/// <summary>Writes each row change of the open client transaction into the payload, as SQLite makes it.</summary>
/// <param name="most">Bytes that the payload may have.</param>
internal sealed unsafe class RowCapture(Connection connection, TableCatalog catalog, int most) : IRowObserver
{
    private readonly PayloadBuffer buffer = new(most: most);
    private readonly List<(TableShape Shape, int Offset)> tables = [];

    /// <summary>Where the next change will be written: to cut back to.</summary>
    internal int Mark => buffer.Length;

    internal bool IsEmpty => buffer.Length <= Start;

    /// <summary>The mark of an empty payload: its version byte.</summary>
    internal const int Start = 1;

    internal ReadOnlySpan<byte> Written => buffer.Written;

    /// <summary>Those named since <see cref="Clear"/>, or since the piece was begun.</summary>
    internal TableShape[] Tables => [.. tables.Select(table => table.Shape)];

    internal void Clear()
    {
        buffer.Clear();
        buffer.Byte(PayloadFormat.RowsVersion1);
        tables.Clear();
    }

    internal void Truncate(int mark)
    {
        buffer.Truncate(mark);
        while (tables.Count > 0 && tables[^1].Offset >= mark)
            tables.RemoveAt(tables.Count - 1);
    }

    /// <summary>Makes sure that the table is named in the payload. Null for one whose rows are not captured.</summary>
    internal TableShape? Open(byte* table)
    {
        var shape = Shape(table);
        if (shape.IsLocal)
            return null;
        Intern(shape);
        return shape;
    }

    /// <summary>What follows can be read without what was written before: it names its tables again.</summary>
    internal void StartPiece() => tables.Clear();

    public void RowChanging(int operation, byte* table, long oldRowid, long newRowid)
    {
        var shape = Shape(table);
        if (shape.IsLocal)
            return;
        var mark = buffer.Length;
        var number = Intern(shape);
        switch (operation)
        {
            case SqliteCode.Insert:
                Open(PayloadFormat.Insert, number);
                if (shape.HasRowid)
                    buffer.ZigZag(newRowid);
                foreach (var column in shape.Stored)
                    buffer.Value(New(column));
                break;
            case SqliteCode.Delete:
                Open(PayloadFormat.Delete, number);
                if (shape.HasRowid)
                    buffer.ZigZag(oldRowid);
                foreach (var column in shape.Stored)
                    buffer.Value(Old(column));
                break;
            default:
                Update(shape, number, oldRowid, newRowid, mark);
                break;
        }
    }

    private TableShape Shape(byte* table) =>
        catalog.Find(Utf8.Span(table)) ?? throw new InvalidOperationException($"a change in unknown table {Utf8.Text(table)}");

    private void Update(TableShape shape, int number, long oldRowid, long newRowid, int mark)
    {
        var moved = shape.HasRowid && oldRowid != newRowid;
        Open(moved ? PayloadFormat.UpdateRowid : PayloadFormat.Update, number);
        if (shape.HasRowid)
            buffer.ZigZag(oldRowid);
        if (moved)
            buffer.ZigZag(newRowid);
        foreach (var column in shape.Key)
            buffer.Value(Old(column));

        var changed = 0;
        foreach (var column in shape.Stored)
        {
            var before = Old(column);
            var after = New(column);
            if (SqliteValue.Same(before, after))
                continue;
            changed++;
            buffer.Varint((ulong)column + 1);
            buffer.Value(before);
            buffer.Value(after);
        }
        if (changed == 0 && !moved)
            Truncate(mark); // The row was written as it was.
        else
            buffer.Byte(0);
    }

    /// <summary>A schema change: its text, to be run by each node.</summary>
    internal void Ddl(string sql)
    {
        buffer.Byte(PayloadFormat.Ddl);
        buffer.Bytes(Encoding.UTF8.GetBytes(sql));
    }

    /// <summary>The AUTOINCREMENT counter of a table: null = has none yet.</summary>
    internal void Sequence(TableShape shape, long? before, long? after)
    {
        buffer.Byte(PayloadFormat.Sequence);
        buffer.Bytes(shape.NameUtf8);
        Optional(before);
        Optional(after);
    }

    /// <summary>An existing row as if it were inserted now: rowid first (if it has one), then the stored columns.</summary>
    internal void Row(TableShape shape, Statement row)
    {
        Open(PayloadFormat.Insert, Intern(shape));
        if (shape.HasRowid)
            buffer.ZigZag(row.Int64(0));
        for (var i = shape.HasRowid ? 1 : 0; i < row.Count; i++)
            buffer.Value(row, i);
    }

    private void Optional(long? value)
    {
        if (value is { } number)
            buffer.Integer(number);
        else
            buffer.Byte(PayloadFormat.Null);
    }

    private void Open(byte operation, int number)
    {
        buffer.Byte(operation);
        buffer.Varint((ulong)number);
    }

    private int Intern(TableShape shape)
    {
        var number = shape.Number;
        if (number < tables.Count && ReferenceEquals(tables[number].Shape, shape))
            return number;
        shape.Number = tables.Count;
        tables.Add((shape, buffer.Length));
        buffer.Byte(PayloadFormat.Table);
        buffer.Bytes(shape.NameUtf8);
        buffer.Byte(shape.HasRowid ? PayloadFormat.HasRowid : (byte)0);
        buffer.Varint((ulong)shape.Stored.Length);
        buffer.Varint((ulong)shape.Key.Length);
        return shape.Number;
    }

    private nint Old(int column)
    {
        nint value;
        var code = sqlite3_preupdate_old(connection.Handle, column, &value);
        return code == SqliteCode.Ok ? value : throw connection.Damage(code);
    }

    private nint New(int column)
    {
        nint value;
        var code = sqlite3_preupdate_new(connection.Handle, column, &value);
        return code == SqliteCode.Ok ? value : throw connection.Damage(code);
    }
}

using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Apply;

/// <summary>Compares the row that is about to be changed with what the payload says it should be, and keeps the first difference.</summary>
internal sealed unsafe class ImageCheck(Connection connection, TableCatalog catalog) : IRowObserver
{
    private RowChange? expected;
    private byte* memory;
    private TableShape? shape;

    internal string? Divergence { get; private set; }

    /// <summary>Sees each row change too.</summary>
    internal IRowObserver? Then { get; set; }

    internal void Reset()
    {
        Divergence = null;
        expected = null;
    }

    /// <summary>A planted bug; only tests set it.</summary>
    internal static bool Skips { get; set; }

    internal void Report(string difference)
    {
        if (!Skips) Divergence ??= difference;
    }

    /// <summary>The next update or delete of that table is to find the payload's old values.</summary>
    internal void Expect(RowChange change, TableShape table, byte* payload)
    {
        expected = change;
        shape = table;
        memory = payload;
    }

    /// <summary>True = the expected change came.</summary>
    internal bool Settle()
    {
        var seen = expected is null;
        expected = null;
        return seen;
    }

    public void RowChanging(int operation, byte* table, long oldRowid, long newRowid)
    {
        Check(operation, table);
        Then?.RowChanging(operation, table, oldRowid, newRowid);
    }

    private void Check(int operation, byte* table)
    {
        if (expected is not { } change || operation == SqliteCode.Insert || !ReferenceEquals(catalog.Find(Utf8.Span(table)), shape))
            return;
        expected = null;
        if (Divergence is not null)
            return;
        var columns = change.Kind == ChangeKind.Delete ? shape!.Stored : shape!.Key;
        for (var i = 0; i < columns.Length; i++)
            Compare(change, columns[i], change.Values[i]);
        if (change.Kind != ChangeKind.Update)
            return;
        for (var i = 0; i < change.ChangedCount; i++)
            Compare(change, change.Changed[i], change.Before[i]);
    }

    private void Compare(RowChange change, int column, in PayloadValue wanted)
    {
        nint value;
        var code = sqlite3_preupdate_old(connection.Handle, column, &value);
        if (code != SqliteCode.Ok)
            throw connection.Damage(code);
        if (!Same(wanted, value))
            Report($"{Describe(change)}: column {shape!.Columns[column]}: expected {PayloadText.Of(wanted, memory)}, found {PayloadText.Of(value)}");
    }

    internal string Describe(RowChange change) => PayloadText.Key(change, shape!, memory);

    private bool Same(in PayloadValue wanted, nint value)
    {
        switch (sqlite3_value_type(value))
        {
            case SqliteCode.TypeInteger:
                return wanted.Kind == ValueKind.Int64 && wanted.Bits == sqlite3_value_int64(value);
            case SqliteCode.TypeFloat:
                return wanted.Kind == ValueKind.Double && wanted.Bits == BitConverter.DoubleToInt64Bits(sqlite3_value_double(value));
            case SqliteCode.TypeText:
                return wanted.Kind == ValueKind.Text && SqliteValue.Content(value).SequenceEqual(new ReadOnlySpan<byte>(memory + wanted.Offset, wanted.Length));
            case SqliteCode.TypeBlob:
                return wanted.Kind == ValueKind.Blob && SqliteValue.Content(value).SequenceEqual(new ReadOnlySpan<byte>(memory + wanted.Offset, wanted.Length));
            default:
                return wanted.Kind == ValueKind.Null;
        }
    }
}

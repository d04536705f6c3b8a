using System.Text;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using static ActorReplication.Storage.Interop.Sqlite3;

namespace ActorReplication.Storage.Capture;

/// <summary>Shapes of tables as one connection sees them, read on first use and forgotten with each schema change.
/// It may be asked inside the preupdate hook: reading the schema there is what SQLite's own session extension does.</summary>
internal sealed unsafe class TableCatalog(Connection connection)
{
    private readonly Dictionary<string, TableShape?> byName = new(StringComparer.OrdinalIgnoreCase);
    private TableShape? last;
    private Statement? columns, kinds, indexes;

    /// <summary>Rises when the shapes were forgotten.</summary>
    internal int Generation { get; private set; }

    internal void Forget()
    {
        byName.Clear();
        last = null;
        Generation++;
    }

    internal TableShape? Find(ReadOnlySpan<byte> nameUtf8)
    {
        if (last is not null && nameUtf8.SequenceEqual(last.NameUtf8))
            return last;
        return last = Find(Encoding.UTF8.GetString(nameUtf8));
    }

    internal TableShape? Find(string name)
    {
        if (!byName.TryGetValue(name, out var shape))
            byName[name] = shape = Load(name);
        return shape;
    }

    private TableShape? Load(string name)
    {
        kinds ??= connection.PrepareInternal("SELECT name, type, wr FROM pragma_table_list WHERE schema IN ('public', 'main') AND name = ?1 COLLATE NOCASE");
        columns ??= connection.PrepareInternal("SELECT name, pk, hidden, type FROM pragma_table_xinfo(?1, 'public') ORDER BY cid");
        indexes ??= connection.PrepareInternal("SELECT count(*) FROM pragma_index_list(?1, 'public') WHERE origin = 'pk'");
        var utf8 = Encoding.UTF8.GetBytes(name);

        kinds.Text(1, utf8);
        if (!connection.StepInternal(kinds))
            return null;
        name = kinds.TextString(0);
        var kind = kinds.TextString(1);
        var hasRowid = kinds.Int64(2) == 0;
        Connection.Reset(kinds);
        utf8 = Encoding.UTF8.GetBytes(name);

        var names = new List<string>();
        var generated = new List<bool>();
        var key = new SortedList<long, int>();
        var lastKeyType = "";
        columns.Text(1, utf8);
        while (connection.StepInternal(columns))
        {
            if (columns.Int64(1) is var ordinal and > 0)
            {
                key.Add(ordinal, names.Count);
                lastKeyType = columns.TextString(3);
            }
            names.Add(columns.TextString(0));
            generated.Add(columns.Int64(2) is 2 or 3);
        }

        // An INTEGER PRIMARY KEY is the rowid unless SQLite made an index for it (its DESC form).
        var rowidColumn = -1;
        if (hasRowid && key.Count == 1 && lastKeyType.Equals("INTEGER", StringComparison.OrdinalIgnoreCase) && !HasKeyIndex(utf8))
            rowidColumn = key.Values[0];

        return new TableShape
        {
            Name = name,
            NameUtf8 = utf8,
            HasRowid = hasRowid,
            RowidName = hasRowid ? RowidName(names) ?? (rowidColumn >= 0 ? names[rowidColumn] : null) : null,
            RowidColumn = rowidColumn,
            Columns = [.. names],
            Stored = [.. Enumerable.Range(0, names.Count).Where(i => !generated[i] && i != rowidColumn)],
            Key = rowidColumn >= 0 ? [] : [.. key.Values],
            HasSequence = rowidColumn >= 0 && HasSequence(utf8, names[rowidColumn]),
            IsVirtual = kind == "virtual",
        };
    }

    private bool HasKeyIndex(byte[] name)
    {
        indexes!.Text(1, name);
        connection.StepInternal(indexes);
        var count = indexes.Int64(0);
        Connection.Reset(indexes);
        return count > 0;
    }

    private bool HasSequence(byte[] table, string column)
    {
        int autoincrement;
        fixed (byte* t = (byte[])[.. table, 0])
        fixed (byte* c = Utf8.Terminated(column))
        {
            var code = sqlite3_table_column_metadata(connection.Handle, (byte*)Connection.MainSchema, t, c, null, null, null, null, &autoincrement);
            connection.Check(code, "column metadata");
        }
        return autoincrement != 0;
    }

    private static string? RowidName(List<string> columns) =>
        new[] { "rowid", "_rowid_", "oid" }.FirstOrDefault(candidate => !columns.Contains(candidate, StringComparer.OrdinalIgnoreCase));

    internal void Close()
    {
        columns?.FinalizeHandle();
        kinds?.FinalizeHandle();
        indexes?.FinalizeHandle();
    }
}

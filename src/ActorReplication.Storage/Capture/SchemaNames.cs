using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>A table's column names, for payloads, which speak of columns by number.</summary>
/// <param name="Rowid">Name of the column that is the rowid; "rowid" if none is; null for a table without one.</param>
/// <param name="Columns">All, in SQLite's numbering.</param>
/// <param name="Stored">Numbers of those that whole rows in payloads have, in their order.</param>
/// <param name="Key">Numbers of the declared key's, if that is not the rowid.</param>
public sealed record TableNames(string Name, string? Rowid, IReadOnlyList<string> Columns, IReadOnlyList<int> Stored, IReadOnlyList<int> Key);

/// <summary>The names of all tables at one moment.</summary>
public sealed class SchemaNames
{
    public static readonly SchemaNames None = new([]);

    private readonly Dictionary<string, TableNames> _tables;

    private SchemaNames(Dictionary<string, TableNames> tables) => _tables = tables;

    public TableNames? Find(string table) => _tables.GetValueOrDefault(table);

    internal static SchemaNames Read(DatabaseOptions options)
    {
        using var connection = new Connection(options, ConnectionRole.Internal);
        var catalog = new TableCatalog(connection);
        var names = new List<string>();
        var list = connection.PrepareInternal("SELECT name FROM public.sqlite_schema WHERE type = 'table'");
        while (connection.StepInternal(list))
            names.Add(list.TextString(0));
        list.FinalizeHandle();
        var tables = new Dictionary<string, TableNames>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names)
        {
            if (catalog.Find(name) is { } shape)
                tables[name] = new TableNames(shape.Name, !shape.HasRowid ? null : shape.RowidColumn >= 0 ? shape.Columns[shape.RowidColumn] : "rowid", shape.Columns, shape.Stored, shape.Key);
        }
        catalog.Close();
        return new SchemaNames(tables);
    }
}

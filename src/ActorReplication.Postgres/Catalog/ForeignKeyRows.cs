using ActorReplication.Postgres.Dialect;

namespace ActorReplication.Postgres.Catalog;

/// <summary>Foreign keys as pg_constraint and information_schema show them.</summary>
internal static class ForeignKeyRows
{
    // Beyond the tables' object ids, so that no two constraints have the same.
    private const long FirstOid = 1_000_100_000;

    /// <summary>All keys whose tables are there; columns of the parent are filled in where SQLite's schema leaves them out.</summary>
    public static IEnumerable<(TableInfo Table, ForeignKeyInfo Key, TableInfo Parent, IndexInfo? Unique, int Number)> All(ISchemaView view)
    {
        foreach (var table in view.Tables)
        {
            for (var n = 0; n < table.ForeignKeys.Count; n++)
            {
                var key = table.ForeignKeys[n];
                if (view.Find(key.Parent) is not { } parent) continue;
                if (key.Referenced.Count == 0) key = key with { Referenced = [.. parent.Columns.Where(c => c.PrimaryKey > 0).OrderBy(c => c.PrimaryKey).Select(c => c.Name)] };
                yield return (table, key, parent, view.Indexes.FirstOrDefault(i => i.Table == parent.Name && i.Unique && key.Referenced.ToHashSet().SetEquals(i.Columns)), n);
            }
        }
    }

    public static IEnumerable<object?[]> Constraints(ISchemaView view) => All(view).Select(f => new object?[]
    {
        FirstOid + f.Table.Oid % 1_000_000_000 + f.Number, f.Key.Name, (long)PgCatalog.PublicNamespace, "f", f.Key.Deferrable ? 1L : 0L, f.Key.Deferred ? 1L : 0L, 1L, (long)f.Table.Oid, 0L, (long)(f.Unique?.Oid ?? 0), 0L,
        (long)f.Parent.Oid, Action(f.Key.OnUpdate), Action(f.Key.OnDelete), "s", 1L, 0L, 1L, Numbers(f.Table, f.Key.Columns), Numbers(f.Parent, f.Key.Referenced), null, null, Definition(f.Key),
    });

    public static IEnumerable<object?[]> TableConstraints(ISchemaView view, string database) =>
        All(view).Select(f => new object?[] { database, "public", f.Key.Name, database, "public", f.Table.Name, "FOREIGN KEY", f.Key.Deferrable ? "YES" : "NO", f.Key.Deferred ? "YES" : "NO" });

    public static IEnumerable<object?[]> KeyColumns(ISchemaView view, string database) => All(view).SelectMany(f => f.Key.Columns.Select((c, i) =>
        new object?[] { database, "public", f.Key.Name, database, "public", f.Table.Name, c, (long)i + 1, (long)i + 1 }));

    /// <summary>The columns that a key refers to.</summary>
    public static IEnumerable<object?[]> ReferencedColumns(ISchemaView view, string database) =>
        All(view).SelectMany(f => f.Key.Referenced.Select(c => new object?[] { database, "public", f.Parent.Name, c, database, "public", f.Key.Name }));

    public static IEnumerable<object?[]> References(ISchemaView view, string database) => All(view).Select(f => new object?[]
    {
        database, "public", f.Key.Name, database, "public", f.Unique is { } unique ? SchemaMarks.ConstraintName(unique, f.Parent) : null, "NONE", f.Key.OnUpdate, f.Key.OnDelete,
    });

    private static string Action(string action) => action switch
    {
        "RESTRICT" => "r",
        "CASCADE" => "c",
        "SET NULL" => "n",
        "SET DEFAULT" => "d",
        _ => "a",
    };

    private static string Numbers(TableInfo table, IEnumerable<string> columns) => $"[{string.Join(',', columns.Select(name => table.Columns.FirstOrDefault(c => c.Name == name)?.Number ?? 0))}]";

    private static string Definition(ForeignKeyInfo key)
    {
        var text = $"FOREIGN KEY ({string.Join(", ", key.Columns.Select(Shown))}) REFERENCES {Shown(key.Parent)}({string.Join(", ", key.Referenced.Select(Shown))})";
        if (key.OnUpdate != "NO ACTION") text += $" ON UPDATE {key.OnUpdate}";
        if (key.OnDelete != "NO ACTION") text += $" ON DELETE {key.OnDelete}";
        if (key.Deferrable) text += " DEFERRABLE";
        return key.Deferred ? text + " INITIALLY DEFERRED" : text;
    }

    /// <summary>As quote_ident would, but for reserved words: quoted unless it is lower case and plain.</summary>
    private static string Shown(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
        ? name : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}

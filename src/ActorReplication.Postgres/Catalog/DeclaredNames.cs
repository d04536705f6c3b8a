using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Definitions;

namespace ActorReplication.Postgres.Catalog;

/// <summary>Names of keys and checks, which SQLite keeps in the table's text alone.</summary>
internal static class DeclaredNames
{
    /// <summary>The table with its checks; its keys among <paramref name="indexes"/> get their names.</summary>
    public static TableInfo Read(TableInfo table, List<IndexInfo> indexes)
    {
        // Most tables' constraints have the names that they would have anyway.
        if (!table.Sql.Contains("CONSTRAINT", StringComparison.OrdinalIgnoreCase) && !table.Sql.Contains("CHECK", StringComparison.OrdinalIgnoreCase)) return table;
        if (TableText.TryRead(table.Sql) is not { } text) return table;
        var keys = Clauses(text).Where(c => c.Clause.Kind is ClauseKind.PrimaryKey or ClauseKind.Unique).ToList();
        for (var i = 0; i < indexes.Count; i++)
        {
            var index = indexes[i];
            if (index.Table != table.Name || index.Sql is not null) continue;
            var at = keys.FindIndex(k => k.Clause.Kind == ClauseKind.PrimaryKey == index.PrimaryKey && k.Columns.SequenceEqual(index.Columns));
            if (at < 0) continue;
            indexes[i] = index with { DeclaredName = keys[at].Clause.Name };
            keys.RemoveAt(at);
        }

        return table with { Checks = [.. Clauses(text).Where(c => c.Clause is { Kind: ClauseKind.Check, IsStorageCheck: false }).Select(c => new CheckInfo(c.Clause.Name ?? $"{table.Name}_{string.Join('_', [.. c.Columns, "check"])}", c.Clause.Rule))] };
    }

    public static string? OfKey(TableInfo table) =>
        table.Sql.Contains("CONSTRAINT", StringComparison.OrdinalIgnoreCase) && TableText.TryRead(table.Sql) is { } text ? Clauses(text).FirstOrDefault(c => c.Clause.Kind == ClauseKind.PrimaryKey).Clause?.Name : null;

    private static IEnumerable<(Clause Clause, IReadOnlyList<string> Columns)> Clauses(TableText text) =>
        text.Clauses.Select(c => (c, c.Columns)).Concat(text.Columns.SelectMany(column => column.Clauses.Select(c => (c, (IReadOnlyList<string>)[column.Name]))));
}

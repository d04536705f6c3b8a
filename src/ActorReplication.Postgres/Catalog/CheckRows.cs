using ActorReplication.Postgres.Dialect;

namespace ActorReplication.Postgres.Catalog;

/// <summary>CHECK constraints as pg_constraint shows them: the rule in the SQL that is stored.</summary>
internal static class CheckRows
{
    // Beyond those of foreign keys.
    private const long FirstOid = 2_000_200_000;

    public static IEnumerable<object?[]> Constraints(ISchemaView view) => view.Tables.SelectMany(t => t.Checks.Select((c, i) => new object?[]
    {
        FirstOid + t.Oid % 1_000_000_000 + i, c.Name, (long)PgCatalog.PublicNamespace, "c", 0L, 0L, 1L, (long)t.Oid, 0L, 0L, 0L,
        0L, " ", " ", " ", 1L, 0L, 0L, Numbers(t, c.Rule), null, null, null, c.Rule,
    }));

    public static IEnumerable<object?[]> TableConstraints(ISchemaView view, string database) =>
        view.Tables.SelectMany(t => t.Checks.Select(c => new object?[] { database, "public", c.Name, database, "public", t.Name, "CHECK", "NO", "NO" }));

    public static IEnumerable<object?[]> Rules(ISchemaView view, string database) =>
        view.Tables.SelectMany(t => t.Checks.Select(c => new object?[] { database, "public", c.Name, c.Rule["CHECK ".Length..] }));

    /// <summary>Columns that the rule names.</summary>
    private static string Numbers(TableInfo table, string rule) =>
        $"[{string.Join(',', table.Columns.Where(c => rule.Contains($"\"{c.Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"", StringComparison.Ordinal)).Select(c => c.Number))}]";
}

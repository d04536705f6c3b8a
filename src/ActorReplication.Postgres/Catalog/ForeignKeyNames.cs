using System.Globalization;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Definitions;

namespace ActorReplication.Postgres.Catalog;

/// <summary>SQLite lists foreign keys without their names and without when they are checked; that stands in the table's text.</summary>
internal static class ForeignKeyNames
{
    /// <param name="rows">Of pragma_foreign_key_list behind two columns: parent, from, to, id, seq, on_update, on_delete.</param>
    public static IReadOnlyList<ForeignKeyInfo> Read(TableInfo table, List<object?[]> rows)
    {
        var text = TableText.TryRead(table.Sql);
        var clauses = text is null ? [] : text.Columns.SelectMany(c => c.Clauses).Concat(text.Clauses).Where(c => c.Kind == ClauseKind.ForeignKey).ToList();
        // The ids count backwards from the last that was declared.
        var keys = rows.GroupBy(r => Convert.ToInt64(r[5], CultureInfo.InvariantCulture)).OrderByDescending(g => g.Key).Select(g => g.OrderBy(r => Convert.ToInt64(r[6], CultureInfo.InvariantCulture)).ToList()).ToList();
        return keys.Select((k, i) => ReadOne(table, k, clauses.Count == keys.Count ? clauses[i] : null)).ToList();
    }

    private static ForeignKeyInfo ReadOne(TableInfo table, List<object?[]> rows, Clause? clause)
    {
        var columns = rows.Select(r => (string)r[3]!).ToList();
        var name = clause?.Name ?? $"{table.Name}_{string.Join('_', columns)}_fkey";
        bool Says(string words) => clause?.Rule.Contains(words, StringComparison.OrdinalIgnoreCase) == true;
        return new ForeignKeyInfo(name, (string)rows[0][2]!, columns, rows.Where(r => r[4] is not null).Select(r => (string)r[4]!).ToList(), (string)rows[0][7]!, (string)rows[0][8]!)
        {
            Deferrable = Says("DEFERRABLE") && !Says("NOT DEFERRABLE"),
            Deferred = Says("INITIALLY DEFERRED") && !Says("NOT DEFERRABLE"),
        };
    }
}

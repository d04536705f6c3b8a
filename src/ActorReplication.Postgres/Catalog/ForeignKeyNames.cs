using System.Globalization;
using System.Text.RegularExpressions;
using ActorReplication.Postgres.Dialect;

namespace ActorReplication.Postgres.Catalog;

/// <summary>SQLite lists foreign keys without their names; those stand in the table's text, as the translator wrote it.</summary>
internal static partial class ForeignKeyNames
{
    /// <param name="rows">Of pragma_foreign_key_list behind two columns: parent, from, to, id, seq, on_update, on_delete.</param>
    public static IReadOnlyList<ForeignKeyInfo> Read(TableInfo table, List<object?[]> rows)
    {
        var named = Named().Matches(table.Sql).Where(m => m.Groups[2].Success).Select(m => (Name: Unquoted(m.Groups[1].Value), Columns: m.Groups[2].Value)).ToList();
        // The ids count backwards from the last that was declared.
        return rows.GroupBy(r => Convert.ToInt64(r[5], CultureInfo.InvariantCulture)).OrderByDescending(g => g.Key).Select(g => ReadOne(table, [.. g.OrderBy(r => Convert.ToInt64(r[6], CultureInfo.InvariantCulture))], named)).ToList();
    }

    private static ForeignKeyInfo ReadOne(TableInfo table, List<object?[]> rows, List<(string Name, string Columns)> named)
    {
        var columns = rows.Select(r => (string)r[3]!).ToList();
        var quoted = string.Join(", ", columns.Select(Quoted));
        var at = named.FindIndex(n => n.Columns == quoted);
        var name = at < 0 ? AddedWith(table, columns) ?? $"{table.Name}_{string.Join('_', columns)}_fkey" : named[at].Name;
        // Two keys over the same columns: each takes the next name.
        if (at >= 0) named.RemoveAt(at);
        return new ForeignKeyInfo(name, (string)rows[0][2]!, columns, rows.Where(r => r[4] is not null).Select(r => (string)r[4]!).ToList(), (string)rows[0][7]!, (string)rows[0][8]!);
    }

    /// <summary>ADD COLUMN … REFERENCES: the name stands in the column's definition, without its columns.</summary>
    private static string? AddedWith(TableInfo table, List<string> columns)
    {
        if (columns is not [var column]) return null;
        var match = Regex.Match(table.Sql, $@", {Regex.Escape(Quoted(column))} [^""]*CONSTRAINT ""((?:[^""]|"""")+)"" REFERENCES");
        return match.Success ? Unquoted(match.Groups[1].Value) : null;
    }

    private static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Unquoted(string name) => name.Replace("\"\"", "\"", StringComparison.Ordinal);

    /// <summary>Literals are alternatives of their own, so that nothing inside them is taken for a key.</summary>
    [GeneratedRegex("""'(?:[^']|'')*'|CONSTRAINT "((?:[^"]|"")+)" FOREIGN KEY \(((?:"(?:[^"]|"")+"(?:, )?)+)\)""")]
    private static partial Regex Named();
}

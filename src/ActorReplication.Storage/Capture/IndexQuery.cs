using System.Text;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>A unique index that is made of expressions, or leaves rows out: SQLite is asked for a row's key, with the index's own text over the row's values. Comparisons see those values without their
/// columns' affinities: a key that is another one by that is locked without need, or not locked.</summary>
/// <param name="Sql">Gives the key's values; no row: the index leaves the row out.</param>
/// <param name="Columns">Whose values its parameters are, in order.</param>
internal sealed record IndexQuery(string Sql, int[] Columns)
{
    /// <param name="definition">Text of CREATE UNIQUE INDEX.</param>
    /// <returns>Null: it cannot be asked.</returns>
    internal static IndexQuery? Of(TableShape shape, string definition)
    {
        var (keys, condition) = Split(Encoding.UTF8.GetBytes(definition));
        var columns = Enumerable.Range(0, shape.Columns.Length).Where(column => definition.Contains(shape.Columns[column].Replace("\"", "\"\"", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)).ToArray();
        // What a generated column holds is not told before the change.
        if (columns.Length == 0 || Array.Exists(columns, column => column != shape.RowidColumn && !shape.Stored.Contains(column)))
            return null;
        var values = string.Join(", ", columns.Select((column, i) => $"?{i + 1} AS {Connection.Quote(shape.Columns[column])}"));
        return new IndexQuery($"SELECT {string.Join(", ", keys)} FROM (SELECT {values}){(condition is null ? "" : $" WHERE {condition}")}", columns);
    }

    /// <summary>What stands in the parentheses, without its directions, and behind WHERE.</summary>
    private static (List<string> Keys, string? Condition) Split(ReadOnlySpan<byte> sql)
    {
        var keys = new List<string>();
        var rest = sql;
        var (depth, start, end) = (0, 0, 0);
        while (SqlScan.Next(ref rest, out var token))
        {
            var after = sql.Length - rest.Length;
            if (token is [(byte)'('] && depth++ == 0)
            {
                (start, end) = (after, after);
                continue;
            }
            if (depth == 0)
                continue;
            if (token is [(byte)')'] && --depth == 0 || token is [(byte)','] && depth == 1)
            {
                keys.Add(Encoding.UTF8.GetString(sql[start..end]));
                (start, end) = (after, after);
                if (depth == 0)
                    break;
            }
            else if (depth > 1 || !IsDirection(token))
            {
                end = after;
            }
        }
        // The word that is left is WHERE.
        return (keys, SqlScan.Next(ref rest, out _) ? Encoding.UTF8.GetString(rest) : null);
    }

    private static bool IsDirection(ReadOnlySpan<byte> token) => Ascii.EqualsIgnoreCase(token, "ASC"u8) || Ascii.EqualsIgnoreCase(token, "DESC"u8);
}

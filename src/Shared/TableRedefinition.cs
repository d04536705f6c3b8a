using System.Text;

namespace ActorReplication.Schemas;

/// <summary>A table gets another definition and keeps its rows: what SQLite's ALTER TABLE has no words for. Written as one line of text, which travels in the log like any other schema
/// change: <c>REDEFINE TABLE "t" AS '(…)' SET "a" = '…', "b" = '…'</c>.</summary>
/// <param name="Body">What stands behind the table's name in CREATE TABLE.</param>
/// <param name="Values">Expressions over the old row, by column of the new table; the others keep their values, or have their default if they are new.</param>
internal sealed record TableRedefinition(string Table, string Body, IReadOnlyList<KeyValuePair<string, string>> Values)
{
    private const string Head = "REDEFINE TABLE ";

    public static bool IsOne(string sql) => sql.StartsWith(Head, StringComparison.Ordinal);

    public string ToSql()
    {
        var sql = new StringBuilder(Head).Append(Quoted(Table, '"')).Append(" AS ").Append(Quoted(Body, '\''));
        for (var i = 0; i < Values.Count; i++) sql.Append(i == 0 ? " SET " : ", ").Append(Quoted(Values[i].Key, '"')).Append(" = ").Append(Quoted(Values[i].Value, '\''));
        return sql.ToString();
    }

    /// <summary>Null: the text is none, or not whole.</summary>
    public static TableRedefinition? TryParse(string sql)
    {
        if (!IsOne(sql)) return null;
        var at = Head.Length;
        if (Take(sql, ref at, '"') is not { } table || !Skip(sql, ref at, " AS ") || Take(sql, ref at, '\'') is not { } body) return null;
        var values = new List<KeyValuePair<string, string>>();
        while (at < sql.Length)
        {
            if (!Skip(sql, ref at, values.Count == 0 ? " SET " : ", ") || Take(sql, ref at, '"') is not { } column || !Skip(sql, ref at, " = ") || Take(sql, ref at, '\'') is not { } value) return null;
            values.Add(new(column, value));
        }

        return new TableRedefinition(table, body, values);
    }

    private static string Quoted(string text, char quote) => $"{quote}{text.Replace($"{quote}", $"{quote}{quote}", StringComparison.Ordinal)}{quote}";

    private static bool Skip(string sql, ref int at, string words)
    {
        if (string.CompareOrdinal(sql, at, words, 0, words.Length) != 0) return false;
        at += words.Length;
        return true;
    }

    private static string? Take(string sql, ref int at, char quote)
    {
        if (at >= sql.Length || sql[at] != quote) return null;
        var text = new StringBuilder();
        for (at++; at < sql.Length; at++)
        {
            if (sql[at] != quote) text.Append(sql[at]);
            else if (at + 1 < sql.Length && sql[at + 1] == quote) text.Append(sql[at++]);
            else
            {
                at++;
                return text.ToString();
            }
        }

        return null;
    }
}

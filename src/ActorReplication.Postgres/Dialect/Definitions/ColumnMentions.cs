using ActorReplication.Postgres.Dialect.Lexing;

namespace ActorReplication.Postgres.Dialect.Definitions;

/// <summary>Whether a text of the schema names a column, as the translator writes it: quoted. The same word in a string, or as a table's or an index's name, is no column.</summary>
internal static class ColumnMentions
{
    /// <param name="rule">Of a CHECK or a generated column.</param>
    public static bool InRule(string rule, string column) => In(Lexer.Read(rule), 0, column);

    /// <summary>In the columns, expressions and WHERE of a CREATE INDEX. False where it is written in a way that only SQLite reads: such an index is kept, and SQLite refuses it if its column is gone.</summary>
    public static bool InIndex(string sql, string column)
    {
        try
        {
            var tokens = Lexer.Read(sql);
            // The first bracket stands behind ON and the table.
            var from = tokens.FindIndex(t => t.IsSymbol("("));
            return from >= 0 && In(tokens, from, column);
        }
        catch (DialectException)
        {
            return false;
        }
    }

    private static bool In(List<Token> tokens, int from, string column) =>
        tokens.FindIndex(from, t => t.Kind == TokenKind.QuotedName && t.Value == column) is var at and >= 0
        && (!tokens[at + 1].IsSymbol(".") || In(tokens, at + 1, column));
}

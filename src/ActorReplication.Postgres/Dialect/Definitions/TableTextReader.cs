using ActorReplication.Postgres.Dialect.Lexing;

namespace ActorReplication.Postgres.Dialect.Definitions;

/// <summary>Reads the text of a table's definition. The words are SQLite's (sqlite.org/lang_createtable.html); the tokens of what the translator writes are the same in both dialects.</summary>
internal sealed class TableTextReader(string sql)
{
    private readonly List<Token> _tokens = Lexer.Read(sql);
    private int _next;

    private Token Current => _tokens[_next];

    public TableText? Read()
    {
        while (!Current.IsSymbol("(") && Current.Kind != TokenKind.End) _next++;
        if (Current.Kind == TokenKind.End) return null;
        var columns = new List<ColumnText>();
        var clauses = new List<Clause>();
        do
        {
            _next++;
            if (StartsClause()) ReadClauses(clauses);
            else columns.Add(ReadColumn());
        }
        while (Current.IsSymbol(","));
        if (!Current.IsSymbol(")")) return null;
        return new TableText(columns, clauses, sql[Current.End..].Trim());
    }

    private ColumnText ReadColumn()
    {
        if (Current.Kind is not (TokenKind.Word or TokenKind.QuotedName)) throw new DialectException("42601", "not a column");
        // SQLite keeps the case of an unquoted name.
        var name = Current.Kind == TokenKind.Word ? sql[Current.Start..Current.End] : Current.Value;
        var start = _tokens[_next++].End;
        while (!EndsItem() && !StartsClause()) Skip();
        // A mark stands in a comment, behind the last word.
        var type = sql[start..Current.Start].Trim();
        var clauses = new List<Clause>();
        ReadClauses(clauses);
        return new ColumnText(name, type, clauses);
    }

    private void ReadClauses(List<Clause> clauses)
    {
        while (!EndsItem())
        {
            if (!StartsClause()) throw new DialectException("42601", "not a constraint");
            clauses.Add(ReadClause());
        }
    }

    private Clause ReadClause()
    {
        string? name = null;
        if (Current.IsWord("constraint"))
        {
            name = _tokens[_next + 1].Value;
            _next += 2;
        }

        var start = Current.Start;
        var kind = KindOf(Current.Value);
        var columns = kind is ClauseKind.PrimaryKey or ClauseKind.Unique or ClauseKind.ForeignKey ? FirstNames(kind) : [];
        var first = Current.Value;
        _next++;
        // The value is one token or in brackets, and may be the word null.
        if (first is "default" or "collate")
        {
            if (Current.IsSymbol("-") || Current.IsSymbol("+")) _next++;
            Skip();
        }

        while (!EndsItem() && (!StartsClause() || Continues(first))) Skip();
        return new Clause(kind, name, sql[start.._tokens[_next - 1].End], columns);
    }

    /// <summary>Names in the brackets right behind PRIMARY KEY, UNIQUE or FOREIGN KEY.</summary>
    private List<string> FirstNames(ClauseKind kind)
    {
        var names = new List<string>();
        var at = _next + (kind == ClauseKind.Unique ? 1 : 2);
        if (Current.IsWord("references") || !_tokens[at].IsSymbol("(")) return names;
        for (at++; !_tokens[at].IsSymbol(")") && _tokens[at].Kind != TokenKind.End; at++)
            if (_tokens[at].Kind is TokenKind.QuotedName || (_tokens[at].Kind is TokenKind.Word && !_tokens[at].IsWord("asc") && !_tokens[at].IsWord("desc"))) names.Add(_tokens[at].Value);
        return names;
    }

    private static ClauseKind KindOf(string word) => word switch
    {
        "not" => ClauseKind.NotNull,
        "primary" => ClauseKind.PrimaryKey,
        "unique" => ClauseKind.Unique,
        "check" => ClauseKind.Check,
        "references" or "foreign" => ClauseKind.ForeignKey,
        "default" => ClauseKind.Default,
        "generated" or "as" => ClauseKind.Generated,
        _ => ClauseKind.Other,
    };

    private bool StartsClause() => Current.Kind == TokenKind.Word
        && Current.Value is "constraint" or "not" or "null" or "primary" or "unique" or "check" or "references" or "foreign" or "default" or "generated" or "as" or "collate";

    /// <summary>The word that would start a clause belongs to the one being read.</summary>
    private bool Continues(string first) => (first, Current.Value) switch
    {
        ("not", "null") => true,
        ("foreign", "references") => true,
        ("foreign" or "references", "null" or "default") => _tokens[_next - 1].IsWord("set"),
        ("foreign" or "references", "not") => _tokens[_next + 1].IsWord("deferrable"),
        ("generated", "as") => _tokens[_next - 1].IsWord("always"),
        _ => false,
    };

    private bool EndsItem() => Current.IsSymbol(",") || Current.IsSymbol(")") || Current.Kind == TokenKind.End;

    /// <summary>One token, or all between a pair of brackets.</summary>
    private void Skip()
    {
        var depth = 0;
        do
        {
            if (Current.IsSymbol("(")) depth++;
            if (Current.IsSymbol(")")) depth--;
            if (Current.Kind == TokenKind.End) throw new DialectException("42601", "brackets do not match");
            _next++;
        }
        while (depth > 0);
    }
}

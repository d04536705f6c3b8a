using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

internal sealed partial class Parser
{
    private FromItem ReadFromItem() => Nested(() =>
    {
        var left = ReadFromPrimary();
        while (ReadJoin(left) is { } joined) left = joined;
        return left;
    });

    private FromItem? ReadJoin(FromItem left)
    {
        var at = Current.Start;
        if (TryWords("cross", "join")) return new JoinSource(left, ReadFromPrimary(), JoinKind.Cross, null, [], false, at);
        var natural = TryWord("natural");
        JoinKind kind;
        if (TryWord("inner") || IsWord("join")) kind = JoinKind.Inner;
        else if (TryWord("left")) kind = JoinKind.Left;
        else if (TryWord("right")) kind = JoinKind.Right;
        else if (TryWord("full")) kind = JoinKind.Full;
        else if (natural) throw Unexpected();
        else return null;
        if (kind >= JoinKind.Left) TryWord("outer");
        Word("join");
        var right = ReadFromPrimary();
        if (natural) return new JoinSource(left, right, kind, null, [], true, at);

        // a JOIN b JOIN c ON … ON …: the inner join comes first.
        while (!IsWord("on") && !IsWord("using"))
            right = Nested(() => ReadJoin(right)) ?? throw Unexpected();
        if (TryWord("on")) return new JoinSource(left, right, kind, ReadExpr(), [], false, at);
        Word("using");
        var columns = Parenthesised(Name);
        if (IsWord("as")) throw Unsupported("an alias of USING", Current.Start);
        return new JoinSource(left, right, kind, null, columns, false, at);
    }

    private FromItem ReadFromPrimary()
    {
        var at = Current.Start;
        if (IsWord("lateral")) throw Unsupported("LATERAL", at);
        if (TryWords("rows", "from")) throw Unsupported("ROWS FROM", at);
        if (IsSymbol("(")) return ReadBracketedSource(at);
        TryWord("only");
        if (IsCallInFrom()) return ReadFunctionSource(at);
        var (schema, name, nameAt) = QualifiedName();
        TrySymbol("*");
        var (alias, columns) = ReadAlias();
        if (IsWord("tablesample")) throw Unsupported("TABLESAMPLE", Current.Start);
        return new TableSource(schema, name, alias, columns, nameAt);
    }

    private FromItem ReadBracketedSource(int at)
    {
        if (StartsQuery())
        {
            // ((SELECT …)) is a query; (( SELECT … ) AS x JOIN …) is a join in brackets.
            var start = _next;
            Take();
            try
            {
                var query = ReadQuery();
                Symbol(")");
                var (alias, columns) = ReadAlias();
                if (alias is null) throw Failure("42601", "subquery in FROM must have an alias", at, "For example, FROM (SELECT ...) [AS] foo.");
                return new QuerySource(query, alias, columns, at);
            }
            catch (DialectException) when (_tokens[start + 1].IsSymbol("("))
            {
                _next = start;
            }
        }

        Symbol("(");
        var inner = ReadFromItem();
        Symbol(")");
        if (inner is not JoinSource) throw Unexpected(Previous);
        if (IsWord("as") || StartsAlias) throw Unsupported("an alias of a join in parentheses", Current.Start);
        return inner;
    }

    private bool IsCallInFrom()
    {
        var i = 0;
        while (Ahead(i).Kind is TokenKind.Word or TokenKind.QuotedName && Ahead(i + 1).IsSymbol(".")) i += 2;
        if (Ahead(i).Kind == TokenKind.Word && Ahead(i).Value is "current_schema" or "current_user" or "current_date" or "current_timestamp" or "session_user") return true;
        return Ahead(i).Kind is TokenKind.Word or TokenKind.QuotedName && Ahead(i + 1).IsSymbol("(")
            && (Ahead(i).Kind == TokenKind.QuotedName || Keywords.CanNameFunction(Ahead(i).Value));
    }

    private FunctionSource ReadFunctionSource(int at)
    {
        if (ReadPrimary() is not CallExpr call) throw Failure("42601", $"syntax error at or near \"{Previous.Value}\"", Previous.Start);
        var ordinality = TryWords("with", "ordinality");
        var (alias, columns) = ReadAlias();
        if (IsSymbol("(")) throw Unsupported("a column definition list", Current.Start);
        return new FunctionSource(call, alias, columns, ordinality, at);
    }

    private bool StartsAlias => Current.Kind == TokenKind.QuotedName || (Current.Kind == TokenKind.Word && Keywords.CanNameColumn(Current.Value) && !IsWord("set") && !IsWord("values"));

    private (string? Alias, IReadOnlyList<string> Columns) ReadAlias()
    {
        string? alias = null;
        if (TryWord("as")) alias = Name();
        else if (StartsAlias) alias = Name();
        if (alias is null || !IsSymbol("(")) return (alias, []);
        if (Ahead(2).Kind is TokenKind.Word && !Ahead(2).IsSymbol(",")) throw Unsupported("a column definition list", Current.Start);
        return (alias, Parenthesised(Name));
    }
}

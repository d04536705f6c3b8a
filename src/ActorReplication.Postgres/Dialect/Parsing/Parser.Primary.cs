using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>Literals, columns, calls and everything in brackets.</summary>
internal sealed partial class Parser
{
    private Expr ReadPrimary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Integer:
                Take();
                return new LiteralExpr(LiteralKind.Integer, token.Value, token.Start);
            case TokenKind.Decimal:
                Take();
                return new LiteralExpr(LiteralKind.Decimal, token.Value, token.Start);
            case TokenKind.String:
                Take();
                return new LiteralExpr(LiteralKind.String, token.Value, token.Start);
            case TokenKind.BitString:
                Take();
                return new LiteralExpr(LiteralKind.Bits, token.Value, token.Start);
            case TokenKind.Parameter:
                Take();
                var number = int.Parse(token.Value);
                _parameters = Math.Max(_parameters, number);
                return new ParameterExpr(number, token.Start);
            case TokenKind.Symbol when token.Value == "(":
                return ReadBracketed();
            case TokenKind.Symbol when token.Value == "*":
                Take();
                return new StarExpr(null, token.Start);
            case TokenKind.QuotedName:
                return ReadNamed();
            case TokenKind.Word:
                return ReadKeywordExpr(token) ?? ReadNamed();
            default:
                throw Unexpected();
        }
    }

    private Expr ReadBracketed()
    {
        var at = Current.Start;
        if (StartsQuery())
        {
            Take();
            var query = ReadQuery();
            Symbol(")");
            return new ScalarQueryExpr(query, at);
        }

        Take();
        var items = CommaSeparated(ReadExpr);
        Symbol(")");
        return items.Count == 1 ? items[0] : new RowExpr(items, at);
    }

    private Expr? ReadKeywordExpr(Token token)
    {
        var at = token.Start;
        switch (token.Value)
        {
            case "null":
                Take();
                return new LiteralExpr(LiteralKind.Null, "", at);
            case "true":
                Take();
                return new LiteralExpr(LiteralKind.True, "true", at);
            case "false":
                Take();
                return new LiteralExpr(LiteralKind.False, "false", at);
            case "default":
                Take();
                return new DefaultExpr(at);
            case "case":
                return ReadCase();
            case "cast" when Ahead().IsSymbol("("):
                return ReadCast();
            case "exists" when Ahead().IsSymbol("("):
                Take();
                Symbol("(");
                var query = ReadQuery();
                Symbol(")");
                return new ExistsExpr(query, at);
            case "array" when Ahead().IsSymbol("["):
                Take();
                return ReadArrayItems(at);
            case "array" when Ahead().IsSymbol("("):
                Take();
                Symbol("(");
                var rows = ReadQuery();
                Symbol(")");
                return new ArrayQueryExpr(rows, at);
            case "row" when Ahead().IsSymbol("("):
                Take();
                return new RowExpr(Parenthesised(ReadExpr), at);
            case "interval" when Ahead().Kind == TokenKind.String:
                return ReadIntervalLiteral();
            case "current_date" or "current_time" or "current_timestamp" or "localtime" or "localtimestamp" or "current_user" or "session_user"
                or "user" or "current_role" or "current_catalog":
                Take();
                if (TrySymbol("(")) { IntegerLiteral(); Symbol(")"); }
                return new CallExpr(token.Value, [], at) { Special = true };
            case "current_schema" when !Ahead().IsSymbol("("):
                Take();
                return new CallExpr("current_schema", [], at) { Special = true };
            default:
                return (Expr?)ReadSpecialCall(token) ?? ReadTypedLiteral();
        }
    }

    private ArrayExpr ReadArrayItems(int at)
    {
        Symbol("[");
        List<Expr> items = [];
        if (!IsSymbol("]"))
            items = CommaSeparated(() => IsSymbol("[") ? throw Unsupported("an array of several dimensions", Current.Start) : ReadExpr());
        Symbol("]");
        return new ArrayExpr(items, at);
    }

    private CaseExpr ReadCase()
    {
        var at = Take().Start;
        var operand = IsWord("when") ? null : ReadExpr();
        var branches = new List<(Expr, Expr)>();
        while (TryWord("when"))
        {
            var when = ReadExpr();
            Word("then");
            branches.Add((when, ReadExpr()));
        }

        if (branches.Count == 0) throw Unexpected();
        var otherwise = TryWord("else") ? ReadExpr() : null;
        Word("end");
        return new CaseExpr(operand, branches, otherwise, at);
    }

    private CastExpr ReadCast()
    {
        var at = Take().Start;
        Symbol("(");
        var operand = ReadExpr();
        Word("as");
        var type = ReadTypeName();
        Symbol(")");
        return new CastExpr(operand, type, at);
    }

    private CastExpr ReadIntervalLiteral()
    {
        var at = Take().Start;
        var text = Take();
        var value = text.Value;
        if (TryAnyWord("year", "month", "day", "hour", "minute", "second"))
        {
            var unit = Previous.Value;
            if (IsWord("to")) throw Unsupported("INTERVAL … TO …", Current.Start);
            if (double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out _)) value += " " + unit;
        }

        return new CastExpr(new LiteralExpr(LiteralKind.String, value, text.Start), new TypeName("interval", [], 0, at), at);
    }

    /// <summary>type 'literal', as in DATE '2026-01-01'; null if this is not one.</summary>
    private CastExpr? ReadTypedLiteral()
    {
        var start = _next;
        if (!Keywords.CanNameFunction(Current.Value) || Current.Kind != TokenKind.Word) return null;
        if (Ahead().Kind != TokenKind.String && !TypeWords.Contains(Current.Value)) return null;
        var at = Current.Start;
        if (!TryReadTypeName(out var type) || Current.Kind != TokenKind.String)
        {
            _next = start;
            return null;
        }

        var text = Take();
        return new CastExpr(new LiteralExpr(LiteralKind.String, text.Value, text.Start), type, at);
    }

    private static readonly HashSet<string> TypeWords = ["timestamp", "time", "double", "character", "numeric", "decimal", "varchar", "char", "bit"];

    /// <summary>A column, or a call.</summary>
    private Expr ReadNamed()
    {
        var token = Current;
        var isCall = Ahead().IsSymbol("(") && (token.Kind == TokenKind.QuotedName || Keywords.CanNameFunction(token.Value));
        if (isCall)
        {
            Take();
            return ReadCall(token.Value, token.Start);
        }

        var path = new List<string> { Name() };
        while (IsSymbol("."))
        {
            Take();
            if (TrySymbol("*")) return new StarExpr(path[^1], token.Start);
            path.Add(Label());
            if (IsSymbol("(") && path is ["replication", var own]) return ReadCall("replication." + own, token.Start);
            if (IsSymbol("(")) return path.Count == 2 && path[0] is "pg_catalog" or "public" or "information_schema"
                ? ReadCall(path[^1], token.Start)
                : throw Failure("3F000", $"schema \"{path[0]}\" does not exist", token.Start);
        }

        if (path.Count > 3) throw Failure("42601", $"improper qualified name (too many dotted names): {string.Join('.', path)}", token.Start);
        return new ColumnExpr(path, token.Start);
    }

    private CallExpr ReadCall(string name, int at)
    {
        Symbol("(");
        var call = new CallExpr(name, [], at);
        if (TrySymbol("*")) call = call with { Star = true };
        else if (!IsSymbol(")"))
        {
            if (TryWord("distinct")) call = call with { Distinct = true };
            else TryWord("all");
            if (IsWord("variadic")) throw Unsupported("VARIADIC in a call", Current.Start);
            call = call with { Arguments = CommaSeparated(ReadArgument) };
            if (TryWords("order", "by")) call = call with { OrderBy = CommaSeparated(ReadOrderItem) };
        }

        Symbol(")");
        if (IsWords("within", "group")) throw Unsupported("WITHIN GROUP", Current.Start);
        if (IsWord("filter") && Ahead().IsSymbol("("))
        {
            Take();
            Symbol("(");
            Word("where");
            call = call with { Filter = ReadExpr() };
            Symbol(")");
        }

        if (IsWord("over") && (Ahead().IsSymbol("(") || Ahead().Kind is TokenKind.Word or TokenKind.QuotedName))
        {
            Take();
            call = call with { Over = IsSymbol("(") ? ReadWindowSpec() : new WindowSpec(Name(), [], [], null, Previous.Start) };
        }

        return call;
    }

    private Expr ReadArgument()
    {
        if (Ahead().Kind == TokenKind.Symbol && Ahead().Value is "=>" or ":=") throw Unsupported("a named argument", Current.Start);
        return ReadExpr();
    }
}

using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>Operators by PostgreSQL's precedence (manual, section 4.1.6), Pratt's way.</summary>
internal sealed partial class Parser
{
    private static class Power
    {
        public const int Or = 1, And = 2, Not = 3, Is = 4, Comparison = 5, Between = 6, Other = 7, Sum = 8, Product = 9, Exponent = 10, TimeZone = 11, Collate = 12, Sign = 13;
    }

    private Expr ReadExpr() => Nested(() => ReadExpr(0));

    private Expr ReadExpr(int least)
    {
        var left = ReadPrefix();
        while (ReadInfix(left, least) is { } larger) left = larger;
        return left;
    }

    private Expr ReadPrefix()
    {
        var token = Current;
        if (token.IsWord("not"))
        {
            Take();
            return new UnaryExpr("not", Nested(() => ReadExpr(Power.Not)), token.Start);
        }

        if (token.Kind == TokenKind.Symbol && token.Value is "+" or "-")
        {
            Take();
            return new UnaryExpr(token.Value, Nested(() => ReadExpr(Power.Sign)), token.Start);
        }

        if (token.Kind == TokenKind.Symbol && token.Value is "~" or "@" or "|/" or "||/")
        {
            Take();
            return new UnaryExpr(token.Value, Nested(() => ReadExpr(Power.Other)), token.Start);
        }

        return ReadPostfix(ReadPrimary());
    }

    private Expr ReadPostfix(Expr operand)
    {
        while (true)
        {
            var at = Current.Start;
            if (TrySymbol("::")) operand = new CastExpr(operand, ReadTypeName(), at);
            else if (TrySymbol("["))
            {
                var index = ReadExpr();
                if (IsSymbol(":")) throw Unsupported("an array slice", Current.Start);
                Symbol("]");
                operand = new SubscriptExpr(operand, index, at);
            }
            else if (IsSymbol(".") && operand is not (ColumnExpr or LiteralExpr)) throw Unsupported("selecting a field of a composite value", at);
            else return operand;
        }
    }

    /// <summary>The operator here and its right side, or null if it binds less than <paramref name="least"/>.</summary>
    private Expr? ReadInfix(Expr left, int least)
    {
        var token = Current;
        return token.Kind switch
        {
            TokenKind.Word => ReadWordOperator(left, least, token),
            TokenKind.Symbol => ReadSymbolOperator(left, least, token),
            _ => null,
        };
    }

    private static int PowerOf(string symbol) => symbol switch
    {
        "<" or ">" or "=" or "<=" or ">=" or "<>" or "!=" => Power.Comparison,
        "+" or "-" => Power.Sum,
        "*" or "/" or "%" => Power.Product,
        "^" => Power.Exponent,
        "(" or ")" or "," or ";" or "[" or "]" or "." or ":" or "::" or ":=" => 0,
        _ => Power.Other,
    };

    private Expr? ReadSymbolOperator(Expr left, int least, Token token)
    {
        var power = PowerOf(token.Value);
        if (power == 0 || power <= least) return null;
        Take();
        return ReadRight(left, token.Value == "!=" ? "<>" : token.Value, power, token.Start);
    }

    private Expr ReadRight(Expr left, string op, int power, int at)
    {
        if (Current.Kind == TokenKind.Word && Current.Value is "any" or "some" or "all" && Ahead().IsSymbol("("))
        {
            var all = Take().Value == "all";
            Symbol("(");
            if (StartsQuery())
            {
                var query = ReadQuery();
                Symbol(")");
                return new QuantifiedExpr(left, op, all, null, query, at);
            }

            var array = ReadExpr();
            Symbol(")");
            return new QuantifiedExpr(left, op, all, array, null, at);
        }

        var right = Nested(() => ReadExpr(power));
        if (power == Power.Comparison && Current.Kind == TokenKind.Symbol && PowerOf(Current.Value) == Power.Comparison) throw Unexpected();
        return new BinaryExpr(op, left, right, at);
    }

    private Expr? ReadWordOperator(Expr left, int least, Token token)
    {
        switch (token.Value)
        {
            case "or" when Power.Or > least:
                Take();
                return new BinaryExpr("or", left, Nested(() => ReadExpr(Power.Or)), token.Start);
            case "and" when Power.And > least:
                Take();
                return new BinaryExpr("and", left, Nested(() => ReadExpr(Power.And)), token.Start);
            case "is" when Power.Is > least:
                Take();
                return ReadIs(left, token.Start);
            case "isnull" when Power.Is > least:
                Take();
                return new IsExpr(left, "null", false, token.Start);
            case "notnull" when Power.Is > least:
                Take();
                return new IsExpr(left, "null", true, token.Start);
            case "not" when Power.Between > least && Ahead().Value is "in" or "between" or "like" or "ilike" or "similar" && Power.Between > least:
                Take();
                return ReadMatch(left, true);
            case "in" or "between" or "like" or "ilike" or "similar" when Power.Between > least:
                return ReadMatch(left, false);
            case "operator" when Power.Other > least && Ahead().IsSymbol("("):
                return ReadQualifiedOperator(left);
            case "at" when Power.TimeZone > least && Ahead().IsWord("time"):
                Words("at", "time", "zone");
                var zone = Nested(() => ReadExpr(Power.TimeZone));
                return new CallExpr("timezone", [zone, left], token.Start) { Special = true };
            case "collate" when Power.Collate > least:
                Take();
                return new CollateExpr(left, QualifiedName().Name, token.Start);
            default:
                return null;
        }
    }

    private Expr ReadQualifiedOperator(Expr left)
    {
        var at = Take().Start;
        Symbol("(");
        if (Current.Kind == TokenKind.Word) { Take(); Symbol("."); }
        if (Current.Kind != TokenKind.Symbol) throw Unexpected();
        var op = Take().Value;
        Symbol(")");
        return ReadRight(left, op == "!=" ? "<>" : op, Power.Other, at);
    }

    private Expr ReadIs(Expr left, int at)
    {
        var negated = TryWord("not");
        if (TryAnyWord("null", "true", "false", "unknown")) return new IsExpr(left, Previous.Value, negated, at);
        if (TryWord("distinct"))
        {
            Word("from");
            return new BinaryExpr(negated ? "is not distinct from" : "is distinct from", left, Nested(() => ReadExpr(Power.Is)), at);
        }

        if (IsWord("document") || IsWord("json") || IsWord("normalized") || IsWord("of")) throw Unsupported("IS " + Current.Value.ToUpperInvariant(), at);
        throw Unexpected();
    }

    private Expr ReadMatch(Expr left, bool negated)
    {
        var token = Take();
        switch (token.Value)
        {
            case "in":
                return ReadIn(left, negated, token.Start);
            case "between":
                var symmetric = TryWord("symmetric");
                if (!symmetric) TryWord("asymmetric");
                var low = Nested(() => ReadExpr(Power.Between));
                Word("and");
                return new BetweenExpr(left, low, Nested(() => ReadExpr(Power.Between)), negated, symmetric, token.Start);
            case "similar":
                throw Unsupported("SIMILAR TO", token.Start, "Use LIKE or ~.");
            default:
                if (Current.Kind == TokenKind.Word && Current.Value is "any" or "some" or "all" && Ahead().IsSymbol("("))
                    return ReadRight(left, (negated, token.Value) switch { (false, "like") => "~~", (true, "like") => "!~~", (false, _) => "~~*", _ => "!~~*" }, Power.Between, token.Start);
                var pattern = Nested(() => ReadExpr(Power.Between));
                var escape = TryWord("escape") ? Nested(() => ReadExpr(Power.Between)) : null;
                return new LikeExpr(left, pattern, escape, negated, token.Value == "ilike", token.Start);
        }
    }

    private Expr ReadIn(Expr left, bool negated, int at)
    {
        Symbol("(");
        if (StartsQuery())
        {
            var query = ReadQuery();
            Symbol(")");
            return new InQueryExpr(left, query, negated, at);
        }

        var items = CommaSeparated(ReadExpr);
        Symbol(")");
        return new InListExpr(left, items, negated, at);
    }

    /// <summary>At a query's first word, perhaps behind further parentheses.</summary>
    private bool StartsQuery()
    {
        var i = 0;
        while (Ahead(i).IsSymbol("(")) i++;
        return Ahead(i).Kind == TokenKind.Word && Ahead(i).Value is "select" or "values" or "with" or "table";
    }
}

using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>Functions whose arguments are separated by words: EXTRACT, POSITION, SUBSTRING, TRIM, OVERLAY. They become plain calls.</summary>
internal sealed partial class Parser
{
    private CallExpr? ReadSpecialCall(Token token)
    {
        if (!Ahead().IsSymbol("(")) return null;
        return token.Value switch
        {
            "extract" => ReadExtract(),
            "position" => ReadPosition(),
            "substring" => ReadSubstring(),
            "trim" => ReadTrim(),
            "overlay" => ReadOverlay(),
            _ => null,
        };
    }

    private CallExpr ReadExtract()
    {
        var at = Take().Start;
        Symbol("(");
        var field = Current;
        if (field.Kind is not (TokenKind.Word or TokenKind.String or TokenKind.QuotedName)) throw Unexpected();
        Take();
        Word("from");
        var source = ReadExpr();
        Symbol(")");
        return new CallExpr("extract", [new LiteralExpr(LiteralKind.String, field.Value.ToLowerInvariant(), field.Start), source], at) { Special = true };
    }

    private CallExpr ReadPosition()
    {
        var at = Take().Start;
        Symbol("(");
        var needle = Nested(() => ReadExpr(Power.Between));
        Word("in");
        var hay = Nested(() => ReadExpr(Power.Between));
        Symbol(")");
        return new CallExpr("position", [hay, needle], at) { Special = true };
    }

    private CallExpr ReadSubstring()
    {
        var at = Take().Start;
        Symbol("(");
        var arguments = new List<Expr> { ReadExpr() };
        if (TryWord("from"))
        {
            arguments.Add(ReadExpr());
            if (TryWord("for")) arguments.Add(ReadExpr());
        }
        else if (TryWord("for"))
        {
            arguments.Add(new LiteralExpr(LiteralKind.Integer, "1", Previous.Start));
            arguments.Add(ReadExpr());
        }
        else if (IsWord("similar")) throw Unsupported("SUBSTRING … SIMILAR", Current.Start);
        else while (TrySymbol(",")) arguments.Add(ReadExpr());
        Symbol(")");
        return new CallExpr("substring", arguments, at);
    }

    private CallExpr ReadTrim()
    {
        var at = Take().Start;
        Symbol("(");
        var name = "btrim";
        if (TryWord("leading")) name = "ltrim";
        else if (TryWord("trailing")) name = "rtrim";
        else TryWord("both");
        var arguments = new List<Expr>();
        if (TryWord("from")) arguments.Add(ReadExpr());
        else
        {
            var first = ReadExpr();
            if (TryWord("from"))
            {
                arguments.Add(ReadExpr());
                arguments.Add(first);
            }
            else
            {
                arguments.Add(first);
                while (TrySymbol(",")) arguments.Add(ReadExpr());
            }
        }

        Symbol(")");
        return new CallExpr(name, arguments, at);
    }

    private CallExpr ReadOverlay()
    {
        var at = Take().Start;
        Symbol("(");
        var arguments = new List<Expr> { ReadExpr() };
        Word("placing");
        arguments.Add(ReadExpr());
        Word("from");
        arguments.Add(ReadExpr());
        if (TryWord("for")) arguments.Add(ReadExpr());
        Symbol(")");
        return new CallExpr("overlay", arguments, at);
    }
}

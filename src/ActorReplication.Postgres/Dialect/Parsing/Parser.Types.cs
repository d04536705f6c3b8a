using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

internal sealed partial class Parser
{
    private TypeName ReadTypeName() => TryReadTypeName(out var type) ? type : throw Unexpected();

    private bool TryReadTypeName(out TypeName type)
    {
        type = null!;
        var at = Current.Start;
        if (Current.Kind is not (TokenKind.Word or TokenKind.QuotedName)) return false;
        var quoted = Current.Kind == TokenKind.QuotedName;
        if (!quoted && !Keywords.CanNameFunction(Current.Value)) return false;
        var name = Take().Value;
        if (IsSymbol(".") && Ahead().Kind is TokenKind.Word or TokenKind.QuotedName)
        {
            Take();
            quoted = Current.Kind == TokenKind.QuotedName;
            name = Take().Value;
        }

        var modifiers = new List<int>();
        if (quoted) name = name == "char" ? "\"char\"" : name;
        else name = ReadTypeWords(name, modifiers);
        if (modifiers.Count == 0 && IsSymbol("(") && Ahead().Kind is TokenKind.Integer && HasModifiers(name)) ReadModifiers(modifiers);
        if (name is "timestamp" or "time") name += ReadZoneWords();
        if (name == "interval") TryAnyWord("year", "month", "day", "hour", "minute", "second");
        type = new TypeName(name, modifiers, ReadDimensions(), at);
        return true;
    }

    private static bool HasModifiers(string name) =>
        name is "varchar" or "bpchar" or "numeric" or "decimal" or "dec" or "timestamp" or "timestamptz" or "time" or "timetz" or "interval" or "bit" or "varbit" or "float";

    private string ReadTypeWords(string name, List<int> modifiers)
    {
        switch (name)
        {
            case "double":
                Word("precision");
                return "float8";
            case "character" or "char" or "nchar" or "national":
                if (name == "national" && !TryAnyWord("character", "char")) throw Unexpected();
                var varying = TryWord("varying");
                if (IsSymbol("(")) ReadModifiers(modifiers);
                if (!varying && modifiers.Count == 0) modifiers.Add(1);
                return varying ? "varchar" : "bpchar";
            case "bit":
                return TryWord("varying") ? "varbit" : "bit";
            case "float":
                if (!IsSymbol("(")) return "float8";
                var at = Current.Start;
                ReadModifiers(modifiers);
                var precision = modifiers[0];
                modifiers.Clear();
                if (precision is < 1 or > 53) throw Failure("22023", precision < 1 ? "precision for type float must be at least 1 bit" : "precision for type float must be less than 54 bits", at);
                return precision < 25 ? "float4" : "float8";
            default:
                return name;
        }
    }

    private void ReadModifiers(List<int> modifiers) => modifiers.AddRange(Parenthesised(IntegerLiteral));

    private string ReadZoneWords()
    {
        if (IsWord("with") && Ahead().IsWord("time"))
        {
            Words("with", "time", "zone");
            return "tz";
        }

        if (IsWord("without") && Ahead().IsWord("time")) Words("without", "time", "zone");
        return "";
    }

    private int ReadDimensions()
    {
        var dimensions = 0;
        if (TryWord("array")) dimensions++;
        while (IsSymbol("[") && (Ahead().IsSymbol("]") || (Ahead().Kind == TokenKind.Integer && Ahead(2).IsSymbol("]"))))
        {
            Take();
            if (!IsSymbol("]")) Take();
            Symbol("]");
            dimensions++;
        }

        return dimensions;
    }
}

namespace ActorReplication.Postgres.Dialect.Lexing;

internal enum TokenKind : byte
{
    /// <summary>Unquoted identifier or keyword; <see cref="Token.Value"/> is folded to lower case.</summary>
    Word,
    QuotedName,
    Integer,
    Decimal,
    String,

    /// <summary>B'…' or X'…'; the value begins with b or x.</summary>
    BitString,

    /// <summary>$n; the value is the number.</summary>
    Parameter,

    /// <summary>Operator or punctuation; the value is its spelling.</summary>
    Symbol,
    End,
}

/// <param name="Value">Decoded: quotes and escapes are gone.</param>
/// <param name="Start">Offset in the query text, in UTF-16 units; <paramref name="End"/> is exclusive.</param>
internal readonly record struct Token(TokenKind Kind, string Value, int Start, int End)
{
    public bool IsWord(string word) => Kind == TokenKind.Word && Value == word;
    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && Value == symbol;
}

using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>Recursive descent over PostgreSQL 15's grammar. What it does not accept is 42601 where PostgreSQL's grammar would not either,
/// and 0A000 naming the construct where it would: nothing is handed to SQLite unread.</summary>
internal sealed partial class Parser
{
    /// <summary>Nesting that a thread's stack holds with room to spare.</summary>
    private const int DeepestNesting = 200;

    private readonly string _text;
    private readonly List<Token> _tokens;
    private int _next;
    private int _depth;
    private int _parameters;

    private Parser(string text)
    {
        _text = text;
        _tokens = Lexer.Read(text);
    }

    public static IReadOnlyList<PgStatement> Parse(string text)
    {
        var parser = new Parser(text);
        var statements = new List<PgStatement>();
        while (true)
        {
            while (parser.TrySymbol(";")) { }
            if (parser.Current.Kind == TokenKind.End) return statements;
            statements.Add(parser.ReadStatement());
            if (parser.Current.Kind != TokenKind.End && !parser.Current.IsSymbol(";")) throw parser.Unexpected();
        }
    }

    private PgStatement ReadStatement()
    {
        var first = Current;
        _parameters = 0;
        var (tree, control) = ReadBody();
        var text = _text[first.Start..Previous.End];
        return new PgStatement(text, first.Start, control, tree, _text, _parameters);
    }

    private Token Current => _tokens[_next];
    private Token Previous => _tokens[Math.Max(_next - 1, 0)];
    private Token Ahead(int count = 1) => _tokens[Math.Min(_next + count, _tokens.Count - 1)];

    private Token Take()
    {
        var token = Current;
        if (token.Kind != TokenKind.End) _next++;
        return token;
    }

    private bool IsWord(string word) => Current.IsWord(word);
    private bool IsWords(string first, string second) => Current.IsWord(first) && Ahead().IsWord(second);
    private bool IsSymbol(string symbol) => Current.IsSymbol(symbol);

    private bool TryWord(string word)
    {
        if (!Current.IsWord(word)) return false;
        _next++;
        return true;
    }

    private bool TryWords(string first, string second)
    {
        if (!IsWords(first, second)) return false;
        _next += 2;
        return true;
    }

    private bool TrySymbol(string symbol)
    {
        if (!Current.IsSymbol(symbol)) return false;
        _next++;
        return true;
    }

    private void Word(string word)
    {
        if (!TryWord(word)) throw Unexpected();
    }

    private void Words(params ReadOnlySpan<string> words)
    {
        foreach (var word in words) Word(word);
    }

    private void Symbol(string symbol)
    {
        if (!TrySymbol(symbol)) throw Unexpected();
    }

    private bool TryAnyWord(params ReadOnlySpan<string> words)
    {
        if (Current.Kind != TokenKind.Word || !words.Contains(Current.Value)) return false;
        _next++;
        return true;
    }

    private DialectException Unexpected() => Unexpected(Current);

    private DialectException Unexpected(Token token) => token.Kind == TokenKind.End
        ? new DialectException("42601", "syntax error at end of input", TextPosition.Of(_text, token.Start))
        : new DialectException("42601", $"syntax error at or near \"{_text[token.Start..token.End]}\"", TextPosition.Of(_text, token.Start));

    private DialectException Unsupported(string what, int at, string? hint = null) =>
        new("0A000", $"{what} is not supported", TextPosition.Of(_text, at), hint);

    private DialectException Failure(string state, string message, int at, string? hint = null) => new(state, message, TextPosition.Of(_text, at), hint);

    private T Nested<T>(Func<T> read)
    {
        if (++_depth > DeepestNesting) throw Failure("54001", "stack depth limit exceeded", Current.Start, $"At most {DeepestNesting} levels of nesting are accepted.");
        try { return read(); }
        finally { _depth--; }
    }

    /// <summary>A column's, table's or any plain name: quoted, or a word that is not reserved.</summary>
    private string Name()
    {
        if (Current.Kind == TokenKind.QuotedName || (Current.Kind == TokenKind.Word && Keywords.CanNameColumn(Current.Value))) return Take().Value;
        throw Unexpected();
    }

    private NamedAt NameAt()
    {
        var at = Current.Start;
        return new NamedAt(Name(), at);
    }

    /// <summary>After a dot or AS every word is a name.</summary>
    private string Label()
    {
        if (Current.Kind is TokenKind.QuotedName or TokenKind.Word) return Take().Value;
        throw Unexpected();
    }

    private bool StartsName => Current.Kind == TokenKind.QuotedName || (Current.Kind == TokenKind.Word && Keywords.CanNameColumn(Current.Value));

    private (string? Schema, string Name, int At) QualifiedName()
    {
        var at = Current.Start;
        var first = Name();
        if (!TrySymbol(".")) return (null, first, at);
        var second = Label();
        if (!TrySymbol(".")) return (first, second, at);
        return (second, Label(), at);
    }

    private Target TargetName(bool alias = false)
    {
        var (schema, name, at) = QualifiedName();
        string? renamed = null;
        if (alias && TryWord("as")) renamed = Label();
        else if (alias && StartsName && !IsWord("set") && !IsWord("values") && !IsWord("default") && !IsWord("overriding")) renamed = Name();
        return new Target(schema, name, renamed, at);
    }

    private List<T> CommaSeparated<T>(Func<T> read)
    {
        var items = new List<T> { read() };
        while (TrySymbol(",")) items.Add(read());
        return items;
    }

    private List<T> Parenthesised<T>(Func<T> read)
    {
        Symbol("(");
        var items = CommaSeparated(read);
        Symbol(")");
        return items;
    }

    private bool IfNotExists()
    {
        if (!IsWord("if")) return false;
        Words("if", "not", "exists");
        return true;
    }

    private bool IfExists()
    {
        if (!IsWords("if", "exists")) return false;
        _next += 2;
        return true;
    }

    private int IntegerLiteral()
    {
        var negative = TrySymbol("-");
        if (Current.Kind != TokenKind.Integer) throw Unexpected();
        if (!int.TryParse(Current.Value, out var value)) throw Failure("22003", $"value \"{Current.Value}\" is out of range for type integer", Current.Start);
        _next++;
        return negative ? -value : value;
    }
}

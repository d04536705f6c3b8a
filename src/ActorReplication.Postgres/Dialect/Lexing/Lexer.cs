using System.Globalization;
using System.Text;

namespace ActorReplication.Postgres.Dialect.Lexing;

/// <summary>PostgreSQL's lexical rules (manual, section 4.1, standard_conforming_strings on). Cuts a whole query text into tokens; positions are kept.</summary>
internal sealed class Lexer
{
    private const int LongestNameBytes = 63;
    private const string OperatorCharacters = "+-*/<>=~!@#%^&|`?";
    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private int _at;

    private Lexer(string text) => _text = text;

    /// <exception cref="DialectException">42601, 22025 …: the text is not made of tokens.</exception>
    public static List<Token> Read(string text)
    {
        var lexer = new Lexer(text);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        while (SkipBlanks()) ReadToken();
        _tokens.Add(new Token(TokenKind.End, "", _text.Length, _text.Length));
    }

    private char Peek(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    /// <summary>Skips white space and comments; false at the end.</summary>
    private bool SkipBlanks()
    {
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c is ' ' or '\t' or '\n' or '\r' or '\f' or '\v') _at++;
            else if (c == '-' && Peek(1) == '-') SkipLine();
            else if (c == '/' && Peek(1) == '*') SkipComment();
            else return true;
        }

        return false;
    }

    private void SkipLine()
    {
        while (_at < _text.Length && _text[_at] is not ('\n' or '\r')) _at++;
    }

    private void SkipComment()
    {
        var start = _at;
        var depth = 0;
        while (_at < _text.Length)
        {
            if (Peek() == '/' && Peek(1) == '*') { depth++; _at += 2; }
            else if (Peek() == '*' && Peek(1) == '/')
            {
                depth--;
                _at += 2;
                if (depth == 0) return;
            }
            else _at++;
        }

        throw Unterminated("unterminated /* comment", start);
    }

    private void ReadToken()
    {
        var c = _text[_at];
        var start = _at;
        if (c == '\'') { Add(TokenKind.String, ReadString(false), start); return; }
        if (c == '"') { ReadQuotedName(); return; }
        if (c == '$') { ReadDollar(); return; }
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1)))) { ReadNumber(); return; }
        if (Peek(1) == '\'' && ReadPrefixedString(c)) return;
        if (c is 'u' or 'U' && Peek(1) == '&' && (Peek(2) == '\'' || Peek(2) == '"'))
            throw Error("0A000", "Unicode escapes with U& are not supported", _at, "Use E'\\uXXXX'.");
        if (IsNameStart(c)) ReadWord();
        else ReadSymbol(c);
    }

    private void Add(TokenKind kind, string value, int start) => _tokens.Add(new Token(kind, value, start, _at));

    private bool ReadPrefixedString(char prefix)
    {
        var start = _at;
        switch (char.ToLowerInvariant(prefix))
        {
            case 'e':
                _at++;
                _tokens.Add(new Token(TokenKind.String, ReadString(true), start, _at));
                return true;
            case 'n':
                _at++;
                _tokens.Add(new Token(TokenKind.String, ReadString(false), start, _at));
                return true;
            case 'b' or 'x':
                _at++;
                _tokens.Add(new Token(TokenKind.BitString, char.ToLowerInvariant(prefix) + ReadString(false), start, _at));
                return true;
            default:
                return false;
        }
    }

    /// <summary>From the opening quote; pieces separated by white space with a newline are one string.</summary>
    private string ReadString(bool escapes)
    {
        var start = _at;
        var value = new StringBuilder();
        _at++;
        while (true)
        {
            if (_at >= _text.Length) throw Unterminated("unterminated quoted string", start);
            var c = _text[_at];
            if (c == '\'' && Peek(1) == '\'') { value.Append('\''); _at += 2; }
            else if (c == '\'')
            {
                _at++;
                if (!ContinuesOnNextLine()) break;
            }
            else if (c == '\\' && escapes) ReadEscape(value, start);
            else if (c == '\0') throw Error("22021", "invalid byte sequence for encoding \"UTF8\": 0x00", _at);
            else { value.Append(c); _at++; }
        }

        return value.ToString();
    }

    private bool ContinuesOnNextLine()
    {
        var i = _at;
        var newline = false;
        while (i < _text.Length && char.IsWhiteSpace(_text[i])) newline |= _text[i++] is '\n' or '\r';
        if (!newline || i >= _text.Length || _text[i] != '\'') return false;
        _at = i + 1;
        return true;
    }

    private void ReadEscape(StringBuilder value, int start)
    {
        var c = Peek(1);
        _at += 2;
        switch (c)
        {
            case 'b': value.Append('\b'); break;
            case 'f': value.Append('\f'); break;
            case 'n': value.Append('\n'); break;
            case 'r': value.Append('\r'); break;
            case 't': value.Append('\t'); break;
            case 'v': value.Append('\v'); break;
            case 'x': AppendCode(value, 1, 2, 16); break;
            case 'u': AppendCode(value, 4, 4, 16); break;
            case 'U': AppendCode(value, 8, 8, 16); break;
            case >= '0' and <= '7': _at--; AppendCode(value, 1, 3, 8); break;
            case '\0' when _at > _text.Length: throw Unterminated("unterminated quoted string", start);
            default: value.Append(c); break;
        }
    }

    private void AppendCode(StringBuilder value, int least, int most, int radix)
    {
        var digits = 0;
        long code = 0;
        while (digits < most && char.IsAsciiHexDigit(Peek()) && Convert.ToInt32(Peek().ToString(), 16) < radix)
        {
            code = code * radix + Convert.ToInt32(Peek().ToString(), 16);
            digits++;
            _at++;
        }

        if (digits < least) throw Error("22025", "invalid Unicode escape", _at, "Unicode escapes must be \\uXXXX or \\UXXXXXXXX.");
        if (code == 0) throw Error("22021", "invalid byte sequence for encoding \"UTF8\": 0x00", _at);
        if (code is >= 0xD800 and <= 0xDFFF) value.Append((char)code);
        else if (code <= 0x10FFFF) value.Append(char.ConvertFromUtf32((int)code));
        else throw Error("22025", "invalid Unicode escape value", _at);
    }

    private void ReadQuotedName()
    {
        var start = _at++;
        var value = new StringBuilder();
        while (true)
        {
            if (_at >= _text.Length) throw Unterminated("unterminated quoted identifier", start);
            if (_text[_at] == '"' && Peek(1) == '"') { value.Append('"'); _at += 2; }
            else if (_text[_at] == '"') break;
            else value.Append(_text[_at++]);
        }

        _at++;
        if (value.Length == 0) throw Error("42601", "zero-length delimited identifier at or near \"\"\"\"", start);
        Add(TokenKind.QuotedName, Truncate(value.ToString()), start);
    }

    private void ReadDollar()
    {
        var start = _at;
        if (char.IsAsciiDigit(Peek(1)))
        {
            _at++;
            while (char.IsAsciiDigit(Peek())) _at++;
            var digits = _text[(start + 1).._at];
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65535)
                throw Error("42P02", $"there is no parameter ${digits}", start);
            Add(TokenKind.Parameter, digits, start);
            return;
        }

        var end = start + 1;
        while (end < _text.Length && IsNamePart(_text[end]) && _text[end] != '$') end++;
        if (end >= _text.Length || _text[end] != '$') throw Error("42601", "syntax error at or near \"$\"", start);
        var tag = _text[start..(end + 1)];
        var close = _text.IndexOf(tag, end + 1, StringComparison.Ordinal);
        if (close < 0) throw Unterminated("unterminated dollar-quoted string", start);
        _at = close + tag.Length;
        Add(TokenKind.String, _text[(end + 1)..close], start);
    }

    private void ReadNumber()
    {
        var start = _at;
        if (Peek() == '0' && (Peek(1) | 0x20) == 'x' && char.IsAsciiHexDigit(Peek(2)))
        {
            _at += 2;
            while (char.IsAsciiHexDigit(Peek())) _at++;
            RefuseJunk(start);
            if (!ulong.TryParse(_text.AsSpan(start + 2, _at - start - 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hex))
                throw Error("22003", $"value \"{_text[start.._at]}\" is out of range for type bigint", start);
            Add(TokenKind.Integer, hex.ToString(CultureInfo.InvariantCulture), start);
            return;
        }

        var isDecimal = false;
        while (char.IsAsciiDigit(Peek())) _at++;
        if (Peek() == '.' && Peek(1) != '.')
        {
            isDecimal = true;
            _at++;
            while (char.IsAsciiDigit(Peek())) _at++;
        }

        if (Peek() is 'e' or 'E' && (char.IsAsciiDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2)))))
        {
            isDecimal = true;
            _at += 2;
            while (char.IsAsciiDigit(Peek())) _at++;
        }

        RefuseJunk(start);
        Add(isDecimal ? TokenKind.Decimal : TokenKind.Integer, _text[start.._at], start);
    }

    private void RefuseJunk(int start)
    {
        if (!IsNameStart(Peek())) return;
        while (IsNamePart(Peek())) _at++;
        throw Error("42601", $"trailing junk after numeric literal at or near \"{_text[start.._at]}\"", start);
    }

    private void ReadWord()
    {
        var start = _at;
        while (_at < _text.Length && IsNamePart(_text[_at])) _at++;
        Add(TokenKind.Word, Truncate(Fold(_text.AsSpan(start, _at - start))), start);
    }

    /// <summary>Only ASCII letters are folded, as PostgreSQL does in a UTF-8 database.</summary>
    private static string Fold(ReadOnlySpan<char> word)
    {
        Span<char> folded = word.Length <= 128 ? stackalloc char[word.Length] : new char[word.Length];
        for (var i = 0; i < word.Length; i++) folded[i] = char.IsAsciiLetterUpper(word[i]) ? (char)(word[i] | 0x20) : word[i];
        return Keywords.Intern(folded);
    }

    private static string Truncate(string name)
    {
        if (name.Length * 3 <= LongestNameBytes || Encoding.UTF8.GetByteCount(name) <= LongestNameBytes) return name;
        var length = name.Length;
        while (Encoding.UTF8.GetByteCount(name.AsSpan(0, length)) > LongestNameBytes || char.IsHighSurrogate(name[length - 1])) length--;
        return name[..length];
    }

    private void ReadSymbol(char c)
    {
        var start = _at;
        if (c == ':' && (Peek(1) == ':' || Peek(1) == '=')) _at += 2;
        else if (c is '(' or ')' or ',' or ';' or '[' or ']' or '.' or ':') _at++;
        else if (OperatorCharacters.Contains(c)) ReadOperator();
        else throw Error("42601", $"syntax error at or near \"{c}\"", start);
        Add(TokenKind.Symbol, Keywords.Intern(_text.AsSpan(start, _at - start)), start);
    }

    /// <summary>The longest run, ended by a comment; + and - may end it only if it holds one of ~ ! @ # % ^ &amp; | ` ?.</summary>
    private void ReadOperator()
    {
        var start = _at;
        while (_at < _text.Length && OperatorCharacters.Contains(_text[_at]))
        {
            if (_at > start && ((Peek() == '-' && Peek(1) == '-') || (Peek() == '/' && Peek(1) == '*'))) break;
            _at++;
        }

        while (_at - start > 1 && (_text[_at - 1] == '+' || _text[_at - 1] == '-') && _text.AsSpan(start, _at - start).IndexOfAny("~!@#%^&|`?") < 0) _at--;
    }

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_' || c >= 0x80;
    private static bool IsNamePart(char c) => IsNameStart(c) || char.IsAsciiDigit(c) || c == '$';

    private DialectException Unterminated(string what, int start) => Error("42601", $"{what} at or near \"{_text[start..]}\"", start);

    private DialectException Error(string state, string message, int offset, string? hint = null) =>
        new(state, message, TextPosition.Of(_text, offset), hint);
}

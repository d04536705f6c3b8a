using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>Text: characters are code points, as in PostgreSQL.</summary>
internal static class TextFunctions
{
    /// <summary>No result may be longer; a larger one is a mistake or an attack.</summary>
    private const int LongestResult = 64 << 20;

    public static IEnumerable<SqlFunction> All =>
    [
        Call.OfText("pg_initcap", InitCap),
        Call.Strict("pg_substr", -1, Substring),
        Call.Strict("pg_left", 2, call => call.ReturnString(Left(Runes(call, 0), call.Int64(1)))),
        Call.Strict("pg_right", 2, call => call.ReturnString(Right(Runes(call, 0), call.Int64(1)))),
        Call.Strict("pg_overlay", -1, Overlay),
        Call.Strict("pg_lpad", -1, call => Pad(call, left: true)),
        Call.Strict("pg_rpad", -1, call => Pad(call, left: false)),
        Call.Strict("pg_translate", 3, Translate),
        Call.Strict("pg_repeat", 2, Repeat),
        Call.OfText("pg_reverse", text => string.Concat(text.EnumerateRunes().Reverse().Select(r => r.ToString()))),
        Call.Strict("pg_split_part", 3, SplitPart),
        Call.Strict("pg_md5", 1, call => call.ReturnString(Convert.ToHexStringLower(MD5.HashData(Bytes(call, 0))))),
        Call.Strict("pg_sha256", 1, call => call.ReturnBlob(SHA256.HashData(Bytes(call, 0)))),
        Call.Strict("pg_encode", 2, Encode),
        Call.Strict("pg_decode", 2, Decode),
        Call.OfText("pg_quote_ident", QuoteIdentifier),
        Call.OfText("pg_quote_literal", QuoteLiteral),
        new SqlFunction("pg_format", -1, true, Format),
    ];

    private static List<Rune> Runes(ISqlFunctionCall call, int argument) => [.. call.String(argument).EnumerateRunes()];

    private static string Text(IEnumerable<Rune> runes)
    {
        var text = new StringBuilder();
        foreach (var rune in runes) text.Append(rune.ToString());
        return text.ToString();
    }

    private static ReadOnlySpan<byte> Bytes(ISqlFunctionCall call, int argument) => call.Kind(argument) == SqlKind.Blob ? call.Blob(argument) : call.Text(argument);

    private static string InitCap(string text)
    {
        var result = new StringBuilder(text.Length);
        var inWord = false;
        foreach (var c in text)
        {
            result.Append(inWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inWord = char.IsLetterOrDigit(c);
        }

        return result.ToString();
    }

    /// <summary>Positions before the first character count, unlike in SQLite.</summary>
    private static void Substring(ISqlFunctionCall call)
    {
        var runes = Runes(call, 0);
        var start = call.Int64(1);
        var end = long.MaxValue;
        if (call.Count > 2)
        {
            if (call.Int64(2) < 0) throw new DialectException("22011", "negative substring length not allowed");
            end = start > long.MaxValue - call.Int64(2) ? long.MaxValue : start + call.Int64(2);
        }

        var from = (int)Math.Clamp(start - 1, 0, runes.Count);
        var to = (int)Math.Clamp(end - 1, from, runes.Count);
        call.ReturnString(Text(runes[from..to]));
    }

    private static string Left(List<Rune> runes, long count) => Text(runes.Take((int)Math.Clamp(count >= 0 ? count : runes.Count + count, 0, runes.Count)));

    private static string Right(List<Rune> runes, long count) => Text(runes.Skip(runes.Count - (int)Math.Clamp(count >= 0 ? count : runes.Count + count, 0, runes.Count)));

    private static void Overlay(ISqlFunctionCall call)
    {
        var (text, placing) = (Runes(call, 0), Runes(call, 1));
        var start = call.Int64(2);
        if (start < 1) throw new DialectException("22011", "negative substring length not allowed");
        var length = call.Count > 3 ? call.Int64(3) : placing.Count;
        var from = (int)Math.Min(start - 1, text.Count);
        var to = (int)Math.Clamp(start - 1 + length, 0, text.Count);
        call.ReturnString(Text(text.Take(from).Concat(placing).Concat(text.Skip(to))));
    }

    private static void Pad(ISqlFunctionCall call, bool left)
    {
        var text = Runes(call, 0);
        var length = Math.Max(0, call.Int64(1));
        RequireLength(length);
        var fill = call.Count > 2 ? Runes(call, 2) : [new Rune(' ')];
        if (text.Count >= length || fill.Count == 0) { call.ReturnString(Text(text.Take((int)length))); return; }
        var padding = Enumerable.Range(0, (int)length - text.Count).Select(i => fill[i % fill.Count]);
        call.ReturnString(left ? Text(padding.Concat(text)) : Text(text.Concat(padding)));
    }

    private static void RequireLength(long length)
    {
        if (length > LongestResult) throw new DialectException("54000", "requested length too large");
    }

    private static void Translate(ISqlFunctionCall call)
    {
        var (from, to) = (Runes(call, 1), Runes(call, 2));
        var result = new StringBuilder();
        foreach (var rune in call.String(0).EnumerateRunes())
        {
            var index = from.IndexOf(rune);
            if (index < 0) result.Append(rune.ToString());
            else if (index < to.Count) result.Append(to[index].ToString());
        }

        call.ReturnString(result.ToString());
    }

    private static void Repeat(ISqlFunctionCall call)
    {
        var text = call.String(0);
        var count = Math.Max(0, call.Int64(1));
        if (count > 0 && text.Length > 0) RequireLength(count > LongestResult ? long.MaxValue : count * text.Length);
        call.ReturnString(text.Length == 0 ? "" : new StringBuilder(text.Length * (int)count).Insert(0, text, (int)count).ToString());
    }

    private static void SplitPart(ISqlFunctionCall call)
    {
        var (text, delimiter, field) = (call.String(0), call.String(1), call.Int64(2));
        if (field == 0) throw new DialectException("22023", "field position must not be zero");
        var parts = delimiter.Length == 0 ? [text] : text.Split(delimiter);
        var index = field > 0 ? field - 1 : parts.Length + field;
        call.ReturnString(index >= 0 && index < parts.Length ? parts[index] : "");
    }

    private static void Encode(ISqlFunctionCall call)
    {
        var bytes = Bytes(call, 0);
        call.ReturnString(call.String(1).ToLowerInvariant() switch
        {
            "hex" => Convert.ToHexStringLower(bytes),
            "base64" => Convert.ToBase64String(bytes),
            var other => throw new DialectException("22023", $"unrecognized encoding: \"{other}\""),
        });
    }

    private static void Decode(ISqlFunctionCall call)
    {
        try
        {
            call.ReturnBlob(call.String(1).ToLowerInvariant() switch
            {
                "hex" => Convert.FromHexString(call.String(0)),
                "base64" => Convert.FromBase64String(call.String(0)),
                var other => throw new DialectException("22023", $"unrecognized encoding: \"{other}\""),
            });
        }
        catch (FormatException)
        {
            throw new DialectException("22023", $"invalid {call.String(1)} data");
        }
    }

    private static string QuoteIdentifier(string name)
    {
        var isPlain = name.Length > 0 && (char.IsAsciiLetterLower(name[0]) || name[0] == '_') && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_') && Keywords.CanNameColumn(name);
        return isPlain ? name : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string QuoteLiteral(string text)
    {
        var quoted = $"'{text.Replace("'", "''", StringComparison.Ordinal).Replace("\\", "\\\\", StringComparison.Ordinal)}'";
        return text.Contains('\\') ? "E" + quoted : quoted;
    }

    /// <summary>%s, %I, %L and %%, with n$.</summary>
    private static void Format(ISqlFunctionCall call)
    {
        if (call.IsNull(0)) { call.ReturnNull(); return; }
        var format = call.String(0);
        var result = new StringBuilder();
        var next = 1;
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%') { result.Append(format[i]); continue; }
            if (++i == format.Length) throw new DialectException("22023", "unterminated format() type specifier");
            if (format[i] == '%') { result.Append('%'); continue; }
            var dollar = format.IndexOf('$', i);
            var argument = next;
            if (dollar > i && int.TryParse(format.AsSpan(i, dollar - i), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                argument = number;
                i = dollar + 1;
            }

            if (i >= format.Length) throw new DialectException("22023", "unterminated format() type specifier");
            if (argument < 1 || argument >= call.Count) throw new DialectException("22023", "too few arguments for format()");
            next = argument + 1;
            var value = call.IsNull(argument) ? null : call.String(argument);
            result.Append(format[i] switch
            {
                's' => value ?? "",
                'L' => value is null ? "NULL" : QuoteLiteral(value),
                'I' => QuoteIdentifier(value ?? throw new DialectException("22004", "null values cannot be formatted as an SQL identifier")),
                var other => throw new DialectException("22023", $"unrecognized format() type specifier \"{other}\""),
            });
        }

        call.ReturnString(result.ToString());
    }
}

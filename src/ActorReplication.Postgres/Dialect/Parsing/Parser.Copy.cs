using ActorReplication.Postgres.Dialect.Lexing;
using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Parsing;

/// <summary>COPY, with its options in parentheses or in the spelling from before 9.0.</summary>
internal sealed partial class Parser
{
    private const string UseStandardStreams = "Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.";

    private ControlStatement.Copy ReadCopy()
    {
        Take();
        var options = new CopyOptionList { IsBinary = TryWord("binary") };
        if (IsSymbol("(")) return ReadCopyQuery(options);
        var (schema, table, _) = QualifiedName();
        IReadOnlyList<string> columns = IsSymbol("(") ? Parenthesised(Name) : [];
        var isIn = TryWord("from");
        if (!isIn) Word("to");
        ReadCopyEnd();
        ReadCopyOptions(options, isIn);
        if (IsWord("where")) throw Unsupported("COPY … WHERE", Current.Start, "Copy into another table and INSERT … SELECT … WHERE from it.");
        return new ControlStatement.Copy(schema, table, columns, null, isIn, Checked(options, isIn));
    }

    private ControlStatement.Copy ReadCopyQuery(CopyOptionList options)
    {
        Symbol("(");
        var inner = ReadStatement();
        if (inner.Tree is not (SelectStatement or InsertStatement or UpdateStatement or DeleteStatement)) throw Failure("42601", $"syntax error at or near \"{inner.Text.Split(' ')[0]}\"", inner.Offset);
        if (inner.Tree is InsertStatement { Returning: null } or UpdateStatement { Returning: null } or DeleteStatement { Returning: null })
            throw Failure("0A000", "COPY query must have a RETURNING clause", inner.Offset);
        Symbol(")");
        Word("to");
        ReadCopyEnd();
        ReadCopyOptions(options, isIn: false);
        return new ControlStatement.Copy(null, null, [], inner, false, Checked(options, isIn: false));
    }

    /// <summary>PostgreSQL takes both words in both directions.</summary>
    private void ReadCopyEnd()
    {
        if (TryAnyWord("stdin", "stdout")) return;
        if (IsWord("program")) throw Failure("42501", "COPY to or from an external program is not allowed", Current.Start, UseStandardStreams);
        if (Current.Kind == TokenKind.String) throw Failure("42501", "COPY to or from a file of the server is not allowed", Current.Start, UseStandardStreams);
        throw Unexpected();
    }

    private void ReadCopyOptions(CopyOptionList options, bool isIn)
    {
        if (TryWord("using")) Word("delimiters");
        else if (!TryWord("delimiters")) { ReadCopyOptionList(options, isIn); return; }
        options.Delimiter = CopyText();
        ReadCopyOptionList(options, isIn);
    }

    private void ReadCopyOptionList(CopyOptionList options, bool isIn)
    {
        TryWord("with");
        if (IsSymbol("("))
        {
            Parenthesised(() => { ReadCopyOption(options); return true; });
            return;
        }
        while (TryOldCopyOption(options, isIn)) { }
    }

    private void ReadCopyOption(CopyOptionList options)
    {
        var at = Current.Start;
        var name = Label();
        if (!options.Seen.Add(name)) throw Failure("42601", "conflicting or redundant options", at);
        switch (name)
        {
            case "format":
                var format = Take();
                options.IsCsv = format.Value.Equals("csv", StringComparison.OrdinalIgnoreCase);
                options.IsBinary = format.Value.Equals("binary", StringComparison.OrdinalIgnoreCase);
                if (!options.IsCsv && !options.IsBinary && !format.Value.Equals("text", StringComparison.OrdinalIgnoreCase)) throw Failure("22023", $"COPY format \"{format.Value}\" not recognized", format.Start);
                break;
            case "delimiter": options.Delimiter = CopyText(); break;
            case "null": options.Null = CopyText(); break;
            case "quote": options.Quote = CopyText(); break;
            case "escape": options.Escape = CopyText(); break;
            case "encoding": RequireUtf8(); break;
            case "freeze": CopyBool("freeze"); break;
            case "header":
                options.Header = TryWord("match") ? CopyHeader.Match : CopyBool("header") ? CopyHeader.Line : CopyHeader.None;
                break;
            case "force_quote": options.ForceQuote = CopyColumns(); break;
            case "force_not_null": options.ForceNotNull = CopyColumns(); break;
            case "force_null": options.ForceNull = CopyColumns(); break;
            default: throw Failure("42601", $"option \"{name}\" not recognized", at);
        }
    }

    private bool TryOldCopyOption(CopyOptionList options, bool isIn)
    {
        if (TryWord("binary")) options.IsBinary = true;
        else if (TryWord("csv")) options.IsCsv = true;
        else if (TryWord("freeze")) { }
        else if (TryWord("header")) options.Header = CopyHeader.Line;
        else if (TryWord("delimiter")) { TryWord("as"); options.Delimiter = CopyText(); }
        else if (TryWord("null")) { TryWord("as"); options.Null = CopyText(); }
        else if (TryWord("quote")) { TryWord("as"); options.Quote = CopyText(); }
        else if (TryWord("escape")) { TryWord("as"); options.Escape = CopyText(); }
        else if (TryWord("encoding")) RequireUtf8();
        else if (TryWords("force", "quote")) options.ForceQuote = TrySymbol("*") ? [] : CommaSeparated(Name);
        else if (TryWords("force", "null")) options.ForceNull = CommaSeparated(Name);
        else if (TryWords("force", "not")) { Word("null"); options.ForceNotNull = CommaSeparated(Name); }
        else return false;
        return true;
    }

    private List<string> CopyColumns() => TrySymbol("*") ? [] : Parenthesised(Name);

    private string CopyText() => Current.Kind == TokenKind.String ? Take().Value : throw Unexpected();

    private void RequireUtf8()
    {
        var at = Current.Start;
        var name = CopyText();
        if (name.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant() is not ("UTF8" or "UNICODE")) throw Unsupported($"COPY in the encoding {name}", at, "Convert the data to UTF8.");
    }

    private bool CopyBool(string option)
    {
        if (IsSymbol(",") || IsSymbol(")")) return true;
        var token = Take();
        return token.Value.ToLowerInvariant() switch
        {
            "true" or "on" or "1" => true,
            "false" or "off" or "0" => false,
            _ => throw Failure("42601", $"{option} requires a Boolean value", token.Start),
        };
    }

    private CopyOptions Checked(CopyOptionList options, bool isIn)
    {
        var format = options.IsBinary ? CopyFormat.Binary : options.IsCsv ? CopyFormat.Csv : CopyFormat.Text;
        if (format == CopyFormat.Binary)
        {
            if (options.Delimiter is not null) throw Wrong("cannot specify DELIMITER in BINARY mode", "42601");
            if (options.Null is not null) throw Wrong("cannot specify NULL in BINARY mode", "42601");
            if (options.Header != CopyHeader.None) throw Wrong("cannot specify HEADER in BINARY mode", "42601");
        }
        if (format != CopyFormat.Csv && (options.Quote is not null || options.Escape is not null)) throw Wrong("COPY quote and escape available only in CSV mode", "0A000");
        if (format != CopyFormat.Csv && options.ForceQuote is not null) throw Wrong("COPY force quote available only in CSV mode", "0A000");
        if (options.ForceQuote is not null && isIn) throw Wrong("COPY force quote only available using COPY TO", "0A000");
        if (options.ForceNotNull.Count + options.ForceNull.Count > 0 && (format != CopyFormat.Csv || !isIn)) throw Wrong("COPY force null and force not null only available using COPY FROM in CSV mode", "0A000");
        if (options.Header == CopyHeader.Match && !isIn) throw Wrong("cannot use \"match\" with HEADER in COPY TO", "0A000");
        var delimiter = OneByte(options.Delimiter, "delimiter");
        if (delimiter is '\r' or '\n') throw Wrong("COPY delimiter cannot be newline or carriage return", "22023");
        if (format == CopyFormat.Text && delimiter is { } letter && (char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '\\' or '.')) throw Wrong($"COPY delimiter cannot be \"{letter}\"", "22023");
        if (options.Null?.IndexOfAny(['\r', '\n']) >= 0) throw Wrong("COPY null representation cannot use newline or carriage return", "22023");
        var quote = OneByte(options.Quote, "quote");
        if (format == CopyFormat.Csv && (delimiter ?? ',') == (quote ?? '"')) throw Wrong("COPY delimiter and quote must be different", "22023");
        if (options.Null?.Contains(delimiter ?? (format == CopyFormat.Csv ? ',' : '\t')) == true) throw Wrong("COPY delimiter must not appear in the NULL specification", "22023");
        if (format == CopyFormat.Csv && options.Null?.Contains(quote ?? '"') == true) throw Wrong("CSV quote character must not appear in the NULL specification", "22023");
        return new CopyOptions(format, delimiter, options.Null, options.Header, quote, OneByte(options.Escape, "escape"), options.ForceQuote, options.ForceNotNull, options.ForceNull);
    }

    private char? OneByte(string? text, string what) => text switch
    {
        null => null,
        [var one] when one < 0x80 => one,
        _ => throw Wrong($"COPY {what} must be a single one-byte character", "0A000"),
    };

    private DialectException Wrong(string message, string state) => Failure(state, message, Previous.Start);

    private sealed class CopyOptionList
    {
        public HashSet<string> Seen { get; } = [];
        public bool IsCsv { get; set; }
        public bool IsBinary { get; set; }
        public string? Delimiter { get; set; }
        public string? Null { get; set; }
        public CopyHeader Header { get; set; }
        public string? Quote { get; set; }
        public string? Escape { get; set; }
        public IReadOnlyList<string>? ForceQuote { get; set; }
        public IReadOnlyList<string> ForceNotNull { get; set; } = [];
        public IReadOnlyList<string> ForceNull { get; set; } = [];
    }
}

using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>LIKE with escapes, and POSIX regular expressions by .NET's engine in its non-backtracking mode where it can, else with a time limit.</summary>
internal static class PatternFunctions
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);
    private static readonly TextCache<Regex> Compiled = new(512);

    public static IEnumerable<SqlFunction> All =>
    [
        Call.Strict("pg_like", 4, Like),
        Call.Strict("pg_regex_match", 3, call => call.Return(Guarded(() => Find(call.String(1), call.Int64(2) == 1 ? "i" : "").IsMatch(call.String(0))))),
        Call.Strict("pg_regex_substring", 2, Substring),
        Call.Strict("pg_regexp_replace", -1, Replace),
        Call.Strict("pg_regexp_match", -1, Groups),
        Call.Strict("pg_regexp_split", 2, call => call.ReturnString(JsonSerializer.Serialize(Guarded(() => Find(call.String(1), "").Split(call.String(0)))))),
    ];

    /// <summary>(text, pattern, escape, 1 to ignore case).</summary>
    private static void Like(ISqlFunctionCall call)
    {
        var escape = call.String(2);
        if (escape.Length > 1) throw new DialectException("22019", "invalid escape string", 0, "Escape string must be empty or one character.");
        var ignoreCase = call.Int64(3) == 1;
        var (text, pattern) = (call.String(0), call.String(1));
        if (ignoreCase) (text, pattern) = (text.ToLowerInvariant(), pattern.ToLowerInvariant());
        call.Return(LikePattern.IsMatch(text, pattern, escape.Length == 0 ? null : ignoreCase ? char.ToLowerInvariant(escape[0]) : escape[0]));
    }

    private static void Substring(ISqlFunctionCall call)
    {
        var match = Guarded(() => Find(call.String(1), "").Match(call.String(0)));
        if (!match.Success) call.ReturnNull();
        else call.ReturnString(match.Groups.Count > 1 ? match.Groups[1].Value : match.Value);
    }

    private static void Replace(ISqlFunctionCall call)
    {
        var flags = call.Count > 3 ? call.String(3) : "";
        var regex = Find(call.String(1), flags);
        var replacement = Replacement(call.String(2));
        call.ReturnString(Guarded(() => regex.Replace(call.String(0), replacement, flags.Contains('g') ? -1 : 1)));
    }

    /// <summary>\1 and \&amp; in PostgreSQL's words; $ means nothing there.</summary>
    private static string Replacement(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '$') result.Append("$$");
            else if (text[i] == '\\' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1])) result.Append("${").Append(text[++i]).Append('}');
            else if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] == '&') { result.Append("$0"); i++; }
            else if (text[i] == '\\' && i + 1 < text.Length) result.Append(text[++i]);
            else result.Append(text[i]);
        }

        return result.ToString();
    }

    private static void Groups(ISqlFunctionCall call)
    {
        var match = Guarded(() => Find(call.String(1), call.Count > 2 ? call.String(2) : "").Match(call.String(0)));
        if (!match.Success) { call.ReturnNull(); return; }
        var values = match.Groups.Count > 1 ? match.Groups.Cast<Group>().Skip(1).Select(g => g.Success ? g.Value : null) : [match.Value];
        call.ReturnString(JsonSerializer.Serialize(values));
    }

    private static Regex Find(string pattern, string flags)
    {
        var key = flags + "/" + pattern;
        if (Compiled.Find(key) is { } known) return known;
        var options = RegexOptions.CultureInvariant;
        foreach (var flag in flags)
            options |= flag switch
            {
                'i' => RegexOptions.IgnoreCase,
                'n' or 'm' => RegexOptions.Multiline,
                's' => RegexOptions.Singleline,
                'x' => RegexOptions.IgnorePatternWhitespace,
                'g' or 'c' => RegexOptions.None,
                _ => throw new DialectException("22023", $"invalid regular expression option: \"{flag}\""),
            };
        if (!flags.Contains('n') && !flags.Contains('m')) options |= RegexOptions.Singleline;
        try
        {
            var regex = Build(Translate(pattern), options);
            Compiled.Add(key, regex);
            return regex;
        }
        catch (ArgumentException wrong)
        {
            throw new DialectException("2201B", $"invalid regular expression: {wrong.Message}");
        }
    }

    private static Regex Build(string pattern, RegexOptions options)
    {
        try
        {
            return new Regex(pattern, options | RegexOptions.NonBacktracking, Limit);
        }
        catch (NotSupportedException)
        {
            // Back references and look-around need the other engine.
            return new Regex(pattern, options, Limit);
        }
    }

    /// <summary>PostgreSQL's \m, \M, \y and \Z in .NET's words; $ means the very end.</summary>
    private static string Translate(string pattern)
    {
        if (pattern.StartsWith("***", StringComparison.Ordinal)) throw new DialectException("0A000", "regular expression directors (***) are not supported");
        var result = new StringBuilder();
        var inSet = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '\\' && i + 1 < pattern.Length)
            {
                var next = pattern[++i];
                result.Append(next switch { 'm' => @"\b(?=\w)", 'M' => @"\b(?<=\w)", 'y' => @"\b", 'Y' => @"\B", 'Z' => @"\z", _ => "\\" + next });
                continue;
            }

            if (inSet && c == '[' && i + 1 < pattern.Length && pattern[i + 1] == ':' && pattern.IndexOf(":]", i, StringComparison.Ordinal) is var end and > 0)
            {
                result.Append(SetClass(pattern[(i + 2)..end]));
                i = end + 1;
                continue;
            }

            if (c == '[' && !inSet) inSet = true;
            else if (c == '[') { result.Append(@"\["); continue; }
            else if (c == ']' && inSet && result[^1] != '[' && !(result[^1] == '^' && result.Length > 1 && result[^2] == '[')) inSet = false;
            else if (c == '$' && !inSet) { result.Append(@"\z"); continue; }
            result.Append(c);
        }

        return result.ToString();
    }

    private static string SetClass(string name) => name switch
    {
        "alpha" => "a-zA-Z",
        "digit" => "0-9",
        "alnum" => "a-zA-Z0-9",
        "upper" => "A-Z",
        "lower" => "a-z",
        "space" => @"\s",
        "punct" => @"!-/:-@\[-`{-~",
        "xdigit" => "0-9a-fA-F",
        "word" => @"\w",
        _ => throw new DialectException("2201B", "invalid regular expression: invalid character class"),
    };

    private static T Guarded<T>(Func<T> run)
    {
        try
        {
            return run();
        }
        catch (RegexMatchTimeoutException)
        {
            throw new DialectException("57014", "regular expression took too long");
        }
    }
}

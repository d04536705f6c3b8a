using System.Text;
using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Session;

/// <summary>The startup packet's <c>options</c>: a command line of <c>-c name=value</c>, <c>-cname=value</c> and <c>--name=value</c>; a backslash takes the next character as it is.</summary>
internal static class StartupOptions
{
    public static List<KeyValuePair<string, string>> Parse(string options)
    {
        var settings = new List<KeyValuePair<string, string>>();
        var words = Words(options);
        for (var i = 0; i < words.Count; i++)
        {
            string assignment;
            if (words[i] == "-c" && i + 1 < words.Count) assignment = words[++i];
            else if (words[i].StartsWith("-c", StringComparison.Ordinal) && words[i].Length > 2) assignment = words[i][2..];
            else if (words[i].StartsWith("--", StringComparison.Ordinal)) assignment = words[i][2..].Replace('-', '_');
            else throw Invalid(words[i]);
            var equals = assignment.IndexOf('=');
            if (equals <= 0) throw Invalid(words[i]);
            settings.Add(new(words[i].StartsWith("--", StringComparison.Ordinal) ? assignment[..equals] : assignment[..equals].Trim(), Value(words[i], assignment, equals)));
        }
        return settings;
    }

    /// <summary>Hyphens stand for underscores in the name only.</summary>
    private static string Value(string word, string assignment, int equals) =>
        word.StartsWith("--", StringComparison.Ordinal) ? word[(2 + equals + 1)..] : assignment[(equals + 1)..];

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var any = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length) { word.Append(text[++i]); any = true; continue; }
            if (!char.IsWhiteSpace(text[i])) { word.Append(text[i]); any = true; continue; }
            if (any) words.Add(word.ToString());
            word.Clear();
            any = false;
        }
        if (any) words.Add(word.ToString());
        return words;
    }

    private static PgException Invalid(string word) => new(PgError.FatalError(SqlStates.SyntaxError, $"invalid command-line argument for server process: {word}"));
}

using System.Text;

namespace ActorReplication.Cmd.Shell;

/// <summary>A line of the shell, cut into words as a POSIX shell does: blanks separate, quotes hold together.</summary>
internal static class ShellLine
{
    /// <exception cref="CommandException">A quote is not closed.</exception>
    public static IReadOnlyList<string> Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (inWord, quote) = (false, '\0');
        foreach (var c in line)
        {
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                else word.Append(c);
            }
            else if (c is '"' or '\'') (quote, inWord) = (c, true);
            else if (!char.IsWhiteSpace(c))
            {
                word.Append(c);
                inWord = true;
            }
            else if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }
        if (quote != '\0') throw new CommandException($"a {quote} is not closed", CommandException.Usage);
        if (inWord) words.Add(word.ToString());
        return words;
    }

    /// <summary>How the line could go on: whole next words of commands that begin as it does.</summary>
    public static IReadOnlyList<string> Completions(string line, IEnumerable<string> commands)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var begun = line.Length == 0 || line.EndsWith(' ') ? "" : words[^1];
        var before = begun.Length == 0 ? words : words[..^1];
        return [.. commands.Select(c => c.Split(' ')).Where(c => c.Length > before.Length && before.SequenceEqual(c.Take(before.Length)) && c[before.Length].StartsWith(begun, StringComparison.Ordinal))
            .Select(c => c[before.Length]).Distinct().Order(StringComparer.Ordinal)];
    }
}

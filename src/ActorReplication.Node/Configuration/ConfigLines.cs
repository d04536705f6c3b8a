namespace ActorReplication.Node.Configuration;

/// <summary>Where a key was written.</summary>
internal readonly record struct KeyPlace(string Path, string Origin, int Line);

/// <summary>Finds each key's line in a HOCON text. (The parsed tree keeps no places.) It follows braces, strings and comments only as
/// far as that needs, and leaves judging the syntax to the parser.</summary>
internal static class ConfigLines
{
    /// <summary>Deeper than any configuration; Akka's parser calls itself for each, and would end the process with its stack.</summary>
    private const int MostDepth = 64;

    /// <summary>Keys of leaves and of objects, in order of writing; the paths of <paramref name="text"/>'s keys start with <paramref name="prefix"/>.</summary>
    /// <param name="include">Called for each include, with the path it stands under and the file's name.</param>
    /// <param name="complain">Takes line and problem of each brace that has no partner (Akka's parser lets them pass), and of what is nested too deep to go on.</param>
    public static List<KeyPlace> Scan(string text, string origin, string prefix = "", Action<string, string>? include = null, Action<int, string>? complain = null)
    {
        var places = new List<KeyPlace>();
        var objects = new Stack<(string Path, int Line)>();
        var here = prefix;
        var (i, line, lists) = (0, 1, 0);
        var expectsKey = true;
        while (i < text.Length)
        {
            var c = text[i];
            if (c == '\n') { line++; i++; if (lists == 0) expectsKey = true; continue; }
            if (char.IsWhiteSpace(c)) { i++; continue; }
            if (c == '#' || (c == '/' && At(text, i + 1) == '/')) { i = SkipLine(text, i); continue; }
            if (c is '[' or '{' && objects.Count + lists >= MostDepth)
            {
                complain?.Invoke(line, $"nested more than {MostDepth} deep");
                return places;
            }
            switch (c)
            {
                case '[': lists++; i++; continue;
                case ']': lists--; i++; continue;
                case ',': expectsKey = lists == 0; i++; continue;
                case '{':
                    if (lists > 0) { lists++; i++; continue; }
                    objects.Push((here, line));
                    if (places.Count > 0 && !expectsKey) here = places[^1].Path;
                    expectsKey = true;
                    i++;
                    continue;
                case '}':
                    if (lists > 0) { lists--; i++; continue; }
                    if (objects.Count == 0) complain?.Invoke(line, "a } without its {");
                    here = objects.Count > 0 ? objects.Pop().Path : prefix;
                    expectsKey = true;
                    i++;
                    continue;
            }
            if (!expectsKey || lists > 0) { (i, line) = SkipValue(text, i, line); continue; }
            var start = i;
            var key = ReadKey(text, ref i);
            if (i == start) { i++; continue; }
            if (key == "include")
            {
                var name = ReadIncluded(text, ref i);
                if (name is not null) include?.Invoke(here, name);
                continue;
            }
            places.Add(new KeyPlace(here.Length == 0 ? key : here + "." + key, origin, line));
            expectsKey = false;
        }
        foreach (var (_, opened) in objects) complain?.Invoke(opened, "the { of this line is never closed");
        return places;
    }

    private static char At(string text, int i) => i < text.Length ? text[i] : '\0';

    private static int SkipLine(string text, int i)
    {
        while (i < text.Length && text[i] != '\n') i++;
        return i;
    }

    private static (int Next, int Line) SkipValue(string text, int i, int line)
    {
        if (text[i] != '"') return (i + 1, line);
        var triple = At(text, i + 1) == '"' && At(text, i + 2) == '"';
        i += triple ? 3 : 1;
        for (; i < text.Length; i++)
        {
            if (text[i] == '\n') line++;
            if (triple ? text[i] == '"' && At(text, i + 1) == '"' && At(text, i + 2) == '"' : text[i] == '"') return (i + (triple ? 3 : 1), line);
            if (!triple && text[i] == '\\') i++;
            if (!triple && At(text, i) == '\n') return (i, line - (text[i] == '\n' ? 1 : 0));
        }
        return (i, line);
    }

    private static string ReadKey(string text, ref int i)
    {
        var key = new System.Text.StringBuilder();
        while (i < text.Length)
        {
            var c = text[i];
            if (c == '"')
            {
                var end = text.IndexOf('"', i + 1);
                if (end < 0) { i = text.Length; break; }
                key.Append(text, i + 1, end - i - 1);
                i = end + 1;
                continue;
            }
            if (c is '=' or ':' or '{' or '}' or '\n' or ',' or '#' or '[' or ']' || (c == '+' && At(text, i + 1) == '=')) break;
            if (key.ToString() == "include" && char.IsWhiteSpace(c)) break;
            key.Append(c);
            i++;
        }
        return key.ToString().Trim();
    }

    private static string? ReadIncluded(string text, ref int i)
    {
        var open = text.IndexOf('"', i);
        var newline = text.IndexOf('\n', i);
        if (open < 0 || (newline >= 0 && newline < open)) { i = newline < 0 ? text.Length : newline; return null; }
        var close = text.IndexOf('"', open + 1);
        if (close < 0) { i = text.Length; return null; }
        i = close + 1;
        return text[(open + 1)..close];
    }
}

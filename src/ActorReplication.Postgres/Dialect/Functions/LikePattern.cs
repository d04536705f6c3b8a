namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>LIKE: linear in the text for each %, by remembering only the last one.</summary>
internal static class LikePattern
{
    public static bool IsMatch(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern, char? escape)
    {
        int t = 0, p = 0, starPattern = -1, starText = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '%' && escape != '%')
            {
                starPattern = ++p;
                starText = t;
                continue;
            }

            if (p < pattern.Length && MatchOne(text, ref t, pattern, ref p, escape)) continue;
            if (starPattern < 0) return false;
            p = starPattern;
            t = ++starText;
        }

        while (p < pattern.Length && pattern[p] == '%') p++;
        if (p < pattern.Length && pattern[p] == escape && p + 1 == pattern.Length) throw EndsInEscape();
        return p == pattern.Length;
    }

    private static bool MatchOne(ReadOnlySpan<char> text, ref int t, ReadOnlySpan<char> pattern, ref int p, char? escape)
    {
        if (pattern[p] == escape)
        {
            if (p + 1 == pattern.Length) throw EndsInEscape();
            if (pattern[p + 1] != text[t]) return false;
            p += 2;
            t++;
            return true;
        }

        if (pattern[p] == '_')
        {
            // A character beyond the basic plane is two units.
            t += char.IsHighSurrogate(text[t]) && t + 1 < text.Length ? 2 : 1;
            p++;
            return true;
        }

        if (pattern[p] != text[t]) return false;
        p++;
        t++;
        return true;
    }

    private static DialectException EndsInEscape() => new("22025", "LIKE pattern must not end with escape character");
}

namespace ActorReplication.Cmd;

/// <summary>What somebody most likely meant.</summary>
internal static class Nearest
{
    /// <summary>The known text with the fewest letters to change; null if none is near.</summary>
    public static string? To(string written, IEnumerable<string> known)
    {
        var best = known.Select(k => (Text: k, Distance: Distance(written, k))).OrderBy(k => k.Distance).FirstOrDefault();
        return best.Text is not null && best.Distance <= Math.Max(2, best.Text.Length / 3) ? best.Text : null;
    }

    /// <summary>Letters to put in, take out or change (Levenshtein).</summary>
    public static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++) (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[b.Length];
    }
}

namespace ActorReplication.Node.Configuration;

/// <summary>Substitutions that lead back to themselves would end the process with its stack, and those that lead to many others each time would fill its memory: neither is
/// given to Akka's parser.</summary>
internal static class SubstitutionCheck
{
    private const int Most = 256;
    private const long MostExpanded = 1_000;

    /// <summary>The first that must not be; null: all are harmless. Where paths only overlap it takes them for one that refers to the other.</summary>
    public static (SubstitutionPlace Place, string Message)? Find(IReadOnlyList<SubstitutionPlace> places)
    {
        if (places.Count > Most) return (places[Most], $"more than {Most} substitutions");
        var expanded = new long[places.Count];
        long sum = 0;
        for (var i = 0; i < places.Count; i++)
        {
            if (Expand(places, i, expanded) is not { } of) return (places[i], $"${{{places[i].Target}}} refers to itself, by way of others perhaps");
            if ((sum += of) > MostExpanded) return (places[i], $"${{{places[i].Target}}} makes it more than {MostExpanded} values that stand for others");
        }
        return null;
    }

    /// <returns>How many it stands for, itself too; null: without end.</returns>
    private static long? Expand(IReadOnlyList<SubstitutionPlace> places, int number, long[] expanded)
    {
        const long UnderWay = -1;
        if (expanded[number] == UnderWay) return null;
        if (expanded[number] > 0) return expanded[number];
        expanded[number] = UnderWay;
        long sum = 1;
        for (var i = 0; i < places.Count; i++)
        {
            if (!Overlap(places[i].Holder, places[number].Target)) continue;
            if (Expand(places, i, expanded) is not { } of) return null;
            sum = Math.Min(MostExpanded + 1, sum + of);
        }
        return expanded[number] = sum;
    }

    private static bool Overlap(string path, string other) => IsWithin(path, other) || IsWithin(other, path);

    private static bool IsWithin(string path, string outer) =>
        path.StartsWith(outer, StringComparison.Ordinal) && (path.Length == outer.Length || path[outer.Length] == '.');
}

namespace ActorReplication.Node.Configuration;

/// <summary>What a commit does when the followers it waits for are missing, as people write it: <c>block</c>, or <c>degrade-after 10s</c>.</summary>
internal static class MissingAcksText
{
    public const string Known = "block, degrade-after 10s";

    private const string Degrade = "degrade-after ";
    private const long LeastMs = 100, MostMs = 24 * 3_600_000;

    /// <param name="afterMs">0 = block.</param>
    public static bool TryParse(string text, out long afterMs)
    {
        afterMs = 0;
        var trimmed = text.Trim().ToLowerInvariant();
        if (trimmed == "block") return true;
        if (!trimmed.StartsWith(Degrade, StringComparison.Ordinal) || ConfigValue.Milliseconds(trimmed[Degrade.Length..]) is not (>= LeastMs and <= MostMs and var after)) return false;
        afterMs = after;
        return true;
    }

    public static string Format(long afterMs) => afterMs <= 0 ? "block" : Degrade + Http.MemberTags.Delay(afterMs);
}

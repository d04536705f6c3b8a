using System.Collections.Immutable;
using System.Globalization;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>The settings in the replicated configuration that say how long commit tokens are kept.</summary>
public static class TokenSettings
{
    public const string Age = "replication.commit_token_age";
    public const string Count = "replication.commit_token_count";

    public const string DefaultAge = "1d", DefaultCount = "100000";

    /// <summary>Values that this version does not know count as the default.</summary>
    public static TokenRules Read(ImmutableSortedDictionary<string, string> settings) => new(
        TryParseAge(settings.GetValueOrDefault(Age, DefaultAge), out var age) ? age : TokenRules.Default.AgeMicros,
        TryParseCount(settings.GetValueOrDefault(Count, DefaultCount), out var count) ? count : TokenRules.Default.Count);

    /// <summary>A whole number with s, min, h or d; at most ten years.</summary>
    public static bool TryParseAge(string text, out long micros)
    {
        micros = 0;
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var seconds = text[digits..].Trim() switch { "s" => 1, "min" => 60, "h" => 3600, "d" => 86_400, _ => 0 };
        if (seconds == 0 || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        if (number is < 1 or > 315_360_000 || number * seconds > 315_360_000) return false;
        micros = number * seconds * 1_000_000;
        return true;
    }

    public static bool TryParseCount(string text, out long count) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= 100_000_000;
}

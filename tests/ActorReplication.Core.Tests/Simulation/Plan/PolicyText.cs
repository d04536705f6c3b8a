using System.Globalization;
using ActorReplication.Core.Durability;

namespace ActorReplication.Core.Tests.Simulation.Plan;

/// <summary>Policies as one word: <c>async</c>, <c>semi-sync</c>, <c>quorum</c>, <c>sync</c>, <c>first:2:a+b+c</c>, <c>any:1:</c>; with <c>~300</c> after it: degrades after so many ms.</summary>
internal static class PolicyText
{
    public static DurabilityPolicy Read(string text)
    {
        var halves = text.Split('~');
        return ReadRule(halves[0].Split(':'), text) with { DegradeAfterMs = halves.Length > 1 ? long.Parse(halves[1], CultureInfo.InvariantCulture) : 0 };
    }

    private static DurabilityPolicy ReadRule(string[] parts, string text) =>
        parts[0] switch
        {
            "async" => DurabilityPolicy.Async,
            "semi-sync" => DurabilityPolicy.SemiSync,
            "quorum" => DurabilityPolicy.Quorum,
            "sync" => DurabilityPolicy.Sync,
            "first" => DurabilityPolicy.FirstOf(Count(parts), Names(parts)),
            "any" => DurabilityPolicy.AnyOf(Count(parts), Names(parts)),
            _ => throw new FormatException($"unknown policy '{text}'"),
        };

    private static int Count(string[] parts) => int.Parse(parts[1], CultureInfo.InvariantCulture);
    private static NodeId[] Names(string[] parts) => [.. parts[2].Split('+', StringSplitOptions.RemoveEmptyEntries).Select(name => new NodeId(name))];
}

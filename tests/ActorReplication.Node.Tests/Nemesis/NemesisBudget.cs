using System.Globalization;

namespace ActorReplication.Node.Tests.Nemesis;

/// <summary>How long the searching tests search, from REPLICATION_TEST_BUDGET: <c>90s</c>, <c>20m</c>, <c>2h</c>; and what they begin with, from REPLICATION_TEST_SEED.</summary>
internal static class NemesisBudget
{
    /// <summary>Null: not said, and then they are short.</summary>
    public static TimeSpan? Given { get; } = Read(Environment.GetEnvironmentVariable("REPLICATION_TEST_BUDGET"));

    /// <summary>Drawn, if none is given: whoever uses it tells it.</summary>
    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("REPLICATION_TEST_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next(1, 1_000_000);

    private static TimeSpan? Read(string? text) => string.IsNullOrEmpty(text) ? null : double.Parse(text[..^1], CultureInfo.InvariantCulture) * text[^1] switch
    {
        's' => TimeSpan.FromSeconds(1),
        'm' => TimeSpan.FromMinutes(1),
        'h' => TimeSpan.FromHours(1),
        var unit => throw new FormatException($"a budget ends in s, m or h, not in '{unit}'"),
    };
}

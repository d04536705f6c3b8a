namespace ActorReplication.Node.Tests.Nemesis;

internal enum FaultKind : byte { Kill, Freeze }

/// <summary>What one round is about. Everything that chance decides in it follows from the seed; what the machine's scheduler decides does not.</summary>
internal sealed record NemesisPlan(int Seed, int Nodes, string Policy, string Method, TimeSpan Duration)
{
    /// <summary>Acknowledged commits may be lost in a failover.</summary>
    public bool IsWeak => Policy == "async";

    /// <summary>So long lies between two faults of one line, at most.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Nothing but processes is tormented, and only in this way; null: everything, in all ways.</summary>
    public FaultKind? Only { get; init; }

    /// <summary>Each fault is over, and everybody at rest, before the next: what it costs can be measured. Otherwise processes, network and operators each have a line of their own.</summary>
    public bool OneAtATime { get; init; }

    public override string ToString() => $"seed {Seed}, {Nodes} nodes, {Policy}, {Method}, {Duration.TotalSeconds:0} s{(OneAtATime ? ", one fault at a time" : "")}";

    public static NemesisPlan FromSeed(int seed, TimeSpan duration)
    {
        var random = new Random(seed);
        return new NemesisPlan(
            seed, random.Next(3) == 0 ? 5 : 3,
            Pick(random, ["quorum", "quorum", "semi-sync", "sync", "ANY 1 (n1, n2, n3)", "FIRST 1 (n2, n3, n1)", "async"]),
            Pick(random, ["row", "row", "statement", "mixed", "page"]), duration)
        {
            OneAtATime = seed % 2 == 0,
            Pause = TimeSpan.FromSeconds(seed % 2 == 0 ? 1 : 3),
        };
    }

    public static T Pick<T>(Random random, IReadOnlyList<T> from) => from[random.Next(from.Count)];
}

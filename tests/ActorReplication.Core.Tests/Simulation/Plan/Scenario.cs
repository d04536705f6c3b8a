namespace ActorReplication.Core.Tests.Simulation.Plan;

/// <summary>Numbers that shape a run. Unit last.</summary>
internal enum Setting
{
    SafetyMs, TickMs, HeartbeatMs, ElectionMs, LeaseMs, SuspicionMs, WindowBytes, MessageBytes, UncommittedBytes, PromoteWithinEntries, TransferMs,
    DelayMinMicros, DelayMaxMicros, LossPpm, DuplicatePpm, Fifo, FsyncMinMicros, FsyncMaxMicros, SlowFsyncPpm, EachTicket, ApplyMaxMicros, SnapshotMaxMs,
    CompactEveryMs, RetainRecords, DriftPpm, Hints, ReadPercent, OtherLevelPercent, AckReceivedPercent, PaddingBytes, Batches, HealAll,
}

internal enum PlanKind
{
    /// <summary>The process of a node dies; Amount 1: its machine loses power. Starts again after ForMs.</summary>
    Crash,

    /// <summary>A node is stopped for ForMs, then does everything late.</summary>
    Pause,

    /// <summary>Nothing passes the links (one direction each).</summary>
    Cut,

    /// <summary>The links lose Amount in a million.</summary>
    Lossy,

    /// <summary>The links take up to Amount more microseconds.</summary>
    Slow,

    /// <summary>Each fsync of a node takes up to Amount more microseconds.</summary>
    SlowDisk,

    /// <summary>Client operations, one every Amount microseconds.</summary>
    Load,
    Policy,

    /// <summary>Amount 1: to become a voter by itself.</summary>
    Add,

    /// <summary>Amount 1: even if the policy then waits for more than there are.</summary>
    Remove, Promote, Demote,

    /// <summary>Priority of a node becomes Amount; a negative Amount: -1 no-sync on, -2 off.</summary>
    Retag,

    /// <summary>Hand over to a node, or (no node) to the best.</summary>
    Transfer, Campaign,

    /// <summary>A node is told that a peer may be gone, though it may not be.</summary>
    Suspect,
    Compact,
}

/// <summary>One thing that is planned to happen. Nodes are numbers (0 = a); -1 = none. Links: bit from * 8 + to.</summary>
internal sealed record PlanItem(int AtMs, PlanKind Kind, int Node = -1, int Peer = -1, int ForMs = 0, int Amount = 0, ulong Links = 0, string Policy = "")
{
    public static ulong Link(int from, int to) => 1UL << (from * 8 + to);
}

/// <summary>A whole run, closed in itself: with the same text it goes the same way.</summary>
internal sealed class Scenario
{
    public const int MaxNodes = 8;
    private readonly int[] _settings = new int[Enum.GetValues<Setting>().Length];

    public ulong Seed { get; init; }

    /// <summary>One letter per node: v voter, w witness, l learner at the start; s starts empty and may be added as a learner, t as a witness.</summary>
    public string Roles { get; init; } = "vvv";
    public string Policy { get; init; } = "quorum";
    public IReadOnlyList<PlanItem> Items { get; init; } = [];

    public int this[Setting setting]
    {
        get => _settings[(int)setting];
        set => _settings[(int)setting] = value;
    }

    public Scenario With(IReadOnlyList<PlanItem> items) => Copy(items, Roles);

    public Scenario With(Setting setting, int value)
    {
        var copy = Copy(Items, Roles);
        copy[setting] = value;
        return copy;
    }

    private Scenario Copy(IReadOnlyList<PlanItem> items, string roles)
    {
        var copy = new Scenario { Seed = Seed, Roles = roles, Policy = Policy, Items = items };
        _settings.CopyTo(copy._settings, 0);
        return copy;
    }
}

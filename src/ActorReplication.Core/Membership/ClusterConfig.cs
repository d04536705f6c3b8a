using System.Collections.Immutable;
using ActorReplication.Core.Durability;

namespace ActorReplication.Core.Membership;

public enum MemberKind : byte
{
    /// <summary>Data and a vote.</summary>
    Voter = 0,

    /// <summary>Data, no vote: a read replica, or a voter to be that is still catching up.</summary>
    Learner = 1,

    /// <summary>A vote and log positions, no data: never leads, never counts as a copy.</summary>
    Witness = 2,
}

/// <param name="FailoverPriority">Higher wins among equals; 0 = never a leader. Default 100.</param>
/// <param name="NoSync">Never counted as a synchronous follower.</param>
/// <param name="Address">How to reach it (Akka address); opaque to Core.</param>
public sealed record Member(NodeId Id, MemberKind Kind, int FailoverPriority = 100, bool NoSync = false, string Address = "")
{
    /// <summary>A learner that is to become a voter: the leader promotes it as soon as it has caught up.</summary>
    public bool IsJoining { get; init; }

    /// <summary>The entry that added it; 0/0 for who was there from the start. A member that was removed and added again has another one.</summary>
    public LogPosition AddedAt { get; init; }

    /// <summary>Which data folder speaks under this name; empty: not known yet. Opaque to Core.</summary>
    public Guid Incarnation { get; init; }

    /// <summary>Where its HTTP is ("host:port"); empty: not told. Opaque to Core.</summary>
    public string Http { get; init; } = "";

    /// <summary>Where it stands (a rack, a data centre); empty: not told. <c>FIRST k (*)</c> prefers copies in another one than the leader's.</summary>
    public string Zone { get; init; } = "";

    /// <summary>It shows its readers only what is older than this, in milliseconds; 0 = everything. Such a node leads only to hand on.</summary>
    public long ApplyDelayMs { get; init; }

    /// <summary>What elections go by. 0: it takes over only if no election can be won without it, and hands on.</summary>
    public int Candidacy => ApplyDelayMs > 0 ? 0 : FailoverPriority;
}

/// <summary>Who belongs to the cluster and how many copies a commit needs. Always whole: a config entry replaces the one before it,
/// and takes effect when it is appended.</summary>
/// <param name="Policy">What commits need from now on.</param>
/// <param name="JointWith">While a policy change is under way: the policy before it, which must be met too, to commit and to elect.</param>
public sealed record ClusterConfig(ClusterId Cluster, ImmutableSortedDictionary<NodeId, Member> Members, DurabilityPolicy Policy, DurabilityPolicy? JointWith = null)
{
    /// <summary>Cluster-wide settings by name, in ordinal order; opaque to Core but for <see cref="FailoverSetting"/>. What is not here has its default.</summary>
    public ImmutableSortedDictionary<string, string> Settings { get; init; } = NoSettings;

    /// <summary>Whether followers take over by themselves: <see cref="Paused"/>, or anything else.</summary>
    public const string FailoverSetting = "replication.failover";

    /// <summary>Nobody takes over from the last leader but on an operator's order.</summary>
    public const string Paused = "paused";

    public bool FailoverIsPaused => Settings.GetValueOrDefault(FailoverSetting) == Paused;

    public static ImmutableSortedDictionary<string, string> NoSettings { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The entry that it is in: kept when the entry itself is compacted. 0/0 before it is in a log.</summary>
    public LogPosition At { get; init; }
}

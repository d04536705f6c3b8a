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
public sealed record Member(NodeId Id, MemberKind Kind, int FailoverPriority = 100, bool NoSync = false, string Address = "");

/// <summary>Who belongs to the cluster and how many copies a commit needs. Always whole: a config entry replaces the one before it,
/// and takes effect when it is appended.</summary>
/// <param name="Policy">What commits need from now on.</param>
/// <param name="JointWith">While a policy change is under way: the policy before it, which must be met too, to commit and to elect.</param>
public sealed record ClusterConfig(ClusterId Cluster, ImmutableSortedDictionary<NodeId, Member> Members, DurabilityPolicy Policy, DurabilityPolicy? JointWith = null)
{
    /// <summary>Cluster-wide settings by name, in ordinal order; opaque to Core. What is not here has its default.</summary>
    public ImmutableSortedDictionary<string, string> Settings { get; init; } = NoSettings;

    public static ImmutableSortedDictionary<string, string> NoSettings { get; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>The entry that it is in: kept when the entry itself is compacted. 0/0 before it is in a log.</summary>
    public LogPosition At { get; init; }
}

using ActorReplication.Core;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster;

/// <summary>A node's state at one moment, for health checks, status pages and sessions. Immutable.</summary>
/// <param name="Serving">Leader: accepts writes. Follower: knows a leader, is a member, and holds something that is committed.</param>
/// <param name="Peers">On the leader, one per other member; elsewhere empty.</param>
public sealed record NodeStatus(
    NodeId Name,
    Guid Incarnation,
    ClusterId Cluster,
    Role Role,
    Term Term,
    NodeId? Leader,
    bool Serving,
    LogPosition Last,
    LogIndex Durable,
    LogIndex Commit,
    LogIndex Applied,
    ClusterConfig? Config,
    IReadOnlyList<PeerStatus> Peers,
    long DivergencesFound,
    long SalvagedEntries,
    string? LastProblem)
{
    /// <summary>Nodes that have asked to be let in lately and are no members.</summary>
    public IReadOnlyList<NodeAddress> Waiting { get; init; } = [];

    /// <summary>Leads, and commits are content with less than the policy's copies until its followers are back.</summary>
    public bool IsDegraded { get; init; }

    /// <summary>The log begins after this position; everything up to it is only in the database.</summary>
    public LogPosition LogStart { get; init; }

    /// <summary>Bytes of the entries in the log.</summary>
    public long LogBytes { get; init; }

    /// <summary>How often, since the start, this leader's log was cut off before a follower had what went; it is cloned then.</summary>
    public long FollowersCutOff { get; init; }

    /// <summary>Copies of a whole database that are on their way to or from this node.</summary>
    public IReadOnlyList<CloneProgress> Clones { get; init; } = [];

    /// <summary>The format that this node writes (<see cref="Membership.ClusterFormat"/>), and the newest that its program can do.</summary>
    public int Format { get; init; } = Membership.ClusterFormat.Oldest;
    public int NewestFormat { get; init; } = Membership.ClusterFormat.Newest;

    /// <summary>On a leader whose entries are of pages: members whose files do not hold the same bytes yet; for them rows travel beside the pages.</summary>
    public IReadOnlyList<NodeId> PagesAwaited { get; init; } = [];
}

/// <param name="Incoming">This node clones itself from the peer; else the peer from this node.</param>
/// <param name="Bytes">Received, or acknowledged by the peer, of <paramref name="Total"/> (0: the copy is still being made, <paramref name="Bytes"/> of it are there).</param>
public sealed record CloneProgress(NodeId Peer, bool Incoming, long Bytes, long Total);

/// <summary>One line of the election ring.</summary>
public sealed record ElectionRecord(DateTimeOffset At, Term Term, NodeId Peer, ElectionEvent Event, Core.Messages.VoteRefusal Refusal);

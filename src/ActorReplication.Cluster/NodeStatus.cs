using ActorReplication.Core;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster;

/// <summary>A node's state at one moment, for health checks, status pages and sessions. Immutable.</summary>
/// <param name="Serving">Leader: accepts writes. Follower: knows a leader and has opened its database.</param>
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
    string? LastProblem);

/// <summary>One line of the election ring.</summary>
public sealed record ElectionRecord(DateTimeOffset At, Term Term, NodeId Peer, ElectionEvent Event, Core.Messages.VoteRefusal Refusal);

using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;

namespace ActorReplication.Core;

/// <summary>One replica's protocol state. Not thread-safe; no clock, no randomness, no I/O: the same options, durable state and
/// inputs give the same outputs.</summary>
public sealed class Replica
{
    /// <param name="durable">Owned by the replica from now on.</param>
    /// <param name="applied">What the state machine holds at start; everything up to it counts as committed.</param>
    public Replica(ReplicaOptions options, DurableState durable, LogIndex applied, Instant now) => throw new InvariantBroken("not built yet");

    /// <summary>Takes one input and says what to do about it. The list is valid until the next call.
    /// <paramref name="now"/> never goes back. Throws <see cref="InvariantBroken"/> if a local invariant fails: then stop the node.</summary>
    public IReadOnlyList<Output> Step(Instant now, Input input) => throw new InvariantBroken("not built yet");

    public NodeId Self => throw new InvariantBroken("not built yet");
    public Role Role => throw new InvariantBroken("not built yet");
    public Term Term => throw new InvariantBroken("not built yet");
    public NodeId? Leader => throw new InvariantBroken("not built yet");

    /// <summary>Leader whose barrier is committed and applied: proposals and reads are accepted.</summary>
    public bool IsServing => throw new InvariantBroken("not built yet");

    /// <summary>First index still in the log is <c>LogStart.Index + 1</c>.</summary>
    public LogPosition LogStart => throw new InvariantBroken("not built yet");
    public LogPosition Last => throw new InvariantBroken("not built yet");
    public LogIndex Durable => throw new InvariantBroken("not built yet");
    public LogIndex Commit => throw new InvariantBroken("not built yet");
    public LogIndex Applied => throw new InvariantBroken("not built yet");
    public ClusterConfig? Config => throw new InvariantBroken("not built yet");

    /// <summary>Term of an entry in the log or at its start; null if it is not there.</summary>
    public Term? TermAt(LogIndex index) => throw new InvariantBroken("not built yet");

    /// <summary>For status pages: on the leader one per other member, otherwise empty.</summary>
    public IReadOnlyList<PeerStatus> Peers() => throw new InvariantBroken("not built yet");
}

public enum SyncState : byte { Async, Potential, Sync, Quorum }

/// <param name="LastHeardMs">Milliseconds since anything came from it.</param>
public sealed record PeerStatus(NodeId Id, MemberKind Kind, PeerMode Mode, LogIndex Sent, LogIndex Received, LogIndex Flushed, LogIndex Applied, long LagBytes, long LastHeardMs, SyncState Sync);

public enum PeerMode : byte { Probe, Stream, Snapshot }

/// <summary>A local invariant does not hold: a defect, or memory or disk that lied. The only safe thing is to stop.</summary>
public sealed class InvariantBroken(string message) : Exception(message);

using ActorReplication.Core;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster.Writes;

/// <summary>The gate's way to the replica's actor. Never blocks.</summary>
internal interface IProposer
{
    /// <param name="at">The position that the first payload must get, or all are left out; null: any.</param>
    void Propose(ProposalId id, IReadOnlyList<ReadOnlyMemory<byte>> payloads, bool ackReceived, LogIndex? at);

    /// <summary>Readers see everything up to here now.</summary>
    void Applied(LogIndex index);

    /// <summary>A cut is taken back (or cannot be, and the database waits for a snapshot), durably. What was reported as applied before this is out of date.</summary>
    void Undone();

    /// <summary>The database cannot follow the log any more: a snapshot from the leader is needed.</summary>
    void NeedsSnapshot(string why);

    /// <summary>The database follows by rows while the leader's entries are of pages: a snapshot would let it take those.</summary>
    void WantsPages();

    /// <summary>A received snapshot is in place.</summary>
    void SnapshotInstalled(LogPosition position, ClusterConfig config);

    /// <summary>A received snapshot could not be put in place.</summary>
    void SnapshotRefused(string why);
}

using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Replica;

/// <summary>What the replica's actor takes from its own node. From peers it takes <see cref="Wire.PeerEnvelope"/>s, fragments and
/// <see cref="Wire.IControlMessage"/>s.</summary>
internal static class ReplicaProtocol
{
    /// <summary>From its own timer.</summary>
    public sealed class Tick { public static readonly Tick Instance = new(); }

    /// <summary>From the write gate: a batch to put into the log.</summary>
    /// <param name="At">See <see cref="Writes.IProposer"/>.</param>
    public sealed record Propose(ProposalId Id, IReadOnlyList<ReadOnlyMemory<byte>> Payloads, bool AckReceived, LogIndex? At);

    /// <summary>From the write gate: readers see everything up to here.</summary>
    public sealed record Applied(LogIndex Index);

    /// <summary>From the write gate: see <see cref="Writes.IProposer"/>.</summary>
    public sealed record Undone { public static readonly Undone Instance = new(); }

    /// <summary>From the write gate: see <see cref="Writes.IProposer"/>.</summary>
    public sealed record NeedsSnapshot(string Why);

    /// <summary>From the write gate: see <see cref="Writes.IProposer"/>.</summary>
    public sealed record WantsPages { public static readonly WantsPages Instance = new(); }

    /// <summary>From the write gate: a received copy is in place.</summary>
    public sealed record SnapshotInPlace(LogPosition Position, ClusterConfig Config);

    /// <summary>From the write gate: a received copy could not be put in place.</summary>
    public sealed record SnapshotRejected(string Why);

    /// <summary>From the snapshot sender: how it ended.</summary>
    public sealed record SnapshotSendEnded(NodeId Peer, Term Term, LogPosition? Installed);

    /// <summary>From the snapshot receiver: a whole copy is here.</summary>
    public sealed record SnapshotReceived(string Path, Storage.Engine.SnapshotManifest Manifest);

    /// <summary>From the membership actor: a hint about a peer.</summary>
    public sealed record PeerHint(NodeId Peer, bool Suspected);

    /// <summary>From the read gate; null: leadership could not be confirmed.</summary>
    public sealed record ConfirmRead(TaskCompletionSource<LogIndex?> Answer);

    /// <summary>From the node: who holds the commit? Null: this node does not lead any more, or something else stands there.</summary>
    public sealed record Receipt(LogPosition Position, TaskCompletionSource<CommitReceipt?> Answer);

    /// <summary>From the node: a client's cancel request for a session of another one.</summary>
    /// <param name="IsMeant">By node name: whether the session may be there. Called by the actor.</param>
    public sealed record CancelElsewhere(long Key, Func<string, bool> IsMeant);

    /// <summary>From the node: a configuration change. Once cancelled it is dropped where nothing of it is done yet.</summary>
    public sealed record ChangeConfig(ConfigChange Change, TaskCompletionSource<ControlResult> Answer, CancellationToken Cancellation);

    /// <summary>From the node: a change of a setting for this leader alone, if its basis holds; null: it does not. Cancelled as a change.</summary>
    public sealed record ChangeSetting(ConfigChange.SetSetting Change, SettingsBasis Basis, TaskCompletionSource<ControlResult?> Answer, CancellationToken Cancellation);

    /// <summary>From the node: a handover. Cancelled as a change.</summary>
    public sealed record Transfer(NodeId? To, TaskCompletionSource<ControlResult> Answer, CancellationToken Cancellation);

    /// <summary>From the node: stand for election.</summary>
    public sealed record Campaign(TaskCompletionSource<ControlResult> Answer);

    /// <summary>From the node: throw the database away and copy the leader's.</summary>
    public sealed record Reinit(TaskCompletionSource<ControlResult> Answer);

    /// <summary>From the checkpointer: the file alone holds this much, durably.</summary>
    public sealed record Checkpointed(AppliedState State);
}

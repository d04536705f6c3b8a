using ActorReplication.Cluster.Reads;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster;

/// <summary>A running node, seen from the composition root. Thread-safe. Made by <c>ReplicaNode.StartAsync</c>.</summary>
public interface IReplicaNode : IAsyncDisposable
{
    NodeStatus Status { get; }

    /// <summary>After each change of role, term, leader or Serving; any thread, briefly.</summary>
    event Action<NodeStatus>? Changed;
    IDatabase Database { get; }
    IWriteGate Writes { get; }
    IReadGate Reads { get; }
    Backups.IBackups Backups { get; }
    IReplicaLog Entries { get; }
    Salvage.ISalvage Salvage { get; }

    /// <summary>Null: this node does not archive.</summary>
    Archive.ArchiveStatus? Archive { get; }

    /// <summary>Newest last; at most the ring's length.</summary>
    IReadOnlyList<ElectionRecord> Elections { get; }

    /// <summary>Asks the leader, wherever it is, for a change of members or policy; completes when it is committed.</summary>
    Task<ControlResult> ChangeConfigAsync(ConfigChange change, CancellationToken cancellation);

    /// <summary>Changes a setting if this node leads, and if what the new value was worked out from is still so when the change is put into the log: then nothing that was committed
    /// meanwhile, under this leader or another, can be undone by it. Never passed on to another leader. Completes when it is committed.</summary>
    /// <returns>Null: what it was worked out from has changed, and nothing was done.</returns>
    Task<ControlResult?> ChangeSettingAsync(ConfigChange.SetSetting change, SettingsBasis basis, CancellationToken cancellation);

    /// <summary>Who holds a commit of this leader; null: it does not lead any more, or something else stands at that position.</summary>
    Task<CommitReceipt?> ReceiptAsync(LogPosition position, CancellationToken cancellation);

    /// <summary>Passes a client's cancel request on to the members of which <paramref name="isMeant"/> says that the session may be theirs. Nothing is answered, as nothing is answered to the client.</summary>
    void CancelElsewhere(long key, Func<string, bool> isMeant);

    /// <summary>Another node passed on a cancel request for a session that may be this one's: its key. Any thread, briefly.</summary>
    event Action<long>? CancelAsked;

    /// <summary>Keeps this node's state as of the entry that sets <see cref="CheckMarker"/> to this value, when that comes.</summary>
    Task<Writes.MarkedState> PinAtAsync(string marker);

    /// <summary>As <see cref="ReinitAsync"/>, to its end: null when the copy is in place, or why it was not begun.</summary>
    Task<string?> CloneAsync(CancellationToken cancellation);

    /// <summary>The setting whose entry marks an index at which all nodes keep their state.</summary>
    static string CheckMarker => WriteGate.Marker;

    /// <summary>Planned handover; null: to the best follower. Forwarded to the leader.</summary>
    Task<ControlResult> TransferLeadershipAsync(NodeId? to, CancellationToken cancellation);

    /// <summary>This node stands for election now.</summary>
    Task<ControlResult> CampaignAsync(CancellationToken cancellation);

    /// <summary>This node, a follower, throws its database away and copies the leader's; identity, journal and vote stay. Answers when that has begun.</summary>
    Task<ControlResult> ReinitAsync(CancellationToken cancellation);

    /// <summary>Completes when the node can go no further (broken invariant, damage, failed fsync): the process must exit with this message.</summary>
    Task<NodeFailure> Fatal { get; }

    /// <summary>Hands over if it leads, then stops cleanly.</summary>
    Task StopAsync(CancellationToken cancellation);
}

/// <param name="Start">What kept the node from starting (its journal is read after <c>StartAsync</c> has returned); null: a fault while running.</param>
/// <param name="Message">One line for the operator.</param>
public sealed record NodeFailure(StartFailure? Start, string Message);

public readonly record struct ControlResult(RefusalReason Reason, string? Message)
{
    public bool Succeeded => Reason == RefusalReason.None;
}

using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.Core;

/// <summary>Everything that can happen to a replica. Each comes to <see cref="Replica.Step"/> with the time it happened at.</summary>
public abstract record Input
{
    private Input() { }

    /// <summary>Time has passed. At least every <see cref="ReplicaOptions.TickMs"/>; late or missed ticks are harmless.</summary>
    public sealed record Tick : Input { public static readonly Tick Instance = new(); }

    /// <summary>A message from a peer whose cluster and incarnation the shell has checked.</summary>
    public sealed record Received(NodeId From, Message Message) : Input;

    /// <summary>First start of a cluster: sent to each of the initial voters, the same members and policy to each; ignored by a replica that has a
    /// configuration. It is held in memory only until the first leader's configuration entry: send it at every start at which
    /// <see cref="Replica.Config"/> is null.</summary>
    public sealed record Bootstrap(ClusterConfig Config) : Input;

    /// <summary>Client transactions to put into the log, in this order, all or none.</summary>
    /// <param name="AckReceived">Somebody waits for another level than the policy's: followers answer on receipt, and at once when they have applied.</param>
    public sealed record Propose(ProposalId Id, IReadOnlyList<ReadOnlyMemory<byte>> Payloads, bool AckReceived = false) : Input
    {
        /// <summary>Now, by the wall clock, for <see cref="Log.LogEntry.TimeMs"/> of the first; 0: not told.</summary>
        public long TimeMs { get; init; }
    }

    /// <summary>Everything up to this ticket is durable.</summary>
    public sealed record Persisted(PersistTicket Ticket) : Input;

    /// <summary>The state machine holds, visible to readers, everything up to here.</summary>
    public sealed record Applied(LogIndex Index) : Input;

    /// <summary>A hint that a peer may be gone (its association broke, Akka.Cluster finds it unreachable). Never more than a hint.</summary>
    public sealed record PeerSuspected(NodeId Peer) : Input;

    /// <summary>The hint is withdrawn.</summary>
    public sealed record PeerReachable(NodeId Peer) : Input;

    /// <summary>A read wants to be linearizable. Answered by ReadReady or ReadRefused.</summary>
    public sealed record ReadRequested(RequestId Id) : Input;

    /// <summary>Change of members or policy. Answered by ConfigChangeEnded, when it is committed (a joint policy: both steps) or refused.</summary>
    public sealed record ConfigChangeRequested(RequestId Id, ConfigChange Change) : Input;

    /// <summary>Hand the leadership over, to a named voter or to the best. Answered by TransferEnded.</summary>
    public sealed record TransferRequested(RequestId Id, NodeId? To) : Input;

    /// <summary>An operator forces this node to stand for election although a leader may be heard (manual failover).</summary>
    public sealed record CampaignRequested(RequestId Id) : Input;

    /// <summary>A snapshot for a peer was delivered and installed there at the position, or (null) came to nothing.</summary>
    public sealed record SnapshotSent(NodeId Peer, LogPosition? Installed) : Input;

    /// <summary>The database file was replaced by another node's state, durably. Only by one that <see cref="Replica.MayInstall"/> allowed.</summary>
    /// <param name="Config">The configuration in effect at the position (<see cref="Replica.ConfigAt"/> of the sender), not a later one.</param>
    public sealed record SnapshotInstalled(LogPosition Position, ClusterConfig Config) : Input;

    /// <summary>The state machine cannot go on from what it holds (it is damaged, does not fit the log, or is to be thrown away) and waits for another node's state: until
    /// <see cref="SnapshotInstalled"/> this node does not stand for election, and hands on if it leads.</summary>
    public sealed record StateLost : Input { public static readonly StateLost Instance = new(); }

    /// <summary>The database file holds everything up to here durably (checkpoint done): the log's prefix may go up to there.
    /// Answered by a Persist of SnapshotTaken where that moves the log's start.</summary>
    public sealed record CompactionRequested(LogIndex UpTo) : Input;
}

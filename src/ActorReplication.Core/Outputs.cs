using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.Core;

/// <summary>What a step wants done. The shell carries the outputs out at once and in this order and decides nothing: a message that may
/// only leave after something is durable is not among the outputs before <see cref="Input.Persisted"/> said so.</summary>
public abstract record Output
{
    private Output() { }

    /// <summary>Write to the journal; report the ticket as <see cref="Input.Persisted"/>.</summary>
    public sealed record Persist(PersistTicket Ticket, JournalEvent Event) : Output;

    public sealed record Send(NodeId To, Message Message) : Output;

    /// <summary>Send <paramref name="Header"/> (its Entries are empty) with the entries of <paramref name="Range"/>, which the shell takes from
    /// its cache or from the journal. If they cannot be had (cut, compacted) it sends nothing: the core notices by time.</summary>
    /// <param name="WithoutPayloads">The receiver is a witness: positions and configuration only.</param>
    public sealed record SendEntries(NodeId To, Message.AppendEntries Header, LogRange Range, bool WithoutPayloads) : Output;

    /// <summary>Start streaming the database to a peer; report <see cref="Input.SnapshotSent"/>. At most one under way per peer.</summary>
    public sealed record SendSnapshot(NodeId To, Term Term) : Output;

    /// <summary>Leader only: a member has told that entries are on its disk, and now does not have them. They are sent again; but what it has acknowledged, and whom it voted for, it may have forgotten too.</summary>
    public sealed record PeerForgot(NodeId Peer, LogIndex Acknowledged, LogIndex Has) : Output;

    /// <summary>Entries up to here are committed: followers apply them, the leader's gate commits and answers.</summary>
    public sealed record CommitAdvanced(LogIndex Commit) : Output;

    /// <summary>Leader only: from now on commits are, or are no longer, content with less than the policy's copies (<see cref="Durability.DurabilityPolicy.DegradeAfterMs"/>).</summary>
    public sealed record DegradedChanged(bool IsDegraded) : Output;

    /// <summary>Leader only: how far other levels of acknowledgement have come. Local: in the own journal. Received: that, and k followers
    /// have it in memory. Applied: k followers have applied it.</summary>
    public sealed record LevelsAdvanced(LogIndex Local, LogIndex Received, LogIndex Applied) : Output;

    /// <summary>Role, term or known leader changed.</summary>
    public sealed record RoleChanged(Role Role, Term Term, NodeId? Leader) : Output;

    /// <summary>This leader's barrier is committed. It may serve once everything up to <paramref name="Barrier"/> is applied; only from
    /// then on are proposals and reads accepted.</summary>
    public sealed record LeaderReady(Term Term, LogIndex Barrier) : Output;

    public sealed record ProposalAccepted(ProposalId Id, Term Term, LogRange Range) : Output;

    /// <summary>Nothing of it is in the log.</summary>
    public sealed record ProposalRefused(ProposalId Id, RefusalReason Reason) : Output;

    /// <summary>The read may be served once the state machine has applied <paramref name="Index"/>.</summary>
    public sealed record ReadReady(RequestId Id, LogIndex Index) : Output;

    public sealed record ReadRefused(RequestId Id, RefusalReason Reason) : Output;

    /// <summary>Until this instant of this node's clock no other leader can have acknowledged anything: local reads are linearizable.
    /// A later one replaces it; one in the past revokes it.</summary>
    public sealed record LeaseChanged(Instant Until) : Output;

    /// <summary>The entries of the range are about to be cut: they are not in the new leader's log. Comes before the Persist that cuts. (When another
    /// node's state was installed in place of a diverged one, the state machine has nothing of the range any more; there is only to salvage.)</summary>
    /// <param name="CommittedUpTo">Entries of the range up to here were committed (only possible under <c>async</c>) and may have been applied: undo and salvage them.</param>
    public sealed record EntriesCut(LogRange Range, LogIndex CommittedUpTo) : Output;

    /// <summary>A configuration took effect (appended, or restored by a cut).</summary>
    public sealed record ConfigAdopted(ClusterConfig Config, LogIndex At) : Output;

    public sealed record ConfigChangeEnded(RequestId Id, RefusalReason Reason) : Output;

    /// <summary>A handover has begun: proposals are refused until it ends.</summary>
    public sealed record TransferStarted(NodeId To) : Output;

    /// <summary>Also of one that nobody asked for: then the ID is none that was given.</summary>
    public sealed record TransferEnded(RequestId Id, RefusalReason Reason) : Output;

    /// <summary>One line for the election ring: who asked, who answered what and why.</summary>
    public sealed record ElectionNote(Term Term, NodeId Peer, ElectionEvent Event, VoteRefusal Refusal) : Output;
}

/// <summary>Why something was not done; <see cref="None"/> when it was.</summary>
public enum RefusalReason : byte
{
    None = 0,
    NotLeader,
    NotReady,
    TransferUnderWay,
    Overloaded,
    ChangeUnderWay,
    Invalid,
    TimedOut,
    LeadershipLost,
}

public enum ElectionEvent : byte { PreVoteStarted, VoteStarted, VoteGranted, VoteRefused, VoteReceived, RefusalReceived, Won, SteppedDown, LeaderSuspected, Timeout }

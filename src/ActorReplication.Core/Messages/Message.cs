using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Messages;

/// <summary>What replicas say to each other. The envelope (cluster, group, sender and its incarnation) is the shell's.
/// Replays, duplicates, reordering and loss are all expected.</summary>
public abstract record Message(Term Term)
{
    /// <summary>"Would you vote for me?" (<paramref name="PreVote"/>: asks without anybody's term rising), or the vote itself.</summary>
    /// <param name="Term">The term the candidate wants (pre-vote: the one it would enter).</param>
    /// <param name="Last">The candidate's last log position.</param>
    /// <param name="Handover">The old leader asked for this election (leader transfer): the leader is not missed, its lease is given up.</param>
    public sealed record RequestVote(Term Term, LogPosition Last, bool PreVote, bool Handover, int Priority) : Message(Term);

    /// <param name="Term">The voter's term, or for a granted pre-vote the term asked about.</param>
    /// <param name="LeaseRemainingMs">For how long the voter's promise to a former leader still stands; the new leader must not serve
    /// or commit before the longest of them has passed.</param>
    public sealed record RequestVoteReply(Term Term, bool PreVote, bool Granted, VoteRefusal Refusal, int LeaseRemainingMs) : Message(Term);

    /// <summary>Entries, or none: then a heartbeat or a probe.</summary>
    /// <param name="Previous">Position of the entry just before <paramref name="Entries"/>.</param>
    /// <param name="Commit">The leader's commit index.</param>
    /// <param name="Round">Numbers the leader's rounds in its term; the reply repeats it (reads and leases are confirmed by it).</param>
    /// <param name="AckReceived">Also answer on receipt, before the fsync (for <c>synchronous_commit = remote_write</c>), and at once when applied (<c>remote_apply</c>).</param>
    public sealed record AppendEntries(Term Term, LogPosition Previous, IReadOnlyList<LogEntry> Entries, LogIndex Commit, long Round, bool AckReceived) : Message(Term)
    {
        /// <summary>Up to here the leader's log is committed so that no failover can take it back; at most <see cref="Commit"/>.</summary>
        public LogIndex Firm { get; init; }
    }

    /// <param name="Accepted">False: the follower has no entry at <c>Previous</c>; <paramref name="Hint"/> says where to go on.</param>
    /// <param name="Round">The highest round seen from this leader in this term; when refused, that of the refused message.</param>
    /// <param name="Received">Matches the leader's log up to here, in memory. <paramref name="Flushed"/>: durably (when refused: up to
    /// here it is committed for good, so that the leader's log has it too; no snapshot from before that may take its place). <paramref name="Applied"/>: visible to readers there.</param>
    /// <param name="Hint">When refused: the follower's best guess of a position that both may have. Not before the position asked about only when the
    /// follower's log starts there: if the leader has another entry at it, only a snapshot helps.</param>
    public sealed record AppendEntriesReply(Term Term, bool Accepted, long Round, LogIndex Received, LogIndex Flushed, LogIndex Applied, LogPosition Hint) : Message(Term);

    /// <summary>"What you need is no longer in my log: take a snapshot." The shell streams it; this announces it and keeps the follower from electing.</summary>
    public sealed record InstallSnapshot(Term Term, LogIndex Commit, long Round) : Message(Term)
    {
        /// <summary>Which terms the leader's entries are of, compacted ones included: the first position of each term, in order; the last is of the leader's own
        /// term. By it the follower sees what of its log the snapshot will not contain. What lies before the first is not known.</summary>
        public IReadOnlyList<LogPosition> History { get; init; } = [];
    }

    /// <summary>"Start an election now": the end of a planned handover. The sender has stopped writing and given up its lease.</summary>
    public sealed record TimeoutNow(Term Term) : Message(Term);
}

public enum VoteRefusal : byte { None = 0, StaleTerm, LeaderAlive, AlreadyVoted, LogBehind, NotAVoter, PriorityZero, NotReady }

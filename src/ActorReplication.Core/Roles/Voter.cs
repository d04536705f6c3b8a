using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.Core.Roles;

/// <summary>Answers requests for votes and pre-votes, in any role (Ongaro §3.4, §3.6.1, §9.6).</summary>
internal sealed class Voter(ReplicaState s, RoleTransitions roles, Follower follower, Candidate candidate, ElectionTimer timer)
{
    /// <summary>The term guard has run: a vote's term is at most ours; a pre-vote's may be higher without our entering it.</summary>
    public void OnRequestVote(NodeId from, Message.RequestVote m)
    {
        var refusal = WhyNot(from, m);
        var granted = refusal == VoteRefusal.None;
        s.Note(from, granted ? ElectionEvent.VoteGranted : ElectionEvent.VoteRefused, refusal);
        if (!granted)
        {
            if (refusal == VoteRefusal.LogBehind && s.Role != Role.Leader) timer.RefusedForItsLog();
            if (m.PreVote && refusal == VoteRefusal.LogBehind && s.Role == Role.PreCandidate) candidate.AskAgain();
            Reply(from, new Message.RequestVoteReply(s.Term, m.PreVote, false, refusal, LeaseRemaining(m)));
            return;
        }
        if (m.PreVote)
        {
            GiveWayTo(from, m);
            Reply(from, new Message.RequestVoteReply(m.Term, true, true, VoteRefusal.None, LeaseRemaining(m)));
            return;
        }
        if (s.Role == Role.PreCandidate) roles.StandBack();
        s.Ballot.Vote(from);
        timer.LetsOthersPass();
        timer.WaitForLeader();
        Reply(from, new Message.RequestVoteReply(s.Term, false, true, VoteRefusal.None, LeaseRemaining(m)));
    }

    private VoteRefusal WhyNot(NodeId from, Message.RequestVote m)
    {
        if (m.Term < s.Term) return VoteRefusal.StaleTerm;
        // Also without a configuration of its own: a witness just added may be the vote that lets the others tell it one.
        // Who counts is the candidate's to know: a node that has left, or was demoted, may hold the one vote that lets the others go on by a
        // configuration in which it still counts (Ongaro §4.2.2).
        // One that is not to lead stands only because its log is longer than those of others: whoever is as complete, and may lead, goes first.
        if (m.Priority <= 0 && s.MayStand && m.Last <= s.Log.Last) return VoteRefusal.PriorityZero;
        if (m.PreVote && !m.Handover && HearsLeader) return VoteRefusal.LeaderAlive;
        if (m.Term == s.Term && HasVotedOtherwise(from)) return VoteRefusal.AlreadyVoted;
        // What is in memory counts. A longer log only refuses more. The candidate's own is durable when it asks, since its ballot went
        // to the journal after it; and the reply leaves after our ballot, hence after everything that was before it in our log.
        if (m.Last < MustReach() && !s.Has(Defects.GrantVoteToShorterLog)) return VoteRefusal.LogBehind;
        return VoteRefusal.None;
    }

    /// <summary>What a candidate's log may not be behind: the end of ours. Two are content with less. One that has left for good insists on the
    /// committed configuration that it is not in: it is asked only by those who do not know yet that this entry is committed, and what came after it is
    /// safe with the members it names, who are asked as well. And a witness insists on the latest configuration it has. Its positions are no copies: every committed transaction is on some voter
    /// with data in each election set, and that one compares. A witness that insisted on a tail which only it and a dead leader have would keep
    /// the survivors from electing for good, since it cannot lead itself. Configurations, though, are committed on the strength of witnesses too.</summary>
    private LogPosition MustReach()
    {
        LogPosition? latest = null, leftAt = null;
        var isWitness = false;
        foreach (var (config, at) in s.Log.ConfigsFromLatest)
        {
            latest ??= at;
            var kind = config.Members.TryGetValue(s.Self, out var self) ? self.Kind : MemberKind.Learner;
            if (kind == MemberKind.Voter) return s.Log.Last;
            isWitness |= kind == MemberKind.Witness;
            if (at.Index > s.Commit) continue;
            // Those before it count for nothing any more.
            leftAt = at;
            break;
        }
        return (isWitness ? latest : leftAt) ?? s.Log.Last;
    }

    private bool HasVotedOtherwise(NodeId from) =>
        (s.Leader is { } leader && leader != from) || (s.Ballot.VotedFor is { } voted && voted != from && !s.Has(Defects.VoteTwiceInTerm));

    /// <summary>Only pre-votes are refused for it: whoever asks for a vote has won a pre-vote, was asked by the leader, or obeys an operator.</summary>
    private bool HearsLeader => s.Role == Role.Leader || (s.Role == Role.Follower && follower.HearsLeader);

    /// <summary>What is left of the promise to the former leader. A handover's leader has given its lease up.</summary>
    private int LeaseRemaining(Message.RequestVote m) =>
        m.Handover ? 0 : (int)Math.Clamp(s.PromisedUntil - s.Now, 0, int.MaxValue);

    /// <summary>Of several that miss the leader at once, the one with the longest log, then the highest priority, goes on.</summary>
    private void GiveWayTo(NodeId from, Message.RequestVote m)
    {
        if (timer.GaveWay) return;
        if (s.Role == Role.Follower) { timer.GiveWay(afterStandingBack: false); return; }
        if (s.Role != Role.PreCandidate) return;
        var own = s.Config!.Members.TryGetValue(s.Self, out var self) ? self.Candidacy : 0;
        var order = m.Last.CompareTo(s.Log.Last);
        if (order == 0) order = m.Priority.CompareTo(own);
        if (order == 0) order = from.CompareTo(s.Self);
        if (order <= 0) return;
        roles.StandBack();
        timer.GiveWay(afterStandingBack: true);
    }

    private void Reply(NodeId to, Message.RequestVoteReply reply)
    {
        if (reply is { PreVote: true, Granted: true }) s.Send(to, reply);
        else s.SendWhenBallotIsDurable(to, reply);
    }
}

using ActorReplication.Core.Durability;

namespace ActorReplication.Core.Roles;

/// <summary>Every change of role, term and known leader. Legal moves: follower → pre-candidate → candidate → leader; pre-candidate or
/// candidate → pre-candidate (again); follower → candidate (handover, operator); any → follower.</summary>
internal sealed class RoleTransitions(ReplicaState s)
{
    private Follower _follower = null!;
    private Candidate _candidate = null!;
    private Leader _leader = null!;

    public void Connect(Follower follower, Candidate candidate, Leader leader) =>
        (_follower, _candidate, _leader) = (follower, candidate, leader);

    /// <summary>A message of a higher term: whatever this node was, it follows, or waits for someone to follow.</summary>
    public void EnterTerm(Term term)
    {
        var was = s.Role;
        if (was == Role.Leader) _leader.End();
        s.Ballot.Enter(term);
        s.Role = Role.Follower;
        s.Leader = null;
        if (was == Role.Leader) s.Note(s.Self, ElectionEvent.SteppedDown);
        _follower.Begin();
        s.AnnounceRole();
    }

    /// <summary>The leader of this term speaks.</summary>
    public void FollowLeader(NodeId leader)
    {
        Invariants.Require(s.Role != Role.Leader, "one leader per term");
        Invariants.Require(leader != s.Self, "nobody follows itself");
        Invariants.Require(s.Leader is null || s.Leader == leader, "one leader per term");
        if (s.Role == Role.Follower && s.Leader == leader) return;
        s.Role = Role.Follower;
        s.Leader = leader;
        _follower.Begin();
        s.AnnounceRole();
    }

    /// <summary>The leader gives up: it cannot hear enough voters, it handed over, or it was removed.</summary>
    public void StepDown()
    {
        Invariants.Require(s.Role == Role.Leader, "only a leader steps down");
        _leader.End();
        s.Role = Role.Follower;
        s.Leader = null;
        s.Note(s.Self, ElectionEvent.SteppedDown);
        _follower.Begin();
        s.AnnounceRole();
    }

    /// <summary>Someone else is better placed, or nobody answers.</summary>
    public void StandBack()
    {
        Invariants.Require(s.Role is Role.PreCandidate or Role.Candidate, "only a candidate stands back");
        s.Role = Role.Follower;
        s.Leader = null;
        _follower.Begin();
        s.AnnounceRole();
    }

    public void BecomePreCandidate()
    {
        Invariants.Require(s.Role is Role.Follower or Role.PreCandidate or Role.Candidate, "a leader asks for no votes");
        s.Role = Role.PreCandidate;
        s.Leader = null;
        s.AnnounceRole();
        _candidate.BeginPreVote();
    }

    public void BecomeCandidate(bool handover)
    {
        Invariants.Require(s.Role is Role.Follower or Role.PreCandidate or Role.Candidate, "a leader asks for no votes");
        s.Ballot.Enter(s.Term.Next);
        s.Ballot.Vote(s.Self);
        s.Role = Role.Candidate;
        s.Leader = null;
        s.AnnounceRole();
        _candidate.BeginVote(handover);
    }

    /// <param name="notBefore">A former leader's lease may last until then.</param>
    public void BecomeLeader(Instant notBefore)
    {
        Invariants.Require(s.Role == Role.Candidate, "only a candidate becomes leader");
        Invariants.Require(s.MaySpeak || s.Has(Defects.VoteNotDurable), "a leader's vote is durable");
        s.Role = Role.Leader;
        s.Leader = s.Self;
        s.Note(s.Self, ElectionEvent.Won);
        s.AnnounceRole();
        _leader.Begin(notBefore);
    }
}

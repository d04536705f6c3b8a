using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.Core.Roles;

/// <summary>Pre-candidate and candidate: asks for votes and counts them (Ongaro §3.4; pre-vote §9.6; handover §3.10).</summary>
internal sealed class Candidate(ReplicaState s, RoleTransitions roles, ElectionTimer timer)
{
    private VoteTally? _tally;
    private Instant _notBefore;
    private bool _countedSelf;

    public void BeginPreVote()
    {
        if (s.Has(Defects.SkipPreVote)) { roles.BecomeCandidate(handover: false); return; }
        timer.WaitForPreVotes();
        Ask();
        if (_tally!.IsWon) roles.BecomeCandidate(handover: false);
    }

    /// <summary>Someone with a shorter log misses the leader too: those who refused a moment ago may have changed their minds.</summary>
    public void AskAgain()
    {
        if (s.Role == Role.PreCandidate) BeginPreVote();
    }

    private void Ask()
    {
        s.Note(s.Self, ElectionEvent.PreVoteStarted);
        _tally = new VoteTally(s.Rule!);
        _tally.Grant(s.Self);
        var request = new Message.RequestVote(s.Term.Next, s.Log.Last, PreVote: true, Handover: false, Priority());
        foreach (var id in s.Rule!.Electorate)
            if (id != s.Self) s.Send(id, request);
    }

    public void BeginVote(bool handover)
    {
        s.Note(s.Self, ElectionEvent.VoteStarted);
        timer.WaitForVotes();
        _tally = new VoteTally(s.Rule!);
        _countedSelf = false;
        _notBefore = handover ? s.Now : s.PromisedUntil;
        var request = new Message.RequestVote(s.Term, s.Log.Last, PreVote: false, handover, Priority());
        foreach (var id in s.Rule!.Electorate)
            if (id != s.Self) s.SendWhenBallotIsDurable(id, request);
        s.SaveBallot();
        CountSelf();
    }

    /// <summary>Something became durable: perhaps the own vote.</summary>
    public void OnPersisted() => CountSelf();

    public void OnReply(NodeId from, Message.RequestVoteReply m)
    {
        // The refusal made us enter the voter's term; the next pre-vote can ask for one that is not stale.
        if (m is { PreVote: true, Refusal: VoteRefusal.StaleTerm } && s is { Role: Role.Follower, Leader: null } && m.Term == s.Term) timer.WaitForPreVotes();
        var asked = m.PreVote ? Role.PreCandidate : Role.Candidate;
        if (s.Role != asked) return;
        if (!m.Granted)
        {
            s.Note(from, ElectionEvent.RefusalReceived, m.Refusal);
            return;
        }
        if (m.Term != (m.PreVote ? s.Term.Next : s.Term)) return;
        s.Note(from, ElectionEvent.VoteReceived);
        _tally!.Grant(from);
        if (!m.PreVote) WaitFor(m.LeaseRemainingMs);
        WinIfElected();
    }

    public void OnTick()
    {
        if (!timer.IsDue) return;
        s.Note(s.Self, ElectionEvent.Timeout);
        if (timer.MayStand) roles.BecomePreCandidate();
        else roles.StandBack();
    }

    private void CountSelf()
    {
        if (s.Role != Role.Candidate || _countedSelf || !(s.MaySpeak || s.Has(Defects.VoteNotDurable))) return;
        _countedSelf = true;
        _tally!.Grant(s.Self);
        WinIfElected();
    }

    private void WinIfElected()
    {
        if (!_tally!.IsWon) return;
        if (s.Role == Role.PreCandidate) roles.BecomeCandidate(handover: false);
        else if (_countedSelf) roles.BecomeLeader(_notBefore);
    }

    /// <summary>Counted from when the reply came, which is later than when the voter said it.</summary>
    private void WaitFor(int leaseRemainingMs)
    {
        if (s.Has(Defects.IgnoreLeaseRemaining)) return;
        var until = s.Now + Math.Max(leaseRemainingMs, 0);
        if (until > _notBefore) _notBefore = until;
    }

    private int Priority() => s.OwnCandidacy?.Candidacy ?? 0;
}

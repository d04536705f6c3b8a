using ActorReplication.Core.Durability;
using ActorReplication.Core.Messages;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class CandidateRules
{
    private readonly Lone _node = new();

    [Fact]
    public void Silence_starts_a_pre_vote_that_raises_no_term()
    {
        _node.Hold(1, 1);
        var outputs = Enumerable.Range(0, 120).SelectMany(_ => _node.After(10)).ToList();
        Assert.All(outputs.Sent<Message.RequestVote>(), m => Assert.True(m.PreVote && m.Term.Value == 2));
        Assert.Equal((Role.PreCandidate, 1), (_node.Replica.Role, _node.Replica.Term.Value));
        Assert.False(outputs.Has<Output.Persist>());
    }

    [Fact]
    public void Waits_at_least_one_and_less_than_two_election_timeouts()
    {
        _node.Hold(1, 1);
        var waited = 0;
        for (; _node.Replica.Role == Role.Follower; waited += 10) _node.After(10);
        Assert.InRange(waited, 600, 1200);
    }

    [Fact]
    public void A_pre_vote_won_starts_the_vote()
    {
        Suspect();
        _node.Receive("c", new Message.RequestVoteReply(new Term(2), true, true, VoteRefusal.None, 0));
        Assert.Equal((Role.Candidate, 2), (_node.Replica.Role, _node.Replica.Term.Value));
    }

    [Fact]
    public void Its_own_vote_counts_only_when_it_is_durable()
    {
        Suspect();
        _node.Receive("c", new Message.RequestVoteReply(new Term(2), true, true, VoteRefusal.None, 0));
        _node.Receive("c", new Message.RequestVoteReply(new Term(2), false, true, VoteRefusal.None, 0));
        Assert.Equal(Role.Candidate, _node.Replica.Role);
        _node.Sync();
        Assert.Equal(Role.Leader, _node.Replica.Role);
    }

    [Fact]
    public void A_vote_of_another_term_does_not_count()
    {
        _node.Step(new Input.CampaignRequested(new RequestId(0)));
        _node.Sync();
        _node.Receive("b", new Message.RequestVoteReply(new Term(0), false, true, VoteRefusal.None, 0));
        Assert.Equal(Role.Candidate, _node.Replica.Role);
    }

    [Fact]
    public void One_voter_counts_once()
    {
        var node = new Lone("b c d e");
        node.Step(new Input.CampaignRequested(new RequestId(0)));
        node.Sync();
        for (var i = 0; i < 3; i++) node.Receive("b", new Message.RequestVoteReply(new Term(1), false, true, VoteRefusal.None, 0));
        Assert.Equal(Role.Candidate, node.Replica.Role);
    }

    [Fact]
    public void A_stranger_does_not_count()
    {
        _node.Step(new Input.CampaignRequested(new RequestId(0)));
        _node.Sync();
        _node.Receive("z", new Message.RequestVoteReply(new Term(1), false, true, VoteRefusal.None, 0));
        Assert.Equal(Role.Candidate, _node.Replica.Role);
    }

    [Fact]
    public void A_leader_of_the_same_term_ends_the_candidacy()
    {
        _node.Step(new Input.CampaignRequested(new RequestId(0)));
        _node.Sync();
        _node.Receive("c", _node.Append(1, "0/0", [1], 0));
        Assert.Equal((Role.Follower, new NodeId("c")), (_node.Replica.Role, _node.Replica.Leader));
    }

    [Fact]
    public void A_stale_pre_vote_is_asked_again_soon_in_the_newer_term()
    {
        Suspect();
        _node.Receive("c", new Message.RequestVoteReply(new Term(8), true, false, VoteRefusal.StaleTerm, 0));
        var asked = Enumerable.Range(0, 12).SelectMany(_ => _node.After(10)).Concat(_node.Sync()).Sent<Message.RequestVote>().ToList();
        Assert.Contains(asked, m => m.Term.Value == 9);
    }

    [Fact]
    public void Sync_needs_only_a_majority_to_elect_and_semi_sync_all_but_one()
    {
        Assert.Equal(3, VotesToLead("b c d e", DurabilityPolicy.Sync));
        Assert.Equal(4, VotesToLead("b c d e", DurabilityPolicy.SemiSync));
    }

    [Fact]
    public void Higher_priority_waits_less_after_a_suspicion()
    {
        int DelayOf(int priority)
        {
            var node = new Lone("b c d e", priority: priority, options: o => o with { SuspicionDelayMs = 300 });
            node.Hold(1, 1);
            node.Step(new Input.PeerSuspected(new NodeId("b")));
            var waited = 0;
            for (; node.Replica.Role == Role.Follower; waited++) node.After(1);
            return waited;
        }
        Assert.True(DelayOf(200) < DelayOf(50));
    }

    [Fact]
    public void Timeout_now_makes_it_stand_without_a_pre_vote_as_a_handover()
    {
        _node.Hold(1, 1);
        _node.Receive("b", new Message.TimeoutNow(new Term(1)));
        Assert.All(_node.Sync().Sent<Message.RequestVote>(), m => Assert.True(m is { Handover: true, PreVote: false, Term.Value: 2 }));
    }

    [Fact]
    public void Timeout_now_of_an_earlier_term_or_of_another_than_the_leader_is_ignored()
    {
        _node.Hold(3, 3);
        _node.Receive("b", new Message.TimeoutNow(new Term(2)));
        _node.Receive("c", new Message.TimeoutNow(new Term(3)));
        Assert.Equal(Role.Follower, _node.Replica.Role);
    }

    private static int VotesToLead(string others, DurabilityPolicy policy)
    {
        var node = new Lone(others, policy);
        node.Step(new Input.CampaignRequested(new RequestId(0)));
        node.Sync();
        var votes = 1;
        foreach (var voter in others.Split(' '))
        {
            if (node.Replica.Role == Role.Leader) break;
            node.Receive(voter, new Message.RequestVoteReply(new Term(1), false, true, VoteRefusal.None, 0));
            votes++;
        }
        return votes;
    }

    private void Suspect()
    {
        _node.Hold(1, 1);
        _node.Step(new Input.PeerSuspected(new NodeId("b")));
        _node.After(40);
        Assert.Equal(Role.PreCandidate, _node.Replica.Role);
    }
}

using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class VotingRules
{
    private readonly Lone _voter = new();

    [Fact]
    public void Grants_a_vote_only_when_it_is_durable()
    {
        var outputs = _voter.Receive("b", Ask(1, "0/0"));
        Assert.IsType<JournalEvent.BallotCast>(outputs.One<Output.Persist>().Event);
        Assert.Empty(outputs.OfType<Output.Send>());
        Assert.True(_voter.Sync().OneSent<Message.RequestVoteReply>().Granted);
    }

    [Fact]
    public void Votes_once_in_a_term()
    {
        _voter.Receive("b", Ask(1, "0/0"));
        _voter.Sync();
        Assert.Equal(VoteRefusal.AlreadyVoted, _voter.Receive("c", Ask(1, "0/0")).OneSent<Message.RequestVoteReply>().Refusal);
        Assert.True(_voter.Receive("b", Ask(1, "0/0")).OneSent<Message.RequestVoteReply>().Granted);
    }

    [Fact]
    public void Keeps_its_vote_over_a_restart()
    {
        var state = new DurableState();
        state.Apply(new JournalEvent.SnapshotTaken(Lone.Position("1/4"), _voter.Config, new Term(3), new NodeId("b"), false));
        var restarted = new Lone(state: state, applied: 4);
        Assert.Equal(VoteRefusal.AlreadyVoted, restarted.Receive("c", Ask(3, "1/4")).OneSent<Message.RequestVoteReply>().Refusal);
    }

    [Theory]
    [InlineData("1/3", true)]
    [InlineData("2/2", false)]
    [InlineData("2/3", true)]
    [InlineData("3/1", true)]
    [InlineData("1/9", false)]
    public void Grants_to_a_log_that_is_not_behind_its_own(string last, bool granted)
    {
        _voter.Hold(2, last == "1/3" ? [1, 1, 1] : [1, 1, 2]);
        _voter.Receive("c", Ask(3, last));
        Assert.Equal(granted, _voter.Sync().OneSent<Message.RequestVoteReply>().Granted);
    }

    [Fact]
    public void Entries_that_are_only_in_memory_count_in_the_comparison_and_are_durable_when_the_answer_leaves()
    {
        _voter.Receive("b", _voter.Append(1, "0/0", [1, 1], 0));
        Assert.Empty(_voter.Receive("c", Ask(2, "1/2")).Sent<Message.RequestVoteReply>());
        Assert.True(_voter.Sync().OneSent<Message.RequestVoteReply>().Granted);
        Assert.Equal(2, _voter.Replica.Durable.Value);
    }

    [Fact]
    public void A_candidate_asks_only_when_its_log_and_its_own_vote_are_durable()
    {
        _voter.Receive("b", _voter.Append(1, "0/0", [1, 1], 0));
        Assert.Empty(_voter.Step(new Input.CampaignRequested(new RequestId(1))).Sent<Message.RequestVote>());
        var asked = _voter.Sync().Sent<Message.RequestVote>().ToList();
        Assert.Equal(2, asked.Count);
        Assert.All(asked, a => Assert.Equal(_voter.Replica.Durable, a.Last.Index));
    }

    [Fact]
    public void Refuses_a_pre_vote_while_it_hears_the_leader()
    {
        _voter.Hold(1, 1);
        Assert.Equal(VoteRefusal.LeaderAlive, _voter.Receive("c", AskBefore(2, "1/1")).OneSent<Message.RequestVoteReply>().Refusal);
    }

    [Fact]
    public void Grants_a_pre_vote_once_the_leader_is_suspected()
    {
        _voter.Hold(1, 1);
        _voter.Step(new Input.PeerSuspected(new NodeId("b")));
        var outputs = _voter.Receive("c", AskBefore(2, "1/1"));
        Assert.True(outputs.OneSent<Message.RequestVoteReply>().Granted);
        Assert.Equal(1, _voter.Replica.Term.Value);
        Assert.False(outputs.Has<Output.Persist>());
    }

    [Fact]
    public void A_message_from_the_leader_clears_the_suspicion()
    {
        _voter.Hold(1, 1);
        _voter.Step(new Input.PeerSuspected(new NodeId("b")));
        _voter.Receive("b", _voter.Append(1, "1/1", [], 0, round: 2));
        Assert.Equal(VoteRefusal.LeaderAlive, _voter.Receive("c", AskBefore(2, "1/1")).OneSent<Message.RequestVoteReply>().Refusal);
    }

    [Fact]
    public void The_suspicion_of_another_than_the_leader_changes_nothing()
    {
        _voter.Hold(1, 1);
        _voter.Step(new Input.PeerSuspected(new NodeId("c")));
        Assert.Equal(VoteRefusal.LeaderAlive, _voter.Receive("c", AskBefore(2, "1/1")).OneSent<Message.RequestVoteReply>().Refusal);
    }

    [Fact]
    public void Says_how_long_its_promise_to_the_former_leader_stands()
    {
        _voter.Hold(1, 1);
        _voter.Wait(100);
        _voter.Receive("c", Ask(2, "1/1"));
        Assert.Equal(150, _voter.Sync().OneSent<Message.RequestVoteReply>().LeaseRemainingMs);
    }

    [Fact]
    public void A_handover_owes_the_former_leader_nothing()
    {
        _voter.Hold(1, 1);
        _voter.Receive("c", Ask(2, "1/1") with { Handover = true });
        Assert.Equal(0, _voter.Sync().OneSent<Message.RequestVoteReply>().LeaseRemainingMs);
    }

    [Fact]
    public void After_a_restart_a_promise_may_still_stand()
    {
        var state = new DurableState();
        state.Apply(new JournalEvent.SnapshotTaken(Lone.Position("1/4"), _voter.Config, new Term(1), null, false));
        var restarted = new Lone(state: state, applied: 4);
        restarted.Receive("b", Ask(2, "1/4"));
        Assert.Equal(250, restarted.Sync().OneSent<Message.RequestVoteReply>().LeaseRemainingMs);
    }

    [Fact]
    public void Whether_a_vote_counts_is_the_candidates_to_know()
    {
        var learner = new Lone(self: MemberKind.Learner);
        learner.Receive("b", Ask(1, "0/0"));
        Assert.True(learner.Sync().OneSent<Message.RequestVoteReply>().Granted);
    }

    [Fact]
    public void A_witness_votes_and_never_stands()
    {
        var witness = new Lone(self: MemberKind.Witness);
        Assert.DoesNotContain(Enumerable.Range(0, 300).SelectMany(_ => witness.After(10)), o => o is Output.Send);
        witness.Receive("b", Ask(1, "0/0"));
        Assert.True(witness.Sync().OneSent<Message.RequestVoteReply>().Granted);
    }

    [Fact]
    public void A_witness_insists_on_its_latest_configuration_also_when_that_is_compacted()
    {
        var state = new DurableState();
        var config = new Lone(self: MemberKind.Witness).Config with { At = Lone.Position("1/5") };
        state.Apply(new JournalEvent.SnapshotTaken(Lone.Position("2/9"), config, new Term(2), null, true));
        var witness = new Lone(state: state, applied: 9);
        Assert.Equal(VoteRefusal.LogBehind, witness.Receive("b", AskBefore(3, "1/4")).OneSent<Message.RequestVoteReply>().Refusal);
        Assert.True(witness.Receive("b", AskBefore(3, "1/5")).OneSent<Message.RequestVoteReply>().Granted);
    }

    [Fact]
    public void A_node_that_has_left_insists_on_the_committed_configuration_without_it_and_not_on_a_later_one()
    {
        var node = new Lone();
        var without = node.Config with { Members = node.Config.Members.Remove(new NodeId("a")) };
        node.Hold(1, 1, 1);
        LogEntry Config(long index) => node.Entry(1, index) with { Kind = EntryKind.Config, Config = without };
        node.Receive("b", node.Append(1, "1/2", [], 2) with { Entries = [Config(3)] });
        node.Receive("b", node.Append(1, "1/3", [], 3) with { Entries = [Config(4)] });
        node.Sync();
        Assert.Equal(3, node.Replica.Commit.Value);
        node.After(700);
        Assert.Equal(VoteRefusal.LogBehind, node.Receive("c", AskBefore(2, "1/2")).OneSent<Message.RequestVoteReply>().Refusal);
        Assert.True(node.Receive("c", AskBefore(2, "1/3")).OneSent<Message.RequestVoteReply>().Granted);
    }

    [Fact]
    public void An_answer_that_waited_longer_than_an_election_for_the_disk_is_not_given()
    {
        _voter.Receive("b", Ask(1, "0/0"));
        _voter.Wait(600);
        Assert.DoesNotContain(_voter.Sync(), o => o is Output.Send);
    }

    [Fact]
    public void Priority_zero_never_stands()
    {
        var voter = new Lone(priority: 0);
        Assert.DoesNotContain(Enumerable.Range(0, 300).SelectMany(_ => voter.After(10)), o => o is Output.Send);
        voter.Step(new Input.CampaignRequested(new RequestId(1)));
        Assert.Equal(Role.Follower, voter.Replica.Role);
    }

    [Fact]
    public void A_node_without_a_configuration_votes_too()
    {
        var empty = new Lone(state: new DurableState());
        empty.Receive("b", Ask(1, "0/0"));
        Assert.True(empty.Sync().OneSent<Message.RequestVoteReply>().Granted);
    }

    [Fact]
    public void A_late_candidate_is_told_the_term()
    {
        _voter.Hold(5, 5);
        var reply = _voter.Receive("c", Ask(4, "9/9")).OneSent<Message.RequestVoteReply>();
        Assert.Equal((VoteRefusal.StaleTerm, 5), (reply.Refusal, reply.Term.Value));
    }

    [Fact]
    public void Of_two_that_ask_at_once_the_higher_priority_goes_on()
    {
        _voter.Hold(1, 1);
        _voter.Step(new Input.PeerSuspected(new NodeId("b")));
        _voter.After(40);
        Assert.Equal(Role.PreCandidate, _voter.Replica.Role);
        Assert.True(_voter.Receive("c", AskBefore(2, "1/1") with { Priority = 200 }).OneSent<Message.RequestVoteReply>().Granted);
        Assert.Equal(Role.Follower, _voter.Replica.Role);
    }

    [Fact]
    public void Of_two_that_ask_at_once_the_lower_priority_is_granted_but_not_waited_for()
    {
        _voter.Hold(1, 1);
        _voter.Step(new Input.PeerSuspected(new NodeId("b")));
        _voter.After(40);
        Assert.True(_voter.Receive("c", AskBefore(2, "1/1") with { Priority = 50 }).OneSent<Message.RequestVoteReply>().Granted);
        Assert.Equal(Role.PreCandidate, _voter.Replica.Role);
    }

    [Fact]
    public void Whoever_cannot_win_does_not_hold_up_others_for_ever()
    {
        _voter.Hold(1, 1);
        _voter.Step(new Input.PeerSuspected(new NodeId("b")));
        var stood = false;
        for (var i = 0; i < 60 && !stood; i++)
        {
            _voter.Receive("c", AskBefore(2, "1/1") with { Priority = 200 });
            stood = _voter.After(10).Sent<Message.RequestVote>().Any();
        }
        Assert.True(stood);
    }

    private static Message.RequestVote Ask(int term, string last) => new(new Term(term), Lone.Position(last), PreVote: false, Handover: false, Priority: 100);

    private static Message.RequestVote AskBefore(int term, string last) => Ask(term, last) with { PreVote = true };
}

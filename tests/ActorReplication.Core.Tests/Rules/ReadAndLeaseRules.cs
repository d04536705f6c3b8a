using ActorReplication.Core.Messages;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class ReadAndLeaseRules
{
    private readonly Lone _leader = new();

    [Fact]
    public void A_read_is_ready_when_a_quorum_answers_a_round_that_began_after_it_came()
    {
        _leader.Serve();
        var asked = Ask(1);
        var round = asked.Sent<Message.AppendEntries>().Max(m => m.Round);
        Assert.False(_leader.Acknowledge("b", round: round - 1).Has<Output.ReadReady>());
        Assert.Equal(2, _leader.Acknowledge("b", round: round).One<Output.ReadReady>().Index.Value);
    }

    [Fact]
    public void Reads_that_come_during_a_round_share_the_next_one()
    {
        _leader.Serve();
        var first = Ask(1).Sent<Message.AppendEntries>().Max(m => m.Round);
        Assert.Empty(Ask(2).Sent<Message.AppendEntries>());
        Assert.Empty(Ask(3).Sent<Message.AppendEntries>());
        var outputs = _leader.Acknowledge("b", round: first);
        Assert.Equal(1, outputs.One<Output.ReadReady>().Id.Value);
        var second = outputs.Sent<Message.AppendEntries>().Max(m => m.Round);
        Assert.Equal([2L, 3L], _leader.Acknowledge("b", round: second).OfType<Output.ReadReady>().Select(r => r.Id.Value));
    }

    [Fact]
    public void A_read_is_refused_before_the_barrier_is_applied()
    {
        _leader.Lead();
        Assert.Equal(RefusalReason.NotReady, Ask(1).One<Output.ReadRefused>().Reason);
    }

    [Fact]
    public void A_read_on_a_follower_is_refused() => Assert.Equal(RefusalReason.NotLeader, Ask(1).One<Output.ReadRefused>().Reason);

    [Fact]
    public void Reads_beyond_the_queue_are_refused_as_overload()
    {
        _leader.Serve();
        for (var i = 0; i < Reads.ReadQueue.Most; i++) Assert.False(Ask(i).Has<Output.ReadRefused>());
        Assert.Equal(RefusalReason.Overloaded, Ask(99_999).One<Output.ReadRefused>().Reason);
    }

    [Fact]
    public void A_lone_voter_confirms_its_reads_itself()
    {
        var alone = new Lone("");
        alone.After(10);
        alone.Sync();
        alone.Sync();
        alone.Step(new Input.Applied(alone.Replica.Commit));
        Assert.True(alone.Step(new Input.ReadRequested(new RequestId(1))).Has<Output.ReadReady>());
    }

    [Fact]
    public void A_lease_runs_from_the_start_of_the_round_and_is_shorter_than_the_promise()
    {
        _leader.Serve();
        _leader.Wait(10);
        var started = _leader.Now;
        var round = Ask(1).Sent<Message.AppendEntries>().Max(m => m.Round);
        _leader.Wait(40);
        Assert.Equal(started + 225, _leader.Acknowledge("b", round: round).One<Output.LeaseChanged>().Until);
    }

    [Fact]
    public void A_lease_needs_more_than_one_voter()
    {
        _leader.Serve();
        var granted = Enumerable.Range(0, 20).SelectMany(_ => _leader.After(10)).ToList();
        Assert.False(granted.Has<Output.LeaseChanged>());
    }

    [Fact]
    public void A_lease_is_revoked_before_the_target_of_a_handover_is_told()
    {
        _leader.Serve();
        Lease();
        var outputs = _leader.Step(new Input.TransferRequested(new RequestId(1), new NodeId("b")));
        var order = outputs.Select(o => o is Output.Send { Message: Message.TimeoutNow } ? "told" : o is Output.LeaseChanged ? "revoked" : "").Where(t => t != "");
        Assert.Equal(["revoked", "told"], order);
        Assert.True(outputs.One<Output.LeaseChanged>().Until < _leader.Now);
    }

    [Fact]
    public void After_a_handover_that_came_to_nothing_no_lease_comes_back_in_this_term()
    {
        _leader.Serve();
        _leader.Step(new Input.TransferRequested(new RequestId(1), new NodeId("b")));
        for (var i = 0; i < 250; i++)
        {
            Assert.False(_leader.After(10).Has<Output.LeaseChanged>());
            Assert.False(_leader.Acknowledge("b").Has<Output.LeaseChanged>());
        }
        Assert.True(_leader.Propose(1).Has<Output.ProposalAccepted>());
    }

    [Fact]
    public void A_leader_that_loses_its_office_revokes_its_lease()
    {
        _leader.Serve();
        Lease();
        var outputs = _leader.Receive("c", _leader.Append(9, "0/0", [], 0));
        Assert.True(outputs.One<Output.LeaseChanged>().Until < _leader.Now);
    }

    [Fact]
    public void A_new_leader_neither_commits_nor_serves_before_the_longest_promise_of_its_voters_has_passed()
    {
        _leader.Lead(leaseRemaining: 200);
        _leader.Acknowledge("b");
        Assert.Equal(0, _leader.Replica.Commit.Value);
        Assert.False(_leader.After(190).Has<Output.CommitAdvanced>());
        Assert.True(_leader.After(10).Has<Output.LeaderReady>());
    }

    [Fact]
    public void A_new_leader_waits_for_its_own_promise_too()
    {
        _leader.Hold(1, 1);
        _leader.Lead(leaseRemaining: 0);
        Assert.False(_leader.Acknowledge("b").Has<Output.LeaderReady>());
        Assert.True(_leader.After(250).Has<Output.LeaderReady>());
    }

    [Fact]
    public void A_leader_deposed_while_it_waited_passes_the_wait_on_with_its_vote()
    {
        _leader.Lead(leaseRemaining: 200);
        _leader.Wait(50);
        _leader.Receive("c", new Message.RequestVote(new Term(7), Lone.Position("6/9"), false, false, 100));
        Assert.Equal(150, _leader.Sync().OneSent<Message.RequestVoteReply>().LeaseRemainingMs);
    }

    private void Lease()
    {
        _leader.Wait(10);
        var round = Ask(100).Sent<Message.AppendEntries>().Max(m => m.Round);
        Assert.True(_leader.Acknowledge("b", round: round).Has<Output.LeaseChanged>());
    }

    private IReadOnlyList<Output> Ask(int id) => _leader.Step(new Input.ReadRequested(new RequestId(id)));
}

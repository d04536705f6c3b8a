using ActorReplication.Core.Messages;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class HandoverRules
{
    [Fact]
    public void A_handover_ends_with_the_named_node_leading_and_no_time_passed()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        var began = cluster.Now;
        cluster.Step("a", new Input.TransferRequested(new RequestId(1), new NodeId("c")));
        Assert.Equal((Role.Leader, began), (cluster["c"].Replica.Role, cluster.Now));
        Assert.True(cluster["c"].Replica.IsServing);
        Assert.Equal(RefusalReason.None, cluster["a"].Trace.One<Output.TransferEnded>().Reason);
    }

    [Fact]
    public void Without_a_name_the_best_follower_is_chosen()
    {
        var leader = new Lone("b c d");
        leader.Step(new Input.CampaignRequested(new RequestId(0)));
        leader.Sync();
        foreach (var voter in (string[])["b", "c"]) leader.Receive(voter, new Message.RequestVoteReply(new Term(1), false, true, VoteRefusal.None, 0));
        leader.Sync();
        leader.Acknowledge("b", received: 1);
        leader.Acknowledge("c");
        leader.Acknowledge("d");
        leader.Step(new Input.Applied(leader.Replica.Commit));
        leader.Step(new Input.PeerSuspected(new NodeId("d")));
        Assert.Equal("c", leader.Step(new Input.TransferRequested(new RequestId(1), null)).One<Output.TransferStarted>().To.Name);
    }

    [Fact]
    public void Proposals_are_refused_until_the_target_is_level_or_time_is_up()
    {
        var leader = new Lone();
        leader.Serve();
        Assert.True(leader.Step(new Input.TransferRequested(new RequestId(1), new NodeId("c"))).Has<Output.TransferStarted>());
        Assert.Equal(RefusalReason.TransferUnderWay, leader.Propose(1).One<Output.ProposalRefused>().Reason);
        var outputs = new List<Output>();
        for (var i = 0; i < 200; i++)
        {
            outputs.AddRange(leader.After(10));
            leader.Acknowledge("b");
        }
        Assert.Equal(RefusalReason.TimedOut, outputs.One<Output.TransferEnded>().Reason);
        Assert.True(leader.Propose(1).Has<Output.ProposalAccepted>());
    }

    [Fact]
    public void The_target_is_told_only_when_it_holds_everything_durably()
    {
        var leader = new Lone();
        leader.Serve();
        leader.Propose(1);
        leader.Sync();
        leader.Step(new Input.TransferRequested(new RequestId(1), new NodeId("c")));
        Assert.Empty(leader.Acknowledge("c", received: 3, flushed: 2).Sent<Message.TimeoutNow>());
        Assert.Single(leader.Acknowledge("c").Sent<Message.TimeoutNow>());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("z")]
    public void A_handover_to_nobody_who_could_lead_is_refused(string to)
    {
        var leader = new Lone();
        leader.Serve();
        Assert.Equal(RefusalReason.Invalid, leader.Step(new Input.TransferRequested(new RequestId(1), new NodeId(to))).One<Output.TransferEnded>().Reason);
    }

    [Fact]
    public void A_second_handover_is_refused()
    {
        var leader = new Lone();
        leader.Serve();
        leader.Step(new Input.TransferRequested(new RequestId(1), new NodeId("c")));
        Assert.Equal(RefusalReason.TransferUnderWay, leader.Step(new Input.TransferRequested(new RequestId(2), null)).One<Output.TransferEnded>().Reason);
    }

    [Fact]
    public void An_operator_can_force_an_election_although_the_leader_is_heard()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        cluster.Step("b", new Input.CampaignRequested(new RequestId(1)));
        Assert.Equal((Role.Leader, Role.Follower), (cluster["b"].Replica.Role, cluster["a"].Replica.Role));
    }
}

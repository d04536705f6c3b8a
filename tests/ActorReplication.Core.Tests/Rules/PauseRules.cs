using ActorReplication.Core.Membership;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

/// <summary>Automatic failover, paused by a setting in the log.</summary>
public sealed class PauseRules
{
    [Fact]
    public void While_failover_is_paused_nobody_takes_over_from_a_leader_that_is_gone()
    {
        var cluster = Paused();
        cluster["a"].Crash();
        cluster.Run(10_000);
        Assert.DoesNotContain(cluster.Nodes, n => !n.IsDown && n.Replica.Role == Role.Leader);
    }

    [Fact]
    public void An_operators_order_makes_a_leader_even_so()
    {
        var cluster = Paused();
        cluster["a"].Crash();
        cluster.Run(3_000);
        Assert.Equal("b", cluster.Elect("b").Id.Name);
    }

    [Fact]
    public void A_leader_that_was_cut_off_for_a_while_comes_back_by_itself()
    {
        var cluster = Paused();
        cluster.Isolate("a");
        cluster.Run(3_000);
        Assert.Throws<InvalidOperationException>(() => cluster.Leader);
        cluster.Heal();
        Assert.Equal("a", cluster.Elect().Id.Name);
    }

    [Fact]
    public void A_leader_that_was_started_again_leads_again()
    {
        var cluster = Paused();
        cluster["a"].Crash();
        cluster.Run(3_000);
        cluster.Restart("a");
        Assert.Equal("a", cluster.Elect().Id.Name);
    }

    [Fact]
    public void A_handover_goes_as_ever()
    {
        var cluster = Paused();
        cluster.Step("a", new Input.TransferRequested(new RequestId(5), new NodeId("c")));
        cluster.RunUntil(() => cluster["c"].Replica.IsServing);
    }

    [Fact]
    public void When_failover_is_resumed_followers_take_over_again()
    {
        var cluster = Paused();
        Set(cluster, null);
        cluster["a"].Crash();
        Assert.NotEqual("a", cluster.Elect().Id.Name);
    }

    private static TestCluster Paused()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        Set(cluster, ClusterConfig.Paused);
        return cluster;
    }

    private static void Set(TestCluster cluster, string? value)
    {
        cluster.Step("a", new Input.ConfigChangeRequested(new RequestId(9), new ConfigChange.SetSetting(ClusterConfig.FailoverSetting, value)));
        cluster.RunUntil(() => cluster.IsLevel && cluster.Nodes.All(n => n.Replica.Config!.FailoverIsPaused == (value is not null)));
    }
}

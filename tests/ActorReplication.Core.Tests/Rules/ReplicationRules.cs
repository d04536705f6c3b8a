using ActorReplication.Core.Messages;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class ReplicationRules
{
    [Fact]
    public void A_bootstrapped_cluster_elects_a_leader_that_serves()
    {
        var cluster = new TestCluster("a b c");
        var leader = cluster.Elect();
        Assert.True(leader.Replica.IsServing);
        Assert.All(cluster.Nodes, n => Assert.Equal(leader.Id, n.Replica.Leader));
    }

    [Fact]
    public void A_proposal_is_committed_and_applied_everywhere_without_time_passing()
    {
        var cluster = new TestCluster("a b c");
        var leader = cluster.Elect();
        cluster.Propose(leader.Id.Name, "x", "y");
        Assert.All(cluster.Nodes, n => Assert.Equal(leader.Replica.Last.Index, n.Replica.Applied));
    }

    [Fact]
    public void A_killed_leader_is_replaced_and_nothing_is_lost()
    {
        var cluster = new TestCluster("a b c");
        var old = cluster.Elect();
        cluster.Propose(old.Id.Name, "x");
        var committed = old.Replica.Commit;
        old.Crash();
        var next = cluster.Elect();
        Assert.NotEqual(old.Id, next.Id);
        cluster.Propose(next.Id.Name, "y");
        cluster.Restart(old.Id.Name);
        cluster.RunUntil(() => old.Replica.Applied == next.Replica.Last.Index);
        Assert.Equal("x"u8.ToArray(), old.EntryAt(committed.Value)!.Payload.ToArray());
    }
}

using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class MissingAcksRules
{
    private static readonly DurabilityPolicy SyncOrLess = DurabilityPolicy.Sync with { DegradeAfterMs = 1000 };

    [Fact]
    public void Without_a_time_a_commit_waits_for_its_followers()
    {
        var cluster = Started(DurabilityPolicy.Sync);
        cluster["c"].Crash();
        cluster.Propose("a", "x");
        cluster.Run(10_000);
        Assert.True(cluster["a"].Replica.Commit < cluster["a"].Replica.Last.Index);
    }

    [Fact]
    public void After_its_time_a_commit_is_content_with_what_no_election_can_avoid_and_no_longer_once_all_are_back()
    {
        var cluster = Started(SyncOrLess);
        cluster["c"].Crash();
        cluster.Propose("a", "x");
        cluster.Run(800);
        Assert.True(cluster["a"].Replica.Commit < cluster["a"].Replica.Last.Index);
        cluster.Run(400);
        Assert.Equal(cluster["a"].Replica.Last.Index, cluster["a"].Replica.Commit);
        Assert.Equal(cluster["a"].Replica.Commit, cluster["a"].Replica.FirmCommit);
        Assert.True(cluster["a"].Replica.IsDegraded);
        cluster.Propose("a", "y");
        Assert.Equal(cluster["a"].Replica.Last.Index, cluster["a"].Replica.Commit);
        cluster.Restart("c");
        cluster.RunUntil(() => !cluster["a"].Replica.IsDegraded);
        Assert.Equal([true, false], cluster["a"].Trace.OfType<Output.DegradedChanged>().Select(d => d.IsDegraded));
    }

    [Fact]
    public void A_commit_that_was_content_with_less_survives_its_leader()
    {
        var cluster = Started(SyncOrLess);
        cluster["c"].Crash();
        cluster.Propose("a", "x");
        cluster.Run(1_200);
        var committed = cluster["a"].Replica.Last;
        cluster["a"].Crash();
        cluster.Restart("c");
        cluster.Elect();
        Assert.Equal(committed.Term, cluster.Leader.Replica.TermAt(committed.Index));
    }

    [Fact]
    public void A_witness_is_no_copy()
    {
        var cluster = new TestCluster("a b", SyncOrLess, others: new Member(new NodeId("w"), MemberKind.Witness));
        cluster.Elect("a");
        cluster["b"].Crash();
        cluster.Propose("a", "x");
        cluster.Run(3_000);
        Assert.True(cluster["a"].Replica.Commit < cluster["a"].Replica.Last.Index);
    }

    [Fact]
    public void A_leader_that_has_nothing_to_commit_does_not_degrade()
    {
        var cluster = Started(SyncOrLess);
        cluster["c"].Crash();
        cluster.Run(3_000);
        Assert.False(cluster["a"].Replica.IsDegraded);
    }

    private static TestCluster Started(DurabilityPolicy policy)
    {
        var cluster = new TestCluster("a b c", policy);
        cluster.Elect("a");
        cluster.RunUntil(() => cluster.IsLevel);
        return cluster;
    }
}

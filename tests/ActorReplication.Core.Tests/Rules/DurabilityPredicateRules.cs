using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using Xunit;
using static ActorReplication.Core.Tests.Rules.PredicateFixture;

namespace ActorReplication.Core.Tests.Rules;

public sealed class DurabilityPredicateRules
{
    public static TheoryData<int, int> Sizes()
    {
        var sizes = new TheoryData<int, int>();
        for (var voters = 1; voters <= 7; voters++)
            for (var witnesses = 0; witnesses <= 2 && voters + witnesses <= 7; witnesses++) sizes.Add(voters, witnesses);
        return sizes;
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Every_election_set_meets_every_acknowledgement_set(int voters, int witnesses)
    {
        foreach (var predicate in Predicates(voters, witnesses).Where(p => !p.Config.Policy.IsAsync()))
        {
            var elections = ElectionSets(predicate);
            foreach (var acks in AckSets(predicate))
                foreach (var votes in elections)
                    Assert.True(votes.Meets(acks), $"{predicate.Config.Policy}: votes {votes.Bits:b} avoid copies {acks.Bits:b}");
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void Any_two_election_sets_meet(int voters, int witnesses)
    {
        foreach (var predicate in Predicates(voters, witnesses))
        {
            var elections = ElectionSets(predicate);
            Assert.True(elections.TrueForAll(a => elections.TrueForAll(a.Meets)), $"{predicate.Config.Policy}");
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void All_together_can_elect_and_commit(int voters, int witnesses)
    {
        foreach (var predicate in Predicates(voters, witnesses))
        {
            var all = new NodeSet((1UL << voters + witnesses) - 1);
            Assert.True(predicate.IsElected(all));
            for (var leader = 0; leader < voters; leader++) Assert.True(predicate.IsCommitted(all, leader, all));
        }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void More_acknowledgements_or_votes_never_undo_a_decision(int voters, int witnesses)
    {
        foreach (var predicate in Predicates(voters, witnesses))
            foreach (var set in Subsets(voters + witnesses))
                for (var more = 0; more < voters + witnesses; more++)
                {
                    Assert.True(!predicate.IsElected(set) || predicate.IsElected(set.With(more)));
                    Assert.True(!predicate.IsCommitted(set, 0, set) || predicate.IsCommitted(set.With(more), 0, set));
                }
    }

    [Theory, MemberData(nameof(Sizes))]
    public void A_set_blocks_exactly_when_the_others_cannot_elect(int voters, int witnesses)
    {
        foreach (var predicate in Predicates(voters, witnesses))
        {
            var elections = ElectionSets(predicate);
            foreach (var set in Subsets(voters + witnesses)) Assert.Equal(elections.TrueForAll(set.Meets), predicate.Blocks(set));
        }
    }

    [Fact]
    public void Elections_among_equal_voters_need_the_larger_of_a_majority_and_all_but_k()
    {
        for (var n = 1; n <= 7; n++)
            for (var k = 1; k < n; k++)
            {
                var predicate = Settled(Config(n, 0, DurabilityPolicy.AnyOf(k)));
                Assert.Equal(Math.Max(n - k, n / 2 + 1), ElectionSets(predicate).Min(s => s.Count));
            }
    }

    [Theory]
    [InlineData(5, 3)]
    [InlineData(7, 4)]
    public void Without_the_majority_two_disjoint_sets_could_elect(int n, int k)
    {
        var elections = ElectionSets(Settled(Config(n, 0, DurabilityPolicy.AnyOf(k)), Defects.ElectionQuorumIsNMinusK));
        Assert.False(elections.TrueForAll(a => elections.TrueForAll(a.Meets)));
    }

    [Fact]
    public void Async_commits_on_the_leader_alone_and_elects_by_majority()
    {
        var predicate = Settled(Config(5, 0, DurabilityPolicy.Async));
        Assert.True(predicate.IsCommitted(Set(0), 0, NodeSet.Empty));
        Assert.Equal(3, ElectionSets(predicate).Min(s => s.Count));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(4, 2)]
    [InlineData(5, 2)]
    [InlineData(7, 3)]
    public void Quorum_waits_for_half_of_the_voters(int n, int k) => Assert.Equal(k, CopiesOf(n, DurabilityPolicy.Quorum));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Sync_waits_for_all_other_voters(int n) => Assert.Equal(n - 1, CopiesOf(n, DurabilityPolicy.Sync));

    [Fact]
    public void Semi_sync_waits_for_one() => Assert.Equal(1, CopiesOf(7, DurabilityPolicy.SemiSync));

    [Fact]
    public void A_leader_that_has_not_flushed_itself_commits_nothing() =>
        Assert.False(Settled(Config(3, 0, DurabilityPolicy.SemiSync)).IsCommitted(Set(1, 2), 0, Set(1, 2)));

    [Fact]
    public void A_witness_is_no_copy()
    {
        var predicate = Settled(Config(2, 1, DurabilityPolicy.SemiSync));
        Assert.False(predicate.IsCommitted(Set(0, 2), 0, Set(2)));
        Assert.True(predicate.IsElected(Set(0, 2)));
    }

    [Fact]
    public void A_voter_marked_no_sync_is_not_waited_for()
    {
        var predicate = Settled(Config(3, 0, DurabilityPolicy.SemiSync, noSync: 0b100));
        Assert.False(predicate.IsCommitted(Set(0, 2), 0, Set(2)));
        Assert.True(predicate.IsCommitted(Set(0, 1), 0, Set(1)));
    }

    [Fact]
    public void First_waits_for_the_first_available_in_order_of_preference()
    {
        var predicate = Settled(Config(4, 0, DurabilityPolicy.FirstOf(1, Node(3), Node(1), Node(2))));
        Assert.False(predicate.IsCommitted(Set(0, 1), 0, available: Set(1, 2, 3)));
        Assert.True(predicate.IsCommitted(Set(0, 3), 0, available: Set(1, 2, 3)));
        Assert.True(predicate.IsCommitted(Set(0, 1), 0, available: Set(1, 2)));
        Assert.False(predicate.IsCommitted(Set(0, 2), 0, available: Set(1, 2)));
    }

    [Fact]
    public void First_of_all_waits_for_another_zone_than_the_leaders_first()
    {
        var config = Config(4, 0, DurabilityPolicy.FirstOf(1));
        foreach (var (i, zone) in ((int, string)[])[(0, "east"), (1, "east"), (2, "west"), (3, "west")])
            config = config with { Members = config.Members.SetItem(Node(i), config.Members[Node(i)] with { Zone = zone }) };
        var predicate = Settled(config);
        Assert.False(predicate.IsCommitted(Set(0, 1), 0, available: Set(1, 2, 3)));
        Assert.True(predicate.IsCommitted(Set(0, 2), 0, available: Set(1, 2, 3)));
        Assert.True(predicate.IsCommitted(Set(3, 0), 3, available: Set(0, 1, 2)));
        Assert.True(predicate.IsCommitted(Set(0, 1), 0, available: Set(1)));
    }

    [Fact]
    public void A_named_policy_elects_nobody_without_the_named()
    {
        // ANY 1 (b): every commit is on b, so b must vote.
        var predicate = Settled(Config(3, 0, DurabilityPolicy.AnyOf(1, Node(1))));
        Assert.False(predicate.IsElected(Set(0, 2)));
        Assert.True(predicate.IsElected(Set(0, 1)));
    }

    private static int CopiesOf(int n, DurabilityPolicy policy) => Settled(Config(n, 0, policy)).Own.CopiesFor(0);

    private static NodeSet Set(params int[] slots) => slots.Aggregate(NodeSet.Empty, (set, slot) => set.With(slot));

    private static IEnumerable<DurabilityPredicate> Predicates(int voters, int witnesses)
    {
        foreach (var policy in Policies(voters))
        {
            yield return Settled(Config(voters, witnesses, policy));
            if (voters > 1) yield return Settled(Config(voters, witnesses, policy, noSync: 1 << voters - 1));
        }
    }
}

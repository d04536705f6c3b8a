using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using Xunit;
using static ActorReplication.Core.Tests.Rules.PredicateFixture;

namespace ActorReplication.Core.Tests.Rules;

/// <summary>Two configurations side by side, some nodes knowing only the first: nothing committed may be lost, no two may lead a term.</summary>
public sealed class ConfigTransitionRules
{
    public static TheoryData<string, int> Changes()
    {
        var data = new TheoryData<string, int>();
        foreach (var change in (string[])["promote", "demote", "remove", "add witness", "remove witness", "no-sync"])
            for (var voters = 2; voters <= 4; voters++) data.Add(change, voters);
        return data;
    }

    [Theory, MemberData(nameof(Changes))]
    public void What_commits_before_a_membership_change_is_settled_meets_every_election_of_the_old_members(string change, int voters)
    {
        foreach (var (old, next) in Pairs(change, voters))
        {
            var during = new DurabilityPredicate(next, old, settled: false, Defects.None);
            foreach (var votes in ElectionSets(In(during, old)))
                foreach (var acks in CommitSets(during))
                    Assert.True(votes.Meets(acks), $"{change} {old.Policy}: {votes.Bits:b} avoids {acks.Bits:b}");
        }
    }

    [Theory, MemberData(nameof(Changes))]
    public void A_candidate_with_the_new_members_and_one_with_the_old_cannot_both_win(string change, int voters)
    {
        foreach (var (old, next) in Pairs(change, voters))
        {
            var during = new DurabilityPredicate(next, old, settled: false, Defects.None);
            var before = ElectionSets(In(during, old));
            foreach (var votes in ElectionSets(during)) Assert.True(before.TrueForAll(votes.Meets), $"{change} {old.Policy}");
        }
    }

    [Theory, MemberData(nameof(Changes))]
    public void What_commits_afterwards_meets_every_election_of_those_who_have_the_new_members(string change, int voters)
    {
        foreach (var (old, next) in Pairs(change, voters).Where(p => !p.Next.Policy.IsAsync()))
        {
            var during = new DurabilityPredicate(next, old, settled: false, Defects.None);
            var after = In(during, next);
            foreach (var votes in ElectionSets(during))
                foreach (var acks in CommitSets(after)) Assert.True(votes.Meets(acks), $"{change} {old.Policy}");
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_joint_policy_commits_and_elects_only_what_both_policies_do(int voters)
    {
        foreach (var from in Policies(voters))
            foreach (var to in Policies(voters))
            {
                var old = Config(voters, 0, from);
                var joint = new DurabilityPredicate(old with { Policy = to, JointWith = from }, old, settled: false, Defects.None);
                foreach (var set in Subsets(voters))
                {
                    if (joint.IsElected(set)) Assert.True(Settled(old).IsElected(set) && Settled(Config(voters, 0, to)).IsElected(set));
                    if (joint.IsCommitted(set, 0, set)) Assert.True(Settled(old).IsCommitted(set, 0, set) && Settled(Config(voters, 0, to)).IsCommitted(set, 0, set));
                }
            }
    }

    [Fact]
    public void A_dead_voter_can_be_removed_under_sync()
    {
        var old = Config(3, 0, DurabilityPolicy.Sync);
        var next = old with { Members = old.Members.Remove(Node(2)) };
        var during = new DurabilityPredicate(next, old, settled: false, Defects.None);
        var alive = NodeSet.Empty.With(during.Slots.Of(Node(0))).With(during.Slots.Of(Node(1)));
        Assert.True(during.IsCommitted(alive, during.Slots.Of(Node(0)), alive));
    }

    [Fact]
    public void A_leader_that_leaves_needs_one_copy_more_since_its_own_goes_with_it()
    {
        var old = Config(4, 1, DurabilityPolicy.Quorum);
        var during = new DurabilityPredicate(old with { Members = old.Members.Remove(Node(0)) }, old, settled: false, Defects.None);
        var oneCopy = NodeSet.Empty.With(0).With(3).With(4);
        Assert.False(during.IsCommitted(oneCopy, 0, oneCopy));
        Assert.True(during.IsCommitted(oneCopy.With(1), 0, oneCopy.With(1)));
    }

    [Fact]
    public void A_configuration_is_not_committed_by_an_async_leader_alone()
    {
        var config = Config(3, 0, DurabilityPolicy.Async);
        var during = new DurabilityPredicate(config, config, settled: false, Defects.None);
        Assert.False(during.IsCommitted(NodeSet.Empty.With(0), 0, NodeSet.Empty));
        Assert.True(during.IsCommitted(NodeSet.Empty.With(0).With(2), 0, NodeSet.Empty));
    }

    private static IEnumerable<(ClusterConfig Old, ClusterConfig Next)> Pairs(string change, int voters)
    {
        foreach (var policy in Policies(voters))
        {
            var old = Config(voters, 0, policy);
            var last = Node(voters - 1);
            var next = change switch
            {
                "promote" => old with { Members = Config(voters + 1, 0, policy).Members },
                "demote" => old with { Members = old.Members.SetItem(last, new Member(last, MemberKind.Learner)) },
                "remove" => old with { Members = old.Members.Remove(last) },
                "add witness" => old with { Members = Config(voters, 1, policy).Members },
                "remove witness" => old,
                _ => old with { Members = old.Members.SetItem(last, new Member(last, MemberKind.Voter, NoSync: true)) },
            };
            if (change == "remove witness") old = old with { Members = Config(voters, 1, policy).Members };
            if (Soundness.ProblemOf(next) is ChangeProblem.None or ChangeProblem.PolicyNeedsMore) yield return (old, next);
        }
    }

    /// <summary>The settled predicate of one side, asked in the other's slots.</summary>
    private static DurabilityPredicate In(DurabilityPredicate slots, ClusterConfig config)
    {
        var all = slots.Config.Members.AddRange(config.Members.Where(m => !slots.Config.Members.ContainsKey(m.Key)));
        var padded = config.Members.AddRange(all.Where(m => !config.Members.ContainsKey(m.Key))
            .Select(m => KeyValuePair.Create(m.Key, new Member(m.Key, MemberKind.Learner))));
        return Settled(config with { Members = padded });
    }

    private static List<NodeSet> CommitSets(DurabilityPredicate predicate) =>
        [.. Subsets(predicate.Slots.Count).Where(acks => Enumerable.Range(0, predicate.Slots.Count)
            .Any(leader => acks.Contains(leader) && predicate.Own.Data.Contains(leader) && CommitsWithSome(predicate, acks, leader)))];
}

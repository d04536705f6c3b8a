using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Simulation.Checks;
using Xunit;

namespace ActorReplication.Core.Tests.Simulation.Parts;

public sealed class OracleSets
{
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var roles in (ReadOnlySpan<string>)["v", "vv", "vvv", "vvvv", "vvvvv", "vvvvvv", "vvvvvvv", "vvw", "vvvww", "vvl"])
            foreach (var policy in (ReadOnlySpan<string>)["async", "semi-sync", "quorum", "sync", "any:2:", "first:1:b+c"])
                cases.Add(roles, policy);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_election_meets_every_commit_and_every_other_election(string roles, string policy)
    {
        var config = Checkers.Config(roles, Plan.PolicyText.Read(policy));
        for (var votes = 0; votes < 1 << roles.Length; votes++)
        {
            if (!DurabilityOracle.IsElected(config, In(votes)))
                continue;
            var outside = ~votes & ((1 << roles.Length) - 1);
            Assert.False(DurabilityOracle.IsElected(config, In(outside)));
            foreach (var member in config.Members.Values)
                Assert.False(member.Kind == MemberKind.Voter && !DurabilityOracle.IsWeak(config) && DurabilityOracle.IsCommitted(config, member.Id, In(outside)));
        }
    }

    [Fact]
    public void Two_disjoint_pairs_of_five_do_not_both_elect_although_N_minus_k_is_two() =>
        Assert.False(DurabilityOracle.IsElected(Checkers.Config("vvvvv", DurabilityPolicy.AnyOf(3)), In(0b00011)));

    [Fact]
    public void A_witness_is_no_copy()
    {
        var config = Checkers.Config("vvw", DurabilityPolicy.SemiSync);
        Assert.False(DurabilityOracle.IsCommitted(config, new NodeId("a"), In(0b101)));
        Assert.True(DurabilityOracle.IsCommitted(config, new NodeId("a"), In(0b011)));
        Assert.True(DurabilityOracle.IsElected(config, In(0b101)));
    }

    [Fact]
    public void A_joint_policy_needs_both()
    {
        var config = Checkers.Config("vvv", DurabilityPolicy.Async) with { JointWith = DurabilityPolicy.Sync };
        Assert.False(DurabilityOracle.IsCommitted(config, new NodeId("a"), In(0b011)));
        Assert.True(DurabilityOracle.IsCommitted(config, new NodeId("a"), In(0b111)));
    }

    private static Func<NodeId, bool> In(int set) => id => (set >> (id.Name[0] - 'a') & 1) != 0;
}

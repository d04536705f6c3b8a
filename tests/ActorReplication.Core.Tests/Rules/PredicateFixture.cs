using System.Collections.Immutable;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Tests.Rules;

/// <summary>Configurations, policies and sets of nodes to try exhaustively.</summary>
internal static class PredicateFixture
{
    private static readonly string[] Names = ["a", "b", "c", "d", "e", "f", "g"];

    public static NodeId Node(int i) => new(Names[i]);

    public static ClusterConfig Config(int voters, int witnesses, DurabilityPolicy policy, int noSync = 0)
    {
        var members = Enumerable.Range(0, voters).Select(i => new Member(Node(i), MemberKind.Voter, NoSync: (noSync >> i & 1) != 0))
            .Concat(Enumerable.Range(voters, witnesses).Select(i => new Member(Node(i), MemberKind.Witness)));
        return new ClusterConfig(ClusterId.None, members.ToImmutableSortedDictionary(m => m.Id, m => m), policy);
    }

    public static DurabilityPredicate Settled(ClusterConfig config, Defects defects = Defects.None) => new(config, null, true, defects);

    /// <summary>Every policy that says something different for this many voters that hold data.</summary>
    public static IEnumerable<DurabilityPolicy> Policies(int voters)
    {
        yield return DurabilityPolicy.Async;
        yield return DurabilityPolicy.SemiSync;
        yield return DurabilityPolicy.Quorum;
        yield return DurabilityPolicy.Sync;
        for (var k = 1; k < voters; k++)
        {
            yield return DurabilityPolicy.AnyOf(k);
            yield return DurabilityPolicy.FirstOf(k);
            for (var first = 1; first + k <= voters; first++)
            {
                var names = Enumerable.Range(first, voters - first).Select(Node).ToArray();
                yield return DurabilityPolicy.AnyOf(k, names);
                yield return DurabilityPolicy.FirstOf(k, names);
            }
        }
    }

    public static IEnumerable<NodeSet> Subsets(int nodes) => Enumerable.Range(0, 1 << nodes).Select(bits => new NodeSet((ulong)bits));

    public static List<NodeSet> ElectionSets(DurabilityPredicate predicate) => [.. Subsets(predicate.Slots.Count).Where(predicate.IsElected)];

    /// <summary>The sets that some leader could commit with, whoever is available.</summary>
    public static List<NodeSet> AckSets(DurabilityPredicate predicate)
    {
        var sets = new List<NodeSet>();
        foreach (var acks in Subsets(predicate.Slots.Count))
            foreach (var member in predicate.Config.Members.Values)
                if (member.Kind == MemberKind.Voter && CommitsWithSome(predicate, acks, predicate.Slots.Of(member.Id))) { sets.Add(acks); break; }
        return sets;
    }

    public static bool CommitsWithSome(DurabilityPredicate predicate, NodeSet acks, int leader) =>
        // FIRST k is least strict when exactly those who acknowledged are available.
        predicate.IsCommitted(acks, leader, acks);
}

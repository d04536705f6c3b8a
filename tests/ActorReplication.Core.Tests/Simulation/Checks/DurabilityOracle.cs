using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Tests.Simulation.Checks;

/// <summary>The promise of a policy in words of sets, not by Core's formulas: an entry is safe when its leader and k eligible followers hold it;
/// an election is safe when its voters are a majority and no set that could have committed lies wholly outside of them.</summary>
internal static class DurabilityOracle
{
    public static int RequiredCopies(ClusterConfig config) => config.JointWith is { } joint ? Math.Max(Required(config, config.Policy), Required(config, joint)) : Required(config, config.Policy);

    public static bool IsCommitted(ClusterConfig config, NodeId leader, Func<NodeId, bool> holds) =>
        Meets(config, config.Policy, leader, holds) && (config.JointWith is not { } joint || Meets(config, joint, leader, holds));

    public static bool IsElected(ClusterConfig config, Func<NodeId, bool> voted) =>
        IsMajority(config, voted) && !CouldCommitWithout(config, config.Policy, voted) && (config.JointWith is not { } joint || !CouldCommitWithout(config, joint, voted));

    /// <summary>Whether these nodes alone can elect a leader and commit.</summary>
    public static bool CanServe(ClusterConfig config, Func<NodeId, bool> up)
    {
        if (!IsElected(config, up))
            return false;
        foreach (var (id, member) in config.Members)
            if (member is { Kind: MemberKind.Voter, FailoverPriority: > 0 } && up(id) && IsCommitted(config, id, up))
                return true;
        return false;
    }

    private static int Required(ClusterConfig config, DurabilityPolicy policy)
    {
        int votes = 0, data = 0;
        foreach (var member in config.Members.Values)
        {
            if (member.Kind != MemberKind.Learner)
                votes++;
            if (member.Kind == MemberKind.Voter)
                data++;
        }
        return policy.Kind switch
        {
            PolicyKind.Async => 0,
            PolicyKind.SemiSync => 1,
            PolicyKind.Quorum => votes / 2,
            PolicyKind.Sync => data - 1,
            _ => policy.Count,
        };
    }

    private static bool Meets(ClusterConfig config, DurabilityPolicy policy, NodeId leader, Func<NodeId, bool> holds) =>
        holds(leader) && Copies(config, policy, leader, holds) >= Required(config, policy);

    private static int Copies(ClusterConfig config, DurabilityPolicy policy, NodeId leader, Func<NodeId, bool> holds)
    {
        var copies = 0;
        foreach (var (id, member) in config.Members)
            if (id != leader && Counts(policy, member) && holds(id))
                copies++;
        return copies;
    }

    private static bool Counts(DurabilityPolicy policy, Member member) =>
        member is { Kind: MemberKind.Voter, NoSync: false } && (policy.Kind is not (PolicyKind.FirstOf or PolicyKind.AnyOf) || policy.Names.IsDefaultOrEmpty || policy.Names.Contains(member.Id));

    private static bool IsMajority(ClusterConfig config, Func<NodeId, bool> voted)
    {
        int voters = 0, votes = 0;
        foreach (var (id, member) in config.Members)
        {
            if (member.Kind == MemberKind.Learner)
                continue;
            voters++;
            if (voted(id))
                votes++;
        }
        return votes > voters / 2;
    }

    private static bool CouldCommitWithout(ClusterConfig config, DurabilityPolicy policy, Func<NodeId, bool> voted)
    {
        var required = Required(config, policy);
        if (required == 0)
            return false;
        foreach (var (id, member) in config.Members)
            if (member.Kind == MemberKind.Voter && !voted(id) && Copies(config, policy, id, other => !voted(other)) >= required)
                return true;
        return false;
    }
}

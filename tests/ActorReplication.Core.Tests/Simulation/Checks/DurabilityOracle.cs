using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Tests.Simulation.Checks;

/// <summary>The promise of a policy in words of sets, not by Core's formulas: an entry is safe when its leader and k eligible followers hold it;
/// an election is safe when its voters are a majority and no set that could have committed lies wholly outside of them.</summary>
internal static class DurabilityOracle
{
    /// <summary>A failover may lose what was committed: no follower is waited for.</summary>
    public static bool IsWeak(ClusterConfig config) => IsWeak(config.Policy) && (config.JointWith is null || IsWeak(config.JointWith));

    /// <param name="leader">A leader that is being removed counts for nothing: what it commits must then be where no election can avoid it.</param>
    public static bool IsCommitted(ClusterConfig config, NodeId leader, Func<NodeId, bool> holds) =>
        Meets(config, config.Policy, leader, holds) && (config.JointWith is not { } joint || Meets(config, joint, leader, holds));

    /// <summary>What is enough when the policy's followers are missing: the leader's copy, and no election that all who hold one could be left out of.</summary>
    public static bool IsCommittedDegraded(ClusterConfig config, NodeId leader, Func<NodeId, bool> holds) =>
        holds(leader) && !IsElected(config, id => !(holds(id) && IsData(config, id)));

    public static bool IsElected(ClusterConfig config, Func<NodeId, bool> voted) =>
        IsMajority(config, voted) && !CouldCommitWithout(config, config.Policy, voted) && (config.JointWith is not { } joint || !CouldCommitWithout(config, joint, voted));

    /// <summary>Whether these nodes alone can elect a leader, and whichever of them it is can commit.</summary>
    public static bool CanServe(ClusterConfig config, Func<NodeId, bool> up)
    {
        var leaders = config.Members.Values.Where(member => member is { Kind: MemberKind.Voter, FailoverPriority: > 0 } && up(member.Id)).ToList();
        return IsElected(config, up) && leaders.Count > 0 && leaders.TrueForAll(leader => IsCommitted(config, leader.Id, up));
    }

    private static bool IsWeak(DurabilityPolicy policy) => policy.Kind == PolicyKind.Async || (policy.Kind is PolicyKind.FirstOf or PolicyKind.AnyOf && policy.Count <= 0);

    private static bool Meets(ClusterConfig config, DurabilityPolicy policy, NodeId leader, Func<NodeId, bool> holds)
    {
        if (Copies(config, policy, leader, holds) < Required(config, policy, leader))
            return false;
        return IsData(config, leader) ? holds(leader) : !IsElected(config, id => !holds(id));
    }

    /// <summary>k, but no more than there are followers that could count.</summary>
    private static int Required(ClusterConfig config, DurabilityPolicy policy, NodeId leader)
    {
        var data = config.Members.Values.Count(member => member.Kind == MemberKind.Voter);
        var wanted = policy.Kind switch
        {
            PolicyKind.Async => 0,
            PolicyKind.SemiSync => 1,
            PolicyKind.Quorum => data / 2,
            PolicyKind.Sync => data - 1,
            _ => policy.Count,
        };
        return wanted == 0 ? 0 : Math.Min(wanted, Copies(config, policy, leader, _ => true));
    }

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

    private static bool IsData(ClusterConfig config, NodeId id) => config.Members.TryGetValue(id, out var member) && member.Kind == MemberKind.Voter;

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
        if (IsWeak(policy))
            return false;
        foreach (var (id, member) in config.Members)
            if (member.Kind == MemberKind.Voter && !voted(id) && Copies(config, policy, id, other => !voted(other)) >= Required(config, policy, id))
                return true;
        return false;
    }
}

using ActorReplication.Core.Durability;

namespace ActorReplication.Core.Membership;

/// <summary>What every configuration must be: small enough, with somebody who can lead, and with a policy that can be met.</summary>
internal static class Soundness
{
    public static ChangeProblem ProblemOf(ClusterConfig config)
    {
        if (config.Members.Count > ConfigChanges.MostMembers) return ChangeProblem.TooManyMembers;
        var canLead = false;
        foreach (var member in config.Members.Values) canLead |= member is { Kind: MemberKind.Voter, Candidacy: > 0 };
        if (!canLead) return ChangeProblem.NobodyCouldLead;
        return PolicyProblem(config.Policy, config);
    }

    /// <summary>Some leader must have as many eligible followers as the policy waits for. (What quorum and sync wait for follows from who is there.)</summary>
    private static ChangeProblem PolicyProblem(DurabilityPolicy policy, ClusterConfig config)
    {
        if (!Enum.IsDefined(policy.Kind) || policy.Count < 0) return ChangeProblem.BadPolicy;
        if (policy.IsAsync() || policy.Kind is PolicyKind.Quorum or PolicyKind.Sync) return ChangeProblem.None;
        return MostFollowers(config) >= policy.FollowersFor(dataVoters: 0) ? ChangeProblem.None : ChangeProblem.PolicyNeedsMore;
    }

    /// <summary>How many followers can acknowledge to the leader that has the most of them.</summary>
    public static int MostFollowers(ClusterConfig config)
    {
        int eligible = 0, eligibleToLead = 0, leaders = 0;
        foreach (var member in config.Members.Values)
        {
            if (member.Kind != MemberKind.Voter) continue;
            var counts = !member.NoSync && config.Policy.Counts(member.Id);
            if (counts) eligible++;
            if (member.Candidacy <= 0) continue;
            leaders++;
            if (counts) eligibleToLead++;
        }
        return eligibleToLead < leaders ? eligible : eligible - 1;
    }
}

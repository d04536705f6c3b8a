using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Simulation.Engine;

namespace ActorReplication.Core.Tests.Simulation.Checks;

/// <summary>What may stand between two configurations that follow each other in one log.</summary>
internal static class ConfigRules
{
    public static void RequireOneStep(ClusterConfig previous, ClusterConfig next, LogPosition at)
    {
        var voters = 0;
        foreach (var id in previous.Members.Keys.Union(next.Members.Keys))
            if (IsVoter(previous, id) != IsVoter(next, id))
                voters++;
        if (voters > 1)
            throw new Violation("S15", $"{voters} voters come and go in the one change at {at}");
        if (!Same(previous.Policy, next.Policy) && (next.JointWith is null || !Same(next.JointWith, previous.Policy)))
            throw new Violation("joint", $"the policy changes at {at} from {previous.Policy.Kind} to {next.Policy.Kind} without a joint phase");
        if (next.JointWith is null && previous.JointWith is not null && !Same(previous.Policy, next.Policy))
            throw new Violation("joint", $"the joint phase ends at {at} with another policy");
    }

    public static bool IsVoter(ClusterConfig config, NodeId id) => config.Members.TryGetValue(id, out var member) && member.Kind != MemberKind.Learner;

    public static bool Same(DurabilityPolicy a, DurabilityPolicy b) => a.Kind == b.Kind && a.Count == b.Count && (a.Names.IsDefaultOrEmpty && b.Names.IsDefaultOrEmpty || a.Names.AsSpan().SequenceEqual(b.Names.AsSpan()));
}

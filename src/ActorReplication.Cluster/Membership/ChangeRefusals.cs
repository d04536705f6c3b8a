using ActorReplication.Core;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster.Membership;

/// <summary>What an operator is told when a change of the cluster cannot be made.</summary>
internal static class ChangeRefusals
{
    public static string Explain(ClusterConfig config, ConfigChange change)
    {
        var name = NameOf(change);
        return ConfigChanges.ProblemOf(config, change) switch
        {
            ChangeProblem.IsMember => $"'{name}' is a member already: remove it first, or give the new node another name",
            ChangeProblem.IsNoMember => $"'{name}' is none of the members {string.Join(", ", config.Members.Keys)}",
            ChangeProblem.BadName => "a member needs a name",
            ChangeProblem.AddedAsVoter => "a node is added as a learner or a witness; a learner becomes a voter when it has caught up",
            ChangeProblem.IsNoLearner => $"'{name}' is a {KindOf(config, change)}, and only a learner can be promoted",
            ChangeProblem.IsNoVoter => $"'{name}' is a {KindOf(config, change)}, and only a voter can be demoted",
            ChangeProblem.KindChanged => $"'{name}' has been promoted or demoted meanwhile: look at the members and try again",
            ChangeProblem.BadTag => $"a tag of '{name}' is out of its range",
            ChangeProblem.OtherIncarnation => "another data folder is known under that name: remove the member and add it again",
            ChangeProblem.TooManyMembers => $"a cluster has at most {ConfigChanges.MostMembers} members",
            ChangeProblem.NobodyCouldLead => $"without '{name}' no voter would be left that may lead: add another voter first, or raise another's failover-priority",
            ChangeProblem.PolicyNeedsMore => change is ConfigChange.SetPolicy
                ? "the policy waits for more followers than there are voters that count"
                : $"the policy would wait for more followers than are left without '{name}': set another policy first; or, if '{name}' is lost and the policy cannot be changed without it, remove it with --anyway: then commits wait for those that are left",
            ChangeProblem.BadPolicy => "no such policy",
            ChangeProblem.BadSetting => $"a setting has a name of up to {ConfigChanges.MostNameLength} characters and a value of up to {ConfigChanges.MostValueLength}, and there are at most {ConfigChanges.MostSettings}",
            ChangeProblem.UnknownChange => "this leader does not know such a change: it may be of an earlier version",
            _ => "the members have changed meanwhile: try again",
        };
    }

    public static string NoTarget(NodeId? to) => to is { } name
        ? $"'{name}' cannot lead: it is no voter, or its failover-priority is 0, or it applies with a delay"
        : "there is no other voter that may lead";

    public static string OtherFolder(NodeId peer) =>
        $"'{peer}' has another data folder than the member of that name, so its old votes and acknowledgements are gone: take it in as a new node with actorctl member reinit {peer}";

    public static string NoMember(NodeId peer, string address) => $"'{peer}' is not a member of the cluster: add it with actorctl member add {peer} --address {address}";

    private static string NameOf(ConfigChange change) => change switch
    {
        ConfigChange.Add add => add.Member.Id.Name,
        ConfigChange.Remove remove => remove.Id.Name,
        ConfigChange.Promote promote => promote.Id.Name,
        ConfigChange.Demote demote => demote.Id.Name,
        ConfigChange.Retag retag => retag.Member.Id.Name,
        _ => "",
    };

    private static string KindOf(ClusterConfig config, ConfigChange change) =>
        config.Members.TryGetValue(new NodeId(NameOf(change)), out var member) ? member.Kind.ToString().ToLowerInvariant() : "stranger";
}

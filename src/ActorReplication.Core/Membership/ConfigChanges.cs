using ActorReplication.Core.Durability;

namespace ActorReplication.Core.Membership;

/// <summary>What a requested change makes of a configuration, or why it is not possible.</summary>
public static class ConfigChanges
{
    /// <summary>Most members of one configuration.</summary>
    public const int MostMembers = 32;

    /// <summary>Most settings, and most characters of a name and of a value: every configuration travels whole.</summary>
    public const int MostSettings = 256, MostNameLength = 80, MostValueLength = 1024;

    /// <summary>Most characters of an address, an HTTP address, a zone.</summary>
    public const int MostTagLength = 255;

    /// <summary>Longest delay, in milliseconds: thirty days.</summary>
    public const long MostApplyDelayMs = 30L * 24 * 3_600_000;

    /// <summary>None if the change can be made of this configuration.</summary>
    public static ChangeProblem ProblemOf(ClusterConfig config, ConfigChange change) => Apply(config, change, LogPosition.Zero).Problem;

    /// <param name="at">Where the entry will be.</param>
    /// <returns>The next configuration, or the problem. A policy change gives the joint configuration.</returns>
    internal static (ClusterConfig? Next, ChangeProblem Problem) Apply(ClusterConfig config, ConfigChange change, LogPosition at)
    {
        var (next, problem) = change switch
        {
            ConfigChange.Add add => Add(config, add.Member with { AddedAt = at }),
            ConfigChange.Remove remove => config.Members.ContainsKey(remove.Id) ? (config with { Members = config.Members.Remove(remove.Id) }, ChangeProblem.None) : (null, ChangeProblem.IsNoMember),
            ConfigChange.Promote promote => Turn(config, promote.Id, MemberKind.Learner, MemberKind.Voter),
            ConfigChange.Demote demote => Turn(config, demote.Id, MemberKind.Voter, MemberKind.Learner),
            ConfigChange.Retag retag => Retag(config, retag.Member),
            ConfigChange.Identify identify => Identify(config, identify),
            ConfigChange.SetPolicy set => (config with { Policy = set.Over(config.Policy), JointWith = config.Policy }, ChangeProblem.None),
            ConfigChange.SetSetting set => Set(config, set.Name, set.Value),
            _ => ((ClusterConfig?)null, ChangeProblem.UnknownChange),
        };
        if (next is null) return (null, problem);
        var unsound = Soundness.ProblemOf(next);
        if (unsound == ChangeProblem.PolicyNeedsMore && (change is ConfigChange.Remove { Anyway: true } || WasSoBefore(config, next))) unsound = ChangeProblem.None;
        return unsound == ChangeProblem.None ? (next, ChangeProblem.None) : (null, unsound);
    }

    /// <summary>A cluster that begins with fewer nodes than its policy asks for must be able to grow.</summary>
    private static bool WasSoBefore(ClusterConfig config, ClusterConfig next) =>
        next.Policy == config.Policy && Soundness.ProblemOf(config) == ChangeProblem.PolicyNeedsMore && Soundness.MostFollowers(next) >= Soundness.MostFollowers(config);

    private static (ClusterConfig?, ChangeProblem) Add(ClusterConfig config, Member member)
    {
        if (member.Kind == MemberKind.Voter) return (null, ChangeProblem.AddedAsVoter);
        if (string.IsNullOrEmpty(member.Id.Name)) return (null, ChangeProblem.BadName);
        if (config.Members.ContainsKey(member.Id)) return (null, ChangeProblem.IsMember);
        if (HasBadTag(member) || (member.IsJoining && member.Kind != MemberKind.Learner)) return (null, ChangeProblem.BadTag);
        return (config with { Members = config.Members.Add(member.Id, member) }, ChangeProblem.None);
    }

    private static (ClusterConfig?, ChangeProblem) Turn(ClusterConfig config, NodeId id, MemberKind from, MemberKind to)
    {
        if (!config.Members.TryGetValue(id, out var member)) return (null, ChangeProblem.IsNoMember);
        if (member.Kind != from) return (null, from == MemberKind.Learner ? ChangeProblem.IsNoLearner : ChangeProblem.IsNoVoter);
        return (config with { Members = config.Members.SetItem(id, member with { Kind = to, IsJoining = false }) }, ChangeProblem.None);
    }

    private static (ClusterConfig?, ChangeProblem) Retag(ClusterConfig config, Member tagged)
    {
        if (!config.Members.TryGetValue(tagged.Id, out var member)) return (null, ChangeProblem.IsNoMember);
        if (member.Kind != tagged.Kind) return (null, ChangeProblem.KindChanged);
        if (HasBadTag(tagged)) return (null, ChangeProblem.BadTag);
        var next = tagged with { IsJoining = member.IsJoining, AddedAt = member.AddedAt, Incarnation = member.Incarnation };
        return (config with { Members = config.Members.SetItem(tagged.Id, next) }, ChangeProblem.None);
    }

    private static (ClusterConfig?, ChangeProblem) Identify(ClusterConfig config, ConfigChange.Identify identify)
    {
        var members = config.Members;
        foreach (var (id, identity) in identify.Members)
        {
            if (!members.TryGetValue(id, out var member)) return (null, ChangeProblem.IsNoMember);
            if (identity.Incarnation == Guid.Empty || (member.Incarnation != Guid.Empty && member.Incarnation != identity.Incarnation)) return (null, ChangeProblem.OtherIncarnation);
            if (identity.Http.Length > MostTagLength) return (null, ChangeProblem.BadTag);
            members = members.SetItem(id, member with { Incarnation = identity.Incarnation, Http = identity.Http });
        }
        return (config with { Members = members }, ChangeProblem.None);
    }

    private static (ClusterConfig?, ChangeProblem) Set(ClusterConfig config, string name, string? value)
    {
        if (name.Length is 0 or > MostNameLength || value?.Length > MostValueLength) return (null, ChangeProblem.BadSetting);
        var settings = value is null ? config.Settings.Remove(name) : config.Settings.SetItem(name, value);
        return settings.Count > MostSettings ? (null, ChangeProblem.BadSetting) : (config with { Settings = settings }, ChangeProblem.None);
    }

    private static bool HasBadTag(Member member) => member.FailoverPriority < 0 || member.ApplyDelayMs is < 0 or > MostApplyDelayMs
        || member.Address.Length > MostTagLength || member.Http.Length > MostTagLength || member.Zone.Length > MostTagLength;
}

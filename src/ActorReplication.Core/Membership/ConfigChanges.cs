using ActorReplication.Core.Durability;

namespace ActorReplication.Core.Membership;

/// <summary>What a requested change makes of a configuration, or that it is not possible.</summary>
internal static class ConfigChanges
{
    /// <summary>Most members of one configuration.</summary>
    public const int MostMembers = 32;

    /// <summary>Most settings, and most characters of a name and of a value: every configuration travels whole.</summary>
    public const int MostSettings = 64, MostNameLength = 64, MostValueLength = 1024;

    /// <returns>The next configuration; null if the change makes no sense. A policy change gives the joint configuration.</returns>
    public static ClusterConfig? Apply(ClusterConfig config, ConfigChange change)
    {
        var next = change switch
        {
            ConfigChange.Add add => Add(config, add.Member),
            ConfigChange.Remove remove => config.Members.ContainsKey(remove.Id) ? config with { Members = config.Members.Remove(remove.Id) } : null,
            ConfigChange.Promote promote => Turn(config, promote.Id, MemberKind.Learner, MemberKind.Voter),
            ConfigChange.Demote demote => Turn(config, demote.Id, MemberKind.Voter, MemberKind.Learner),
            ConfigChange.Retag retag => Retag(config, retag.Member),
            ConfigChange.SetPolicy set => config with { Policy = set.Policy, JointWith = config.Policy },
            ConfigChange.SetSetting set => Set(config, set.Name, set.Value),
            _ => null,
        };
        return next is not null && IsSound(next) ? next : null;
    }

    /// <summary>Somebody can lead, and a named policy can be met.</summary>
    public static bool IsSound(ClusterConfig config)
    {
        if (config.Members.Count > MostMembers) return false;
        var canLead = false;
        foreach (var member in config.Members.Values) canLead |= member is { Kind: MemberKind.Voter, FailoverPriority: > 0 };
        return canLead && IsMeetable(config.Policy, config);
    }

    private static bool IsMeetable(DurabilityPolicy policy, ClusterConfig config)
    {
        if (policy.Kind is not (PolicyKind.FirstOf or PolicyKind.AnyOf)) return Enum.IsDefined(policy.Kind);
        if (policy.Count < 0) return false;
        if (policy.IsAsync()) return true;
        if (policy.Names.IsDefaultOrEmpty) return true;
        var named = 0;
        foreach (var name in policy.Names)
            if (config.Members.TryGetValue(name, out var member) && member is { Kind: MemberKind.Voter, NoSync: false }) named++;
        return named >= policy.Count;
    }

    private static ClusterConfig? Add(ClusterConfig config, Member member)
    {
        if (member.Kind == MemberKind.Voter || string.IsNullOrEmpty(member.Id.Name) || config.Members.ContainsKey(member.Id)) return null;
        return config with { Members = config.Members.Add(member.Id, member) };
    }

    private static ClusterConfig? Turn(ClusterConfig config, NodeId id, MemberKind from, MemberKind to)
    {
        if (!config.Members.TryGetValue(id, out var member) || member.Kind != from) return null;
        return config with { Members = config.Members.SetItem(id, member with { Kind = to }) };
    }

    private static ClusterConfig? Set(ClusterConfig config, string name, string? value)
    {
        if (name.Length is 0 or > MostNameLength || value?.Length > MostValueLength) return null;
        var settings = value is null ? config.Settings.Remove(name) : config.Settings.SetItem(name, value);
        return settings.Count > MostSettings ? null : config with { Settings = settings };
    }

    private static ClusterConfig? Retag(ClusterConfig config, Member tagged)
    {
        if (!config.Members.TryGetValue(tagged.Id, out var member) || member.Kind != tagged.Kind || tagged.FailoverPriority < 0) return null;
        return config with { Members = config.Members.SetItem(tagged.Id, tagged) };
    }
}

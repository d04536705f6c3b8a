using ActorReplication.Core.Membership;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;

namespace ActorReplication.Node.Http.Config;

/// <summary>What distinguishes two configurations of the cluster, in lines for people.</summary>
internal static class ConfigDifference
{
    /// <summary>Settings that mark an entry and mean nothing afterwards.</summary>
    private const string Marks = "replication.check";

    public static IReadOnlyList<string> Between(ClusterConfig before, ClusterConfig after)
    {
        var lines = new List<string>();
        if (before.Policy != after.Policy || before.JointWith is null != after.JointWith is null)
            lines.Add($"policy: {Policy(before)} → {Policy(after)}");
        foreach (var id in before.Members.Keys.Union(after.Members.Keys).OrderBy(i => i.Name, StringComparer.Ordinal))
        {
            var (old, now) = (before.Members.GetValueOrDefault(id), after.Members.GetValueOrDefault(id));
            if (old is null) lines.Add($"{id} added as {Kind(now!)}");
            else if (now is null) lines.Add($"{id} removed");
            else if (Kind(old) != Kind(now)) lines.Add($"{id}: {Kind(old)} → {Kind(now)}");
            else if (old != now) lines.Add($"{id}: {string.Join(", ", Details(old, now))}");
        }
        foreach (var name in before.Settings.Keys.Union(after.Settings.Keys).Order(StringComparer.Ordinal))
        {
            if (name.StartsWith(Marks, StringComparison.Ordinal)) continue;
            var (old, now) = (before.Settings.GetValueOrDefault(name), after.Settings.GetValueOrDefault(name));
            if (old != now) lines.Add($"{name}: {Setting(name, old, now)}");
        }
        return lines;
    }

    public static string Summary(ClusterConfig config) =>
        $"policy {Policy(config)}; {string.Join(", ", config.Members.Values.Select(m => $"{m.Id} {Kind(m)}"))}{string.Concat(config.Settings.Where(s => !s.Key.StartsWith(Marks, StringComparison.Ordinal)).Select(s => $"; {s.Key} = {RoleText.Shown(s.Key, s.Value)}"))}";

    /// <summary>Without what passwords are checked by: history is for more eyes than those.</summary>
    private static string Setting(string name, string? old, string? now)
    {
        var (before, after) = (old is null ? "default" : RoleText.Shown(name, old), now is null ? "default" : RoleText.Shown(name, now));
        return before == after ? name == RoleText.MockSecret ? "changed" : "password changed" : $"{before} → {after}";
    }

    private static string Policy(ClusterConfig config) =>
        PolicyText.Name(config.Policy) + (config.Policy.DegradeAfterMs > 0 ? $", {MissingAcksText.Format(config.Policy.DegradeAfterMs)}" : "") + (config.JointWith is null ? "" : " (and the one before it, meanwhile)");

    private static string Kind(Member member) => member.IsJoining ? "joining" : member.Kind.ToString().ToLowerInvariant();

    private static IEnumerable<string> Details(Member old, Member now)
    {
        if (old.FailoverPriority != now.FailoverPriority) yield return $"failover-priority {old.FailoverPriority} → {now.FailoverPriority}";
        if (old.NoSync != now.NoSync) yield return $"no-sync {(now.NoSync ? "on" : "off")}";
        if (old.Zone != now.Zone) yield return $"zone \"{old.Zone}\" → \"{now.Zone}\"";
        if (old.ApplyDelayMs != now.ApplyDelayMs) yield return $"apply-delay {old.ApplyDelayMs} ms → {now.ApplyDelayMs} ms";
        if (old.Address != now.Address) yield return $"address {old.Address} → {now.Address}";
        if (old.Http != now.Http) yield return $"HTTP at {now.Http}";
        if (old.Incarnation != now.Incarnation) yield return "data folder " + now.Incarnation.ToString("N")[..8];
        if (old.AddedAt != now.AddedAt) yield return "taken in anew";
    }
}

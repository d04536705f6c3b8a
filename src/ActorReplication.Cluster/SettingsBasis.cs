using System.Collections.Immutable;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster;

/// <summary>The settings that a change of one of them was worked out from. Immutable.</summary>
/// <param name="Prefixes">What the names of those begin with that count; others may change meanwhile.</param>
/// <param name="Settings">All of them, as they were.</param>
public sealed record SettingsBasis(IReadOnlyList<string> Prefixes, ImmutableSortedDictionary<string, string> Settings)
{
    /// <summary>None of those that count was changed, made or taken away.</summary>
    public bool Holds(ClusterConfig? config)
    {
        var now = config?.Settings ?? ClusterConfig.NoSettings;
        return ReferenceEquals(now, Settings) || now.Where(Counts).SequenceEqual(Settings.Where(Counts));
    }

    private bool Counts(KeyValuePair<string, string> setting) => Prefixes.Any(p => setting.Key.StartsWith(p, StringComparison.Ordinal));
}

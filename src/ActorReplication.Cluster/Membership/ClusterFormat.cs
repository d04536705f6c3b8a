using System.Collections.Immutable;
using System.Globalization;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster.Membership;

/// <summary>Which format of the log and of the nodes' messages is in force: a setting in the replicated configuration, which the leader raises when every member can do more. Until then all write the
/// format that the oldest program reads, and that one can come back.</summary>
public static class ClusterFormat
{
    /// <summary>The format in force, a number; not there: <see cref="Oldest"/>. The leader writes it, nobody else.</summary>
    public const string Setting = "replication.format";

    /// <summary>Whether the leader raises the format by itself: <see cref="Auto"/> or <see cref="Manual"/>.</summary>
    public const string Finalize = "replication.finalize_upgrade";

    public const string Auto = "auto", Manual = "manual";

    /// <summary>What this program reads and writes.</summary>
    public const int Oldest = WireFormat.Oldest, Newest = WireFormat.Newest;

    private const string RolePrefix = "replication-format-";

    /// <summary>What a configuration says. A number that is none counts as the oldest: this program would have written none.</summary>
    public static int Of(ImmutableSortedDictionary<string, string> settings) =>
        int.TryParse(settings.GetValueOrDefault(Setting), NumberStyles.None, CultureInfo.InvariantCulture, out var format) ? Math.Max(format, Oldest) : Oldest;

    /// <summary>Akka.Cluster's roles, by which a node tells what its program can do: they travel with the membership, also through programs that do not know of them.</summary>
    internal static IEnumerable<string> RolesOf(int newest) => Enumerable.Range(Oldest, newest - Oldest + 1).Select(f => $"{RolePrefix}{f}");

    /// <summary>A program from before the roles can do the oldest.</summary>
    internal static int NewestOf(IEnumerable<string> roles) => roles
        .Select(r => r.StartsWith(RolePrefix, StringComparison.Ordinal) && int.TryParse(r.AsSpan(RolePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var format) ? format : Oldest)
        .Append(Oldest).Max();

    /// <summary>To which format this leader can raise the cluster now. A member of which nothing is known stands in the way: it may be an older program that is just not up.</summary>
    /// <param name="newest">What each node's program that is up can do, this leader's included.</param>
    /// <returns>Null: no higher one, or the operator holds it.</returns>
    internal static int? Next(ClusterConfig config, IReadOnlyDictionary<NodeId, int> newest)
    {
        if (config.Settings.GetValueOrDefault(Finalize) == Manual) return null;
        var all = config.Members.Keys.Select(id => newest.GetValueOrDefault(id, Oldest)).DefaultIfEmpty(Oldest).Min();
        var next = Math.Min(all, Newest);
        return next > Of(config.Settings) ? next : null;
    }

    /// <summary>Null, or why a program that can do this much must not run in a cluster with this configuration.</summary>
    internal static string? ProblemWith(ClusterConfig config, int newest)
    {
        var format = Of(config.Settings);
        return format <= newest
            ? null
            : $"this program is older than its cluster: it can do formats up to {newest}, and the cluster's was raised to {format} when all of its programs could do that. Start the newer program on this node; there is no way back but a backup from before";
    }
}

using System.Collections.Immutable;
using ActorReplication.Cluster;
using ActorReplication.Cluster.Reads;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;
using Role = ActorReplication.Postgres.Security.Role;

namespace ActorReplication.Node.Gateway;

/// <summary>Roles live in the replicated settings: so the log, copies, backups and every replication method carry them, and each node has them in memory. Changes are
/// made one after the other, by the leader that was asked. Thread-safe.</summary>
internal sealed class RoleStore(IReplicaNode node)
{
    /// <summary>A configuration travels whole.</summary>
    private const int MostRoles = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _turn = new(1);
    private Known _known = new(ClusterConfig.NoSettings, RoleSet.Empty);

    private sealed record Known(ImmutableSortedDictionary<string, string> Settings, RoleSet Roles);

    public RoleSet Roles
    {
        get
        {
            var settings = node.Status.Config?.Settings ?? ClusterConfig.NoSettings;
            var known = Volatile.Read(ref _known);
            if (ReferenceEquals(known.Settings, settings)) return known.Roles;
            var roles = Read(settings);
            Volatile.Write(ref _known, new Known(settings, roles));
            return roles;
        }
    }

    /// <summary>Worked out from what is committed, put into the log only if that is still so then, and never by another leader than this node: a REVOKE that was answered elsewhere
    /// meanwhile cannot be undone by it.</summary>
    public async ValueTask<BackendError?> ChangeAsync(RoleChange change, NodeState state, CancellationToken cancellation)
    {
        if (state.Role == NodeRole.NoLeader) return new BackendError.NoLeader();
        if (state.Role != NodeRole.Leader) return new BackendError.ReadOnly($"cannot execute {change.Command} in a read-only transaction; the leader is {state.Leader}");
        await _turn.WaitAsync(cancellation);
        try
        {
            switch (await node.Reads.EnterAsync(ReadLevel.Linearizable, LogIndex.Zero, cancellation))
            {
                case ReadAdmission.NotLeader: return new BackendError.LeadershipLost();
                case ReadAdmission.TimedOut: return new BackendError.Cancelled();
            }
            var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
            while (true)
            {
                var (isStale, problem) = await TryAsync(change, node.Status.Config?.Settings ?? ClusterConfig.NoSettings, cancellation);
                if (!isStale) return problem;
                if (Environment.TickCount64 > until) return new BackendError.Serialization("could not serialize access due to concurrent change of roles");
                await Task.Delay(Between, cancellation);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <returns>Stale: the roles are not as in <paramref name="settings"/> any more, and nothing was done.</returns>
    private async ValueTask<(bool IsStale, BackendError? Problem)> TryAsync(RoleChange change, ImmutableSortedDictionary<string, string> settings, CancellationToken cancellation)
    {
        var roles = Read(settings);
        var changes = change.Apply(roles);
        if (changes.Count == 0) return (false, null);
        if (roles.All.Count() + changes.Count(c => c.Value is not null && roles.Find(c.Key) is null) > MostRoles) return (false, new BackendError.TooLarge($"a cluster has at most {MostRoles} roles"));
        var isFirst = true;
        foreach (var step in StepsOf(roles, changes))
        {
            if (await SetAsync(step, settings, cancellation) is not { } result)
                return isFirst ? (true, null) : (false, new BackendError.Serialization("could not serialize access due to concurrent change of roles; a part of this one was made: look at pg_roles"));
            if (!result.Succeeded) return (false, isFirst && result.Reason == RefusalReason.NotLeader ? new BackendError.LeadershipLost() : isFirst ? ErrorMap.OfControl(result) : new BackendError.OutcomeUnknown());
            settings = step.Value is { } value ? settings.SetItem(step.Name, value) : settings.Remove(step.Name);
            isFirst = false;
        }
        return (false, null);
    }

    private static IEnumerable<ConfigChange.SetSetting> StepsOf(RoleSet roles, IReadOnlyList<KeyValuePair<string, Role?>> changes)
    {
        var secret = roles.MockSecret.IsEmpty ? new ConfigChange.SetSetting(RoleText.MockSecret, RoleText.NewSecret()) : null;
        // The first role comes before the secret: from the secret on the cluster counts as managed, and one that broke off between the two could not be logged in to.
        if (secret is not null && !roles.IsUnmanaged) yield return secret;
        foreach (var (name, role) in changes) yield return new ConfigChange.SetSetting(RoleText.Prefix + name, role is null ? null : RoleText.Write(role));
        if (secret is not null && roles.IsUnmanaged) yield return secret;
    }

    /// <summary>The configuration changes one thing at a time: another change is waited for. Null: the roles have changed meanwhile.</summary>
    private async ValueTask<ControlResult?> SetAsync(ConfigChange.SetSetting step, ImmutableSortedDictionary<string, string> settings, CancellationToken cancellation)
    {
        var basis = new SettingsBasis([RoleText.Prefix, RoleText.MockSecret], settings);
        var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (true)
        {
            var result = await node.ChangeSettingAsync(step, basis, cancellation);
            if (result?.Reason is not (RefusalReason.ChangeUnderWay or RefusalReason.TransferUnderWay) || Environment.TickCount64 > until) return result;
            await Task.Delay(Between, cancellation);
        }
    }

    private static RoleSet Read(ImmutableSortedDictionary<string, string> settings) => new(
        settings.Where(s => s.Key.StartsWith(RoleText.Prefix, StringComparison.Ordinal)).Select(s => RoleText.Read(s.Key[RoleText.Prefix.Length..], s.Value)),
        RoleText.ReadSecret(settings.GetValueOrDefault(RoleText.MockSecret)));
}

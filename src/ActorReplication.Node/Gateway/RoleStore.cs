using System.Collections.Immutable;
using System.Security.Cryptography;
using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;
using Role = ActorReplication.Postgres.Security.Role;

namespace ActorReplication.Node.Gateway;

/// <summary>Roles live in the replicated settings: so the log, copies, backups and every replication method carry them, and each node has them in memory. Changes are
/// made one after the other on the leader. Thread-safe.</summary>
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

    public async ValueTask<BackendError?> ChangeAsync(RoleChange change, NodeState state, CancellationToken cancellation)
    {
        if (state.Role == NodeRole.NoLeader) return new BackendError.NoLeader();
        if (state.Role != NodeRole.Leader) return new BackendError.ReadOnly($"cannot execute {change.Command} in a read-only transaction; the leader is {state.Leader}");
        await _turn.WaitAsync(cancellation);
        try
        {
            var roles = Roles;
            var changes = change.Apply(roles);
            if (changes.Count == 0) return null;
            if (roles.All.Count() + changes.Count(c => c.Value is not null && roles.Find(c.Key) is null) > MostRoles) return new BackendError.TooLarge($"a cluster has at most {MostRoles} roles");
            // The first role comes before the secret: from the secret on the cluster counts as managed, and one that broke off between the two could not be logged in to.
            if (!roles.IsUnmanaged && await SetSecretAsync(roles, cancellation) is { } problem) return problem;
            foreach (var (name, role) in changes)
                if (await SetAsync(RoleText.Prefix + name, role is null ? null : RoleText.Write(role), cancellation) is { } refusal) return refusal;
            return roles.IsUnmanaged ? await SetSecretAsync(roles, cancellation) : null;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<BackendError?> SetSecretAsync(RoleSet roles, CancellationToken cancellation) =>
        roles.MockSecret.IsEmpty ? await SetAsync(RoleText.MockSecret, "1 " + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), cancellation) : null;

    /// <summary>The configuration changes one thing at a time: another change is waited for.</summary>
    private async ValueTask<BackendError?> SetAsync(string name, string? value, CancellationToken cancellation)
    {
        var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (true)
        {
            var result = await node.ChangeConfigAsync(new ConfigChange.SetSetting(name, value), cancellation);
            if (result.Reason is not (RefusalReason.ChangeUnderWay or RefusalReason.TransferUnderWay) || Environment.TickCount64 > until) return ErrorMap.OfControl(result);
            await Task.Delay(Between, cancellation);
        }
    }

    private static RoleSet Read(ImmutableSortedDictionary<string, string> settings) => new(
        settings.Where(s => s.Key.StartsWith(RoleText.Prefix, StringComparison.Ordinal)).Select(s => RoleText.Read(s.Key[RoleText.Prefix.Length..], s.Value)),
        RoleText.ReadSecret(settings.GetValueOrDefault(RoleText.MockSecret)));
}

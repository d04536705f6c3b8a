using ActorReplication.Cluster;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Configuration;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Node.Gateway;

/// <summary>Settings that live in the replication log, under the names that SHOW and ALTER SYSTEM know them by.</summary>
internal sealed class SystemSettings(IReplicaNode node, DurabilityPolicy initialPolicy)
{
    public const string StandbyNames = "synchronous_standby_names";
    public const string Method = "replication.method";

    public string? Get(string name) => name.ToLowerInvariant() switch
    {
        StandbyNames => FormatPolicy(node.Status.Config),
        Method => "row",
        _ => null,
    };

    /// <param name="value">Null: RESET, back to what the configuration file says.</param>
    public async ValueTask<BackendError?> SetAsync(string name, string? value, CancellationToken cancellation)
    {
        switch (name.ToLowerInvariant())
        {
            case StandbyNames:
                var policy = initialPolicy;
                if (value is not null && !PolicyText.TryParse(value, out policy, out var problem))
                    return new BackendError.InvalidSetting($"invalid value for parameter \"{StandbyNames}\": \"{value}\": {problem}", "async, semi-sync, quorum, sync, 'ANY 1 (*)', 'FIRST 2 (n1, n2)'");
                return ErrorMap.OfControl(await node.ChangeConfigAsync(new ConfigChange.SetPolicy(policy), cancellation));
            case Method:
                return value is null or "row" ? null : new BackendError.InvalidSetting($"replication method \"{value}\" does not exist in this version; row is the only one");
            default:
                return new BackendError.InvalidSetting($"unrecognized configuration parameter \"{name}\"", $"ALTER SYSTEM knows {StandbyNames} and {Method}.");
        }
    }

    private string FormatPolicy(ClusterConfig? config)
    {
        if (config is null) return PolicyText.Format(initialPolicy, 0);
        return PolicyText.Format(config.Policy, config.Members.Values.Count(m => m.Kind == MemberKind.Voter));
    }
}

using ActorReplication.Cluster;
using ActorReplication.Cluster.Membership;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Configuration;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Node.Gateway;

/// <summary>Settings that live in the replication log, under the names that SHOW and ALTER SYSTEM know them by.</summary>
internal sealed class SystemSettings(IReplicaNode node, DurabilityPolicy initialPolicy)
{
    public const string StandbyNames = "synchronous_standby_names";
    public const string MissingAcks = "replication.on_missing_acks";
    public const string Method = CaptureSettings.Method;
    public const string Unsafe = CaptureSettings.Unsafe;

    public const string Failover = ClusterConfig.FailoverSetting;
    public const string Finalize = ClusterFormat.Finalize;

    /// <summary>Only to be read: the leader raises it.</summary>
    public const string Format = ClusterFormat.Setting;

    /// <summary>What can be changed while the cluster runs: the name, what it takes, what it means.</summary>
    public static IReadOnlyList<(string Name, string Values, string Meaning)> Changeable { get; } =
    [
        (StandbyNames, "async, semi-sync, quorum, sync, ANY n (…), FIRST n (…)", "copies that a commit waits for"),
        (MissingAcks, "block, degrade-after TIME", "what commits do while followers that they wait for are missing"),
        (Method, string.Join(", ", CaptureSettings.Methods), "how changes travel"),
        (Unsafe, "row, error, allow", "what happens to a statement that may have another effect elsewhere"),
        (TokenSettings.Age, "a duration such as 12h", "how long commit tokens are kept"),
        (TokenSettings.Count, "a whole number", "how many commit tokens are kept"),
        (Failover, "on, paused", "whether followers take over by themselves"),
        (Finalize, "auto, manual", "whether the format is raised when every program can do it, or held so that the older program can come back"),
    ];

    /// <summary>Only to be read, on the leader.</summary>
    public const string PagesAwaited = "replication.pages_awaited";

    public string? Get(string name) => name.ToLowerInvariant() switch
    {
        StandbyNames => FormatPolicy(node.Status.Config),
        MissingAcks => MissingAcksText.Format(Policy.DegradeAfterMs),
        Method => Setting(Method, CaptureSettings.DefaultMethod),
        Unsafe => Setting(Unsafe, CaptureSettings.DefaultUnsafe),
        PagesAwaited => string.Join(", ", node.Status.PagesAwaited),
        Failover => Setting(Failover, "on"),
        Finalize => Setting(Finalize, ClusterFormat.Auto),
        Format => $"{node.Status.Format}",
        TokenSettings.Age => Setting(TokenSettings.Age, TokenSettings.DefaultAge),
        TokenSettings.Count => Setting(TokenSettings.Count, TokenSettings.DefaultCount),
        _ => null,
    };

    /// <param name="value">Null: RESET, back to what the configuration file says.</param>
    public async ValueTask<BackendError?> AlterAsync(string name, string? value, CancellationToken cancellation)
    {
        switch (name.ToLowerInvariant())
        {
            case StandbyNames:
                var policy = initialPolicy;
                if (value is not null && !PolicyText.TryParse(value, out policy, out var problem))
                    return new BackendError.InvalidSetting($"invalid value for parameter \"{StandbyNames}\": \"{value}\": {problem}", "async, semi-sync, quorum, sync, 'ANY 1 (*)', 'FIRST 2 (n1, n2)'");
                return ErrorMap.OfControl(await node.ChangeConfigAsync(new ConfigChange.SetPolicy(policy, PolicyPart.Copies), cancellation));
            case MissingAcks:
                var afterMs = 0L;
                if (value is not null && !MissingAcksText.TryParse(value, out afterMs)) return Invalid(MissingAcks, value, MissingAcksText.Known);
                return ErrorMap.OfControl(await node.ChangeConfigAsync(new ConfigChange.SetPolicy(Policy with { DegradeAfterMs = afterMs }, PolicyPart.MissingAcks), cancellation));
            case Method:
                if (value is not null && !CaptureSettings.TryParseMethod(value, out _)) return Invalid(Method, value, string.Join(", ", CaptureSettings.Methods));
                return await SetAsync(Method, value, cancellation);
            case Unsafe:
                if (value is not null && !CaptureSettings.TryParseUnsafe(value, out _)) return Invalid(Unsafe, value, "row, error, allow");
                return await SetAsync(Unsafe, value, cancellation);
            case Failover:
                if (value is not (null or "on" or ClusterConfig.Paused)) return Invalid(Failover, value, "on, paused");
                return await SetAsync(Failover, value == "on" ? null : value, cancellation);
            case Finalize:
                if (value is not (null or ClusterFormat.Auto or ClusterFormat.Manual)) return Invalid(Finalize, value, "auto, manual");
                return await SetAsync(Finalize, value == ClusterFormat.Auto ? null : value, cancellation);
            case Format:
                return new BackendError.InvalidSetting($"parameter \"{Format}\" cannot be changed", $"The leader raises it when every member's program can do the next; {Finalize} = auto lets it, manual holds it.");
            case TokenSettings.Age:
                if (value is not null && !TokenSettings.TryParseAge(value, out _)) return Invalid(TokenSettings.Age, value, "a whole number with s, min, h or d, at most 3650d");
                return await SetAsync(TokenSettings.Age, value, cancellation);
            case TokenSettings.Count:
                if (value is not null && !TokenSettings.TryParseCount(value, out _)) return Invalid(TokenSettings.Count, value, "1 to 100000000");
                return await SetAsync(TokenSettings.Count, value, cancellation);
            default:
                return new BackendError.InvalidSetting($"unrecognized configuration parameter \"{name}\"", $"ALTER SYSTEM knows {string.Join(", ", Changeable.Select(s => s.Name))}.");
        }
    }

    private static BackendError.InvalidSetting Invalid(string name, string value, string available) =>
        new($"invalid value for parameter \"{name}\": \"{value}\"", $"Available values: {available}.");

    private async ValueTask<BackendError?> SetAsync(string name, string? value, CancellationToken cancellation) =>
        ErrorMap.OfControl(await node.ChangeConfigAsync(new ConfigChange.SetSetting(name, value?.ToLowerInvariant()), cancellation));

    private DurabilityPolicy Policy => node.Status.Config?.Policy ?? initialPolicy;

    private string Setting(string name, string otherwise) => node.Status.Config?.Settings.GetValueOrDefault(name) ?? otherwise;

    private string FormatPolicy(ClusterConfig? config)
    {
        if (config is null) return PolicyText.Format(initialPolicy, 0);
        return PolicyText.Format(config.Policy, config.Members.Values.Count(m => m.Kind == MemberKind.Voter));
    }
}

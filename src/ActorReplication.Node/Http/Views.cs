using System.Text.Json;
using System.Text.Json.Serialization;
using ActorReplication.Node.Telemetry;

namespace ActorReplication.Node.Http;

/// <summary>One node about itself: <c>GET /api/node</c>. Indices are log indices, times milliseconds.</summary>
/// <param name="Role">leader, follower, candidate.</param>
/// <param name="Postgres">host:port for SQL clients.</param>
internal sealed record NodeView(
    string Name, string Cluster, string Incarnation, string Role, bool Serving, long Term, string? Leader,
    long Last, long Durable, long Commit, long Applied, string Policy, string PolicyPostgres, bool PolicyChanging,
    string Postgres, string Http, IReadOnlyList<MemberView> Members, IReadOnlyList<PeerView> Peers,
    long DivergencesFound, long SalvagedEntries, string? LastProblem, string Version, long UptimeMs, long MemoryBytes)
{
    public IReadOnlyList<WaitingView> Waiting { get; init; } = [];

    /// <summary>block, or degrade-after and a time; and whether this leader's commits have fewer copies than the policy asks for at the moment.</summary>
    public string OnMissingAcks { get; init; } = "block";
    public bool Degraded { get; init; }

    /// <summary>Followers do not take over by themselves (replication.failover).</summary>
    public bool Paused { get; init; }

    /// <summary>How changes travel: row, statement, mixed, page.</summary>
    public string Method { get; init; } = "row";

    /// <summary>The format of log and messages that this node writes, and the newest that its program can do; null: a program from before there were two.</summary>
    public int? Format { get; init; }
    public int? NewestFormat { get; init; }

    /// <summary>Last index that is cut off the log, and bytes of the log that is left.</summary>
    public long LogStart { get; init; }
    public long LogBytes { get; init; }

    /// <summary>How often this leader's log was cut off before a follower had what went.</summary>
    public long FollowersCutOff { get; init; }

    /// <summary>Whole databases on their way to or from this node.</summary>
    public IReadOnlyList<CloneView> Clones { get; init; } = [];

    /// <summary>Transactions in the write gate's queue.</summary>
    public long Queued { get; init; }

    /// <summary>Rates and latencies of the last seconds.</summary>
    public PulseView? Pulse { get; init; }
}

/// <param name="Direction">from, to.</param>
/// <param name="Total">0 = the copy is still being made, and <paramref name="Bytes"/> of it are there.</param>
internal sealed record CloneView(string Peer, string Direction, long Bytes, long Total);

/// <param name="Kind">voter, learner, witness.</param>
/// <param name="Http">host:port; empty: not told yet.</param>
internal sealed record MemberView(string Name, string Kind, int FailoverPriority, string Address, string Http, string Zone);

/// <summary>A follower, as its leader sees it.</summary>
/// <param name="State">startup, catchup, streaming, backup; as in pg_stat_replication.</param>
/// <param name="Sync">async, potential, sync, quorum.</param>
internal sealed record PeerView(string Name, string State, long Sent, long Received, long Flushed, long Applied, long LagEntries, long LagBytes, long LastHeardMs, string Sync);

/// <summary>The whole cluster, put together by the node that was asked: <c>GET /api/cluster</c>, <c>GET /api/replication/status</c>.</summary>
/// <param name="Unreachable">Members whose HTTP did not answer; what is said about them comes from the leader.</param>
internal sealed record ClusterView(string Cluster, string AskedNode, string? Leader, long Term, string Policy, string PolicyPostgres, bool PolicyChanging, IReadOnlyList<ClusterRow> Nodes, IReadOnlyList<string> Unreachable)
{
    /// <summary>The leader's commits have fewer copies than the policy asks for (on-missing-acks).</summary>
    public bool Degraded { get; init; }
    public string Method { get; init; } = "row";

    /// <summary>The format in force, as the leader writes it; null: it does not say.</summary>
    public int? Format { get; init; }

    /// <summary>Followers do not take over by themselves (replication.failover).</summary>
    public bool Paused { get; init; }
}

/// <summary>Numbers are null where nobody that answered knows them.</summary>
internal sealed record ClusterRow(
    string Name, string Kind, string Role, string State, long? Term, long? Last, long? Durable, long? Commit, long? Applied,
    long? LagEntries, long? LagBytes, long? LastHeardMs, string? Sync, string? Postgres, string? Http, string? Problem)
{
    /// <summary>Its program's version, and the newest format that it can do.</summary>
    public string? Version { get; init; }
    public int? NewestFormat { get; init; }

    /// <summary>Whom it follows; null: nobody, or it does not answer.</summary>
    public string? Follows { get; init; }
    public long Salvaged { get; init; }
    public long Divergences { get; init; }
    public long? Queued { get; init; }
    public PulseView? Pulse { get; init; }
}

internal sealed record ElectionView(DateTimeOffset At, long Term, string Node, string Peer, string Event, string Refusal);

internal sealed record Done(string Message, string? Leader, string? Policy);

/// <summary>RFC 9457; <paramref name="Detail"/> says what to do.</summary>
internal sealed record Problem(string Title, int Status, string Detail);

internal sealed record LeaderRequest(string? To);

/// <param name="OnMissingAcks">block, or degrade-after and a time; null: as it is.</param>
internal sealed record PolicyRequest(string? Policy, string? OnMissingAcks = null);

/// <summary>The health endpoints' body, in Patroni's shape.</summary>
internal sealed record PatroniView(
    string State, string Role, int ServerVersion, PatroniXlog Xlog, long Timeline, bool ClusterUnlocked,
    string? DatabaseSystemIdentifier, IReadOnlyList<PatroniReplication>? Replication, PatroniSelf Patroni);

internal sealed record PatroniXlog(long? Location, long? ReceivedLocation, long? ReplayedLocation, bool? Paused);
internal sealed record PatroniReplication(string ApplicationName, string State, string SyncState, int SyncPriority);
internal sealed record PatroniSelf(string Version, string Scope, string Name);
internal sealed record PatroniCluster(IReadOnlyList<PatroniMember> Members, string Scope);
internal sealed record PatroniMember(string Name, string Role, string State, string? ApiUrl, string? Host, int? Port, long? Timeline, long? Lag);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.Never, MaxDepth = 8)]
[JsonSerializable(typeof(NodeView))]
[JsonSerializable(typeof(ClusterView))]
[JsonSerializable(typeof(IReadOnlyList<ElectionView>))]
[JsonSerializable(typeof(Done))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(LeaderRequest))]
[JsonSerializable(typeof(LogPositionView))]
[JsonSerializable(typeof(IReadOnlyList<LogPositionView>))]
[JsonSerializable(typeof(LogCheckView))]
[JsonSerializable(typeof(PolicyRequest))]
[JsonSerializable(typeof(MembersView))]
[JsonSerializable(typeof(MemberRequest))]
[JsonSerializable(typeof(UserList))]
[JsonSerializable(typeof(UserRequest))]
internal sealed partial class ApiJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PatroniView))]
[JsonSerializable(typeof(PatroniCluster))]
internal sealed partial class PatroniJson : JsonSerializerContext;

using System.Net;
using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Postgres.Security;

namespace ActorReplication.Node.Configuration;

/// <summary>Everything node.conf says, checked. Units as in the names.</summary>
/// <param name="AkkaSection">The file's own <c>akka { … }</c>, as HOCON text; may be empty.</param>
internal sealed record NodeSettings(
    NodeId Name,
    string DataFolder,
    int FailoverPriority,
    IReadOnlyList<NodeAddress> InitialVoters,
    DurabilityPolicy InitialPolicy,
    string InitialMethod,
    string SystemName,
    string RemoteHost,
    int RemotePort,
    IPEndPoint Postgres,
    int MaxConnections,
    IPEndPoint Http,
    IReadOnlyList<NodeAddress> HttpPeers,
    ReplicationSettings Replication,
    GateSettings Gate,
    StorageSettings Storage,
    string ReadJournal,
    long SegmentBytes,
    string LogLevel,
    string AkkaSection)
{
    /// <summary>Where other nodes are, for one that is to be added; empty: a first member.</summary>
    public IReadOnlyList<NodeAddress> Join { get; init; } = [];

    public PostgresTlsSettings PostgresTls { get; init; } = new("off", null, null);

    /// <summary>Who may come from where to SQL; the first that fits counts.</summary>
    public IReadOnlyList<AccessRule> PostgresAccess { get; init; } = AccessRule.Defaults;

    /// <summary>Null: the nodes talk to each other in plain text.</summary>
    public RemoteTlsSettings? RemoteTls { get; init; }

    public HttpSecuritySettings HttpSecurity { get; init; } = HttpSecuritySettings.None;

    /// <summary>File with the first password of the role postgres; null: none.</summary>
    public string? InitialPasswordFile { get; init; }

    /// <summary>Null: nothing is archived.</summary>
    public Cluster.Archive.ArchiveOptions? Archive { get; init; }

    /// <summary>Null: nothing is sent to any collector.</summary>
    public Telemetry.TelemetrySettings? Telemetry { get; init; }

    /// <summary>Null: nobody is told of this node's roles.</summary>
    public Callbacks.CallbackSettings? Callbacks { get; init; }

    /// <summary>Further names under which clients reach this node's HTTP.</summary>
    public IReadOnlyList<string> HttpHosts { get; init; } = [];

    /// <summary>host:port under which the other nodes reach this one's HTTP.</summary>
    public string PublicHttp { get; init; } = "";
}

internal sealed record ReplicationSettings(int HeartbeatMs, int ElectionTimeoutMs, int LeaseMs, long EntryCacheBytes, long LogBudgetBytes, long LogLimitBytes, long CheckpointBytes);

internal sealed record GateSettings(int QueueLength, int BatchTransactions, int BatchBytes, int IdleInTransactionTimeoutMs);

internal sealed record StorageSettings(int Readers, int PageCacheBytes, int StatementCache, int StatementTimeoutMs, int MaxSqlBytes, int MaxValueBytes, long MaxResultRows);

using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster;

/// <summary>Everything a node is started with; made from HOCON by the composition root.</summary>
/// <param name="DataFolder">This node's own: <c>node.json</c> (identity), <c>journal/</c>, <c>db/</c>, <c>salvage/</c>.</param>
/// <param name="AkkaHocon">The full HOCON text for the actor system: transport address, cluster, journal plugin. The cluster's own required settings are laid over it.</param>
/// <param name="InitialVoters">The same list on each node; this node's own name among them, or it starts as an outsider waiting to be added.</param>
public sealed record ReplicaNodeOptions(NodeId Name, string DataFolder, string AkkaHocon, IReadOnlyList<NodeAddress> InitialVoters, DurabilityPolicy InitialPolicy)
{
    /// <summary>Where other nodes are, for one that is to be added: it tells them that it is there.</summary>
    public IReadOnlyList<NodeAddress> Contacts { get; init; } = [];

    /// <summary>host:port of this node's HTTP, told to the others; empty: has none.</summary>
    public string HttpAddress { get; init; } = "";

    /// <summary>How long a leader has served before it writes down who the members are, in milliseconds: a start, or a failover, needs no further entries.</summary>
    public int IdentifyAfterMs { get; init; } = 3_000;

    /// <summary>How long all members' programs must have been able to do the next format before the leader raises it, milliseconds. More than Akka's membership takes to notice that a program was replaced by an older one at the same address.</summary>
    public int FinalizeAfterMs { get; init; } = 12_000;

    public string SystemName { get; init; } = "replication";

    /// <summary>What a new cluster's <see cref="Writes.CaptureSettings.Method"/> is.</summary>
    public string InitialMethod { get; init; } = Writes.CaptureSettings.DefaultMethod;
    public int HeartbeatMs { get; init; } = 50;
    public int ElectionTimeoutMs { get; init; } = 600;
    public int LeaseMs { get; init; } = 250;
    public int FailoverPriority { get; init; } = 100;
    public int GateQueueLength { get; init; } = 10_000;
    public int BatchTransactions { get; init; } = 512;
    public int BatchBytes { get; init; } = 4 << 20;
    public int IdleInTransactionTimeoutMs { get; init; } = 60_000;
    public long EntryCacheBytes { get; init; } = 64L << 20;
    public long LogBudgetBytes { get; init; } = 512L << 20;

    /// <summary>Log that a leader lets grow where it must not be cut: then writes are refused.</summary>
    public long LogLimitBytes { get; init; } = 8L << 30;
    public long CheckpointBytes { get; init; } = 64L << 20;
    /// <summary>Null: nothing is archived.</summary>
    public Archive.ArchiveOptions? Archive { get; init; }
    public DatabaseOptions Database { get; init; } = new("");

    /// <summary>Planted bugs; only tests set them.</summary>
    internal Defects Defects { get; init; }

    /// <summary>Another one: linearizable reads without asking anybody.</summary>
    internal bool AdmitsEveryRead { get; init; }

    /// <summary>How much its program can do; lower in tests, which have an older one so.</summary>
    internal byte NewestFormat { get; init; } = Wire.WireFormat.Newest;

    /// <summary>Further setup of the actor system: how tests put another disk under the journal.</summary>
    internal Akka.Actor.Setup.Setup? Setup { get; init; }
}

/// <param name="Host">Akka.Remote's host and port of that node.</param>
public sealed record NodeAddress(NodeId Name, string Host, int Port);

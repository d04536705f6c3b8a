using Akka.Actor;
using ActorReplication.Cluster.Membership;
using ActorReplication.Cluster.Salvage;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Replica;

/// <summary>What the replica's actor and its children share; lives as long as the node, across restarts of the actor system.</summary>
internal sealed record ReplicaContext(
    ReplicaNodeOptions Options,
    NodeIdentity Identity,
    PeerRegistry Registry,
    AddressBook Addresses,
    ReplicaBoard Board,
    WriteGate Gate,
    DatabaseHolder Database,
    EntryCache Cache,
    JournalMap Map,
    SalvageStore Salvage,
    ElectionRing Elections,
    MonotonicClock Clock,
    ILoggerFactory Loggers,
    Action<Exception> Fatal,
    Action<ActorSystem, string> Restart,
    Action<NodeStatus> StatusChanged)
{
    /// <summary>Null: nothing is archived.</summary>
    public Archive.Archiver? Archiver { get; init; }
}

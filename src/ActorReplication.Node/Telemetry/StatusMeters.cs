using System.Diagnostics.Metrics;
using ActorReplication.Cluster;
using ActorReplication.Core;

namespace ActorReplication.Node.Telemetry;

/// <summary>The node's status as observable instruments: read when somebody collects, never in between.</summary>
internal sealed class StatusMeters : IDisposable
{
    public const string Name = "ActorReplication.Node";
    private readonly Meter _meter = new(Name);

    public StatusMeters(IReplicaNode node)
    {
        Gauge("actor_replication.leads", "1 when this node leads and takes writes", s => s is { Role: Role.Leader, Serving: true } ? 1 : 0);
        Gauge("actor_replication.serving", "1 when SQL is served", s => s.Serving ? 1 : 0);
        Gauge("actor_replication.term", "current election term", s => s.Term.Value);
        Gauge("actor_replication.log.commit_index", "last entry that is committed", s => s.Commit.Value);
        Gauge("actor_replication.log.applied_index", "last entry that readers here see", s => s.Applied.Value);
        Gauge("actor_replication.log.size", "bytes of the entries in the log", s => s.LogBytes, "By");
        Gauge("actor_replication.degraded", "1 while commits have fewer copies than the policy asks for", s => s.IsDegraded ? 1 : 0);
        _meter.CreateObservableGauge("actor_replication.gate.queue", () => node.Writes.Queue.Transactions, "{transaction}", "transactions that wait for the write gate");
        _meter.CreateObservableGauge("actor_replication.peer.lag", () => node.Status.Peers.Select(p => new Measurement<long>(p.LagBytes, KeyValuePair.Create<string, object?>("peer", p.Id.Name))), "By", "bytes a follower has not flushed");

        void Gauge(string name, string meaning, Func<NodeStatus, long> value, string? unit = null) => _meter.CreateObservableGauge(name, () => value(node.Status), unit, meaning);
    }

    public void Dispose() => _meter.Dispose();
}

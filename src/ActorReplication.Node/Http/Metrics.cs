using System.Globalization;
using System.Text;
using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Node.Telemetry;

namespace ActorReplication.Node.Http;

/// <summary>Prometheus' text format, written by hand: a few dozen lines need no library.</summary>
internal sealed class Metrics : IDisposable
{
    private readonly IReplicaNode _node;
    private readonly NodeReport _report;
    private readonly Pulse _pulse;
    private long _leaderChanges;
    private string? _leader;

    public Metrics(IReplicaNode node, NodeReport report, Pulse pulse)
    {
        (_node, _report, _pulse) = (node, report, pulse);
        _leader = node.Status.Leader?.Name;
        node.Changed += OnChanged;
    }

    public void Dispose() => _node.Changed -= OnChanged;

    public string Write()
    {
        var node = _report.Own();
        var text = new StringBuilder(4096);
        Gauge(text, "role", "1 for the role that the node has", [("{role=\"leader\"}", node.Role == "leader" ? 1 : 0), ("{role=\"follower\"}", node.Role == "follower" ? 1 : 0), ("{role=\"candidate\"}", node.Role == "candidate" ? 1 : 0)]);
        Gauge(text, "serving", "1 when SQL is served", node.Serving ? 1 : 0);
        Gauge(text, "term", "current election term", node.Term);
        Gauge(text, "log_last_index", "last entry in the log", node.Last);
        Gauge(text, "log_durable_index", "last entry that is on this node's disk", node.Durable);
        Gauge(text, "log_commit_index", "last entry that is committed", node.Commit);
        Gauge(text, "log_applied_index", "last entry that readers here see", node.Applied);
        Gauge(text, "degraded", "1 while commits have fewer copies than the policy asks for (on-missing-acks)", node.Degraded ? 1 : 0);
        Gauge(text, "log_start_index", "last entry that is cut off the log", node.LogStart);
        Gauge(text, "log_bytes", "bytes of the entries in the log (replication.log-budget, replication.log-limit)", node.LogBytes);
        Gauge(text, "followers_cut_off_total", "times that the log was cut before a follower had what went: it is cloned", node.FollowersCutOff, "counter");
        Gauge(text, "divergences_found_total", "rows found to differ from the leader's", node.DivergencesFound, "counter");
        Gauge(text, "salvaged_entries_total", "entries cut from this node's log and kept aside", node.SalvagedEntries, "counter");
        Gauge(text, "leader_changes_total", "times that this node learned of another leader", Interlocked.Read(ref _leaderChanges), "counter");
        Gauge(text, "elections_started_total", "elections in the ring that this node stood in", _node.Elections.Count(e => e.Event == ElectionEvent.VoteStarted), "gauge");
        var queue = _node.Writes.Queue;
        Gauge(text, "gate_queue_transactions", "transactions that wait for the write gate (gate.queue-length bounds them)", queue.Transactions);
        Gauge(text, "gate_queue_sql_bytes", "statement text of the transactions that wait for the write gate", queue.SqlBytes);
        if (node.Clones.Count > 0)
        {
            Gauge(text, "clone_bytes", "bytes of a whole database that have come from, or arrived at, a peer", [.. node.Clones.Select(c => ($"{{peer=\"{c.Peer}\",direction=\"{c.Direction}\"}}", c.Bytes))]);
            Gauge(text, "clone_total_bytes", "bytes in all; 0 while the copy is being made", [.. node.Clones.Select(c => ($"{{peer=\"{c.Peer}\",direction=\"{c.Direction}\"}}", c.Total))]);
        }
        if (_node.Archive is { } archive)
        {
            Gauge(text, "archive_index", "all entries up to here are in the archive", archive.Archived?.Index.Value ?? 0);
            Gauge(text, "archive_lag_bytes", "committed entries that are not in the archive", archive.LagBytes);
            Gauge(text, "archive_segments_total", "archive files that this node has written", archive.Segments, "counter");
            Gauge(text, "archive_failing", "1 while archiving does not get on", archive.Problem is null ? 0 : 1);
            Gauge(text, "archive_lost_entries_total", "entries that were compacted before they were archived", archive.Lost.Sum(r => r.Count), "counter");
        }
        PerPeer(text, "peer_lag_entries", "entries a follower has not applied", node.Peers, p => p.LagEntries);
        PerPeer(text, "peer_lag_bytes", "bytes a follower has not flushed", node.Peers, p => p.LagBytes);
        PerPeer(text, "peer_flushed_index", "last entry on a follower's disk", node.Peers, p => p.Flushed);
        PerPeer(text, "peer_last_heard_milliseconds", "time since a follower was heard", node.Peers, p => p.LastHeardMs);
        text.Append("# HELP process_resident_memory_bytes resident memory\n# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes ").Append(node.MemoryBytes).Append('\n');
        text.Append("# HELP process_cpu_seconds_total processor time used\n# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total ")
            .Append(Environment.CpuUsage.TotalTime.TotalSeconds.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Gauge(text, "managed_heap_bytes", "managed memory in use", GC.GetTotalMemory(false));
        Gauge(text, "managed_allocated_bytes_total", "managed memory allocated since the start", GC.GetTotalAllocatedBytes(), "counter");
        _pulse.Commits.Write(text, "actor_replication_commit_duration_seconds", "from a transaction's arrival at the write gate to its answer");
        _pulse.Syncs.Write(text, "actor_replication_journal_sync_duration_seconds", "one fdatasync of the journal");
        Gauge(text, "uptime_milliseconds", "time since the start", node.UptimeMs);
        return text.ToString();
    }

    private void OnChanged(NodeStatus status)
    {
        if (status.Leader is not { } leader || leader.Name == Interlocked.Exchange(ref _leader, leader.Name)) return;
        Interlocked.Increment(ref _leaderChanges);
    }

    private static void Gauge(StringBuilder text, string name, string help, long value, string type = "gauge") => Gauge(text, name, help, [("", value)], type);

    private static void PerPeer(StringBuilder text, string name, string help, IReadOnlyList<PeerView> peers, Func<PeerView, long> value)
    {
        if (peers.Count > 0) Gauge(text, name, help, [.. peers.Select(p => ($"{{peer=\"{p.Name}\"}}", value(p)))]);
    }

    private static void Gauge(StringBuilder text, string name, string help, ReadOnlySpan<(string Labels, long Value)> values, string type = "gauge")
    {
        text.Append("# HELP actor_replication_").Append(name).Append(' ').Append(help).Append('\n');
        text.Append("# TYPE actor_replication_").Append(name).Append(' ').Append(type).Append('\n');
        foreach (var (labels, value) in values) text.Append("actor_replication_").Append(name).Append(labels).Append(' ').Append(value).Append('\n');
    }
}

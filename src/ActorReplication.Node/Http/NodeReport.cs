using System.Diagnostics;
using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.Node.CommandLine;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;
using ActorReplication.Node.Telemetry;

namespace ActorReplication.Node.Http;

/// <summary>Puts this node's status into words and numbers.</summary>
internal sealed class NodeReport(IReplicaNode node, NodeSettings settings, Pulse pulse)
{
    private readonly long _started = Stopwatch.GetTimestamp();

    public NodeView Own()
    {
        var status = node.Status;
        var policy = status.Config?.Policy ?? settings.InitialPolicy;
        var members = status.Config?.Members.Values.Select(m => new MemberView(m.Id.Name, KindOf(m.Kind), m.FailoverPriority, m.Address, m.Http, m.Zone)).ToArray() ?? [];
        return new NodeView(
            status.Name.Name, status.Cluster.ToString(), status.Incarnation.ToString("N"), RoleOf(status.Role), status.Serving, status.Term.Value, status.Leader?.Name,
            status.Last.Index.Value, status.Durable.Value, status.Commit.Value, status.Applied.Value,
            PolicyText.Name(policy), PolicyText.Format(policy, members.Count(m => m.Kind == "voter")), status.Config?.JointWith is not null,
            settings.Postgres.ToString(), settings.Http.ToString(), members, [.. status.Peers.Select(p => PeerOf(p, status.Last.Index))],
            status.DivergencesFound, status.SalvagedEntries, status.LastProblem, Usage.Version,
            (long)Stopwatch.GetElapsedTime(_started).TotalMilliseconds, Environment.WorkingSet)
        {
            OnMissingAcks = MissingAcksText.Format(policy.DegradeAfterMs),
            Degraded = status.IsDegraded,
            Queued = node.Writes.Queue.Transactions,
            Pulse = pulse.View(),
            Paused = status.Config is { FailoverIsPaused: true },
            Method = status.Config?.Settings.GetValueOrDefault("replication.method") ?? settings.InitialMethod,
            Format = status.Format,
            NewestFormat = status.NewestFormat,
            LogStart = status.LogStart.Index.Value,
            LogBytes = status.LogBytes,
            FollowersCutOff = status.FollowersCutOff,
            Waiting = [.. status.Waiting.Select(w => new WaitingView(w.Name.Name, $"{w.Host}:{w.Port}"))],
            Clones = [.. status.Clones.Select(c => new CloneView(c.Peer.Name, c.Incoming ? "from" : "to", c.Bytes, c.Total))],
        };
    }

    public IReadOnlyList<ElectionView> Elections() =>
        [.. node.Elections.Select(e => new ElectionView(e.At, e.Term.Value, node.Status.Name.Name, e.Peer.Name, e.Event.ToString(), e.Refusal.ToString()))];

    private static PeerView PeerOf(PeerStatus peer, LogIndex last) =>
        new(peer.Id.Name, ReplicationRows.StateOf(peer), peer.Sent.Value, peer.Received.Value, peer.Flushed.Value, peer.Applied.Value,
            Math.Max(0, last.Value - peer.Applied.Value), peer.LagBytes, peer.LastHeardMs, ReplicationRows.SyncStateOf(peer));

    private static string KindOf(MemberKind kind) => kind.ToString().ToLowerInvariant();

    private static string RoleOf(Role role) => role switch { Role.Leader => "leader", Role.Follower => "follower", _ => "candidate" };
}

using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Node.Gateway;

/// <summary>The rows of pg_stat_replication.</summary>
internal static class ReplicationRows
{
    /// <summary>A peer that was not heard for so long is not streaming, whatever was last said to it.</summary>
    private const long SilentMs = 2000;

    /// <summary>Further behind than this, a stream is catching up.</summary>
    private const long CatchupBytes = 1 << 20;

    public static IReadOnlyList<ReplicationRow> Of(NodeStatus status) => [.. status.Peers.Select(p => Row(p, status))];

    public static string StateOf(PeerStatus peer) => peer switch
    {
        { Mode: PeerMode.Snapshot } => "backup",
        { Mode: PeerMode.Probe } or { LastHeardMs: > SilentMs } => "startup",
        { LagBytes: > CatchupBytes } => "catchup",
        _ => "streaming",
    };

    public static string SyncStateOf(PeerStatus peer) => peer.Sync switch
    {
        SyncState.Sync => "sync",
        SyncState.Quorum => "quorum",
        SyncState.Potential => "potential",
        _ => "async",
    };

    private static ReplicationRow Row(PeerStatus peer, NodeStatus status)
    {
        var address = status.Config?.Members.GetValueOrDefault(peer.Id)?.Address;
        return new ReplicationRow(peer.Id.Name, HostOf(address), StateOf(peer), peer.Sent.Value, peer.Received.Value, peer.Flushed.Value, peer.Applied.Value,
            peer.LagBytes, Priority(peer, status.Config?.Policy), SyncStateOf(peer));
    }

    // As PostgreSQL numbers them: place in the list for FIRST, 1 for everyone whom ANY may count, 0 for the rest.
    private static int Priority(PeerStatus peer, DurabilityPolicy? policy)
    {
        if (peer.Sync == SyncState.Async || policy is null) return 0;
        return policy.Kind == PolicyKind.FirstOf && !policy.Names.IsDefaultOrEmpty ? policy.Names.IndexOf(peer.Id) + 1 : 1;
    }

    // "akka.tcp://system@host:port" or "host:port" or nothing.
    private static string? HostOf(string? address)
    {
        if (string.IsNullOrEmpty(address)) return null;
        var host = address[(address.LastIndexOf('@') + 1)..];
        var colon = host.LastIndexOf(':');
        return colon > 0 ? host[..colon] : host;
    }
}

using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Roles;

namespace ActorReplication.Core.Log;

/// <summary>What a leader shows of the others: pg_stat_replication's rows.</summary>
internal static class PeerStatuses
{
    public static IReadOnlyList<PeerStatus> Of(ReplicaState s, Replication replication, Levels levels)
    {
        var rule = s.Rule!;
        var own = rule.Slots.Of(s.Self);
        var available = levels.Available();
        var chosen = rule.Own.IsFirst ? rule.Own.Chosen(own, available) : NodeSet.Empty;
        var statuses = new List<PeerStatus>(replication.Peers.Count);
        foreach (var peer in replication.Peers)
        {
            var behind = LogIndex.Max(peer.Flushed, s.Log.Start.Index).Next;
            statuses.Add(new PeerStatus(peer.Id, peer.Member.Kind, peer.Mode, peer.Next.Previous, peer.Received, peer.Flushed, peer.Applied,
                s.Log.Bytes(behind, s.Log.LastIndex), s.Now - peer.HeardAt, SyncOf(rule.Own, rule.Slots.Of(peer.Id), own, chosen)));
        }
        return statuses;
    }

    private static SyncState SyncOf(AckRule rule, int slot, int leader, NodeSet chosen)
    {
        if (rule.IsAsync || !rule.EligibleFor(leader).Contains(slot)) return SyncState.Async;
        if (rule.IsFirst) return chosen.Contains(slot) ? SyncState.Sync : SyncState.Potential;
        return rule.CopiesFor(leader) == rule.EligibleFor(leader).Count ? SyncState.Sync : SyncState.Quorum;
    }
}

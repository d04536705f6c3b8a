using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;

namespace ActorReplication.Core.Roles;

/// <summary>How far the log has come, at each level of acknowledgement, as far as this leader knows.</summary>
internal sealed class Levels(ReplicaState s, Replication replication)
{
    private Output.LevelsAdvanced _reported = new(LogIndex.Zero, LogIndex.Zero, LogIndex.Zero);

    public void Begin() => _reported = new(LogIndex.Zero, LogIndex.Zero, LogIndex.Zero);

    /// <summary>The highest index held durably by enough nodes.</summary>
    public LogIndex Committed() => LogIndex.Min(Highest(static peer => peer.Flushed.Value), s.Journal.Durable);

    public void Report()
    {
        var local = s.Journal.Durable;
        var received = LogIndex.Max(_reported.Received, LogIndex.Min(Highest(static peer => peer.Received.Value), local));
        var applied = LogIndex.Max(_reported.Applied, LogIndex.Min(Highest(static peer => peer.Applied.Value), s.Commit));
        if (local <= _reported.Local && received == _reported.Received && applied == _reported.Applied) return;
        _reported = new Output.LevelsAdvanced(LogIndex.Max(local, _reported.Local), received, applied);
        s.Emit(_reported);
    }

    /// <summary>Followers that can be heard: FIRST k waits for the first of these.</summary>
    public NodeSet Available()
    {
        var available = NodeSet.Empty;
        foreach (var peer in replication.Peers)
            if (!peer.Suspected && s.Now - peer.HeardAt < s.Options.ElectionTimeoutMs) available = available.With(s.Rule!.Slots.Of(peer.Id));
        return available;
    }

    private LogIndex Highest(Func<PeerProgress, long> reached)
    {
        var rule = s.Rule!;
        Span<long> bySlot = stackalloc long[rule.Slots.Count];
        bySlot.Clear();
        foreach (var peer in replication.Peers)
            if (rule.Slots.Of(peer.Id) is >= 0 and var slot) bySlot[slot] = reached(peer);
        var own = rule.Slots.Of(s.Self);
        if (own >= 0) bySlot[own] = s.Journal.Durable.Value;
        return CommitRule.Highest(rule, bySlot, own, rule.AsksWhoIsAvailable ? Available() : NodeSet.Empty);
    }
}

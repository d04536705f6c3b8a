using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Roles;

/// <summary>How far the log has come, at each level of acknowledgement, as far as this leader knows.</summary>
internal sealed class Levels(ReplicaState s, Replication replication)
{
    private Output.LevelsAdvanced _reported = new(LogIndex.Zero, LogIndex.Zero, LogIndex.Zero);

    public void Begin() => _reported = new(LogIndex.Zero, LogIndex.Zero, LogIndex.Zero);

    /// <summary>Less than the policy's copies are enough: see <see cref="MissingAcks"/>.</summary>
    public bool IsDegraded { get; set; }

    /// <summary>The highest index held durably by enough nodes.</summary>
    public LogIndex Committed() => Committed(IsDegraded);

    public LogIndex Committed(bool degraded) => LogIndex.Min(Highest(static peer => peer.Flushed.Value, degraded), s.Journal.Durable);

    public void Report()
    {
        var local = s.Journal.Durable;
        var received = LogIndex.Max(_reported.Received, LogIndex.Min(Highest(static peer => peer.Received.Value, IsDegraded), local));
        var applied = LogIndex.Max(_reported.Applied, LogIndex.Min(Highest(static peer => peer.Applied.Value, IsDegraded), s.Commit));
        if (local <= _reported.Local && received == _reported.Received && applied == _reported.Applied) return;
        _reported = new Output.LevelsAdvanced(LogIndex.Max(local, _reported.Local), received, applied);
        s.Emit(_reported);
    }

    /// <summary>The highest index held durably by voters with data of whom every election needs one: whatever the policy, no failover takes that back. (A
    /// witness does not count: it refuses only who lacks a configuration.)</summary>
    public LogIndex Firm()
    {
        Span<long> bySlot = stackalloc long[s.Rule!.Slots.Count];
        bySlot.Clear();
        foreach (var peer in replication.Peers)
            if (peer.Member.Kind != MemberKind.Witness && s.Rule.Slots.Of(peer.Id) is >= 0 and var slot) bySlot[slot] = peer.Flushed.Value;
        if (s.Rule.Slots.Of(s.Self) is >= 0 and var own) bySlot[own] = s.Journal.Durable.Value;
        return new LogIndex(Math.Max(CommitRule.HighestBlocking(s.Rule, bySlot), 0));
    }

    /// <summary>Followers that can be heard and are sent entries: FIRST k waits for the first of these. One that has to be cloned first may take hours.</summary>
    public NodeSet Available()
    {
        var available = NodeSet.Empty;
        foreach (var peer in replication.Peers)
            if (!peer.Suspected && peer.Mode != PeerMode.Snapshot && s.Now - peer.HeardAt < s.Options.ElectionTimeoutMs) available = available.With(s.Rule!.Slots.Of(peer.Id));
        return available;
    }

    private LogIndex Highest(Func<PeerProgress, long> reached, bool degraded)
    {
        var rule = s.Rule!;
        Span<long> bySlot = stackalloc long[rule.Slots.Count];
        bySlot.Clear();
        foreach (var peer in replication.Peers)
            if (rule.Slots.Of(peer.Id) is >= 0 and var slot) bySlot[slot] = reached(peer);
        var own = rule.Slots.Of(s.Self);
        if (own >= 0) bySlot[own] = s.Journal.Durable.Value;
        return CommitRule.Highest(rule, bySlot, own, rule.AsksWhoIsAvailable ? Available() : NodeSet.Empty, degraded);
    }
}

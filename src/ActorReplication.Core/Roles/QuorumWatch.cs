using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;

namespace ActorReplication.Core.Roles;

/// <summary>Check-quorum: a leader that for an election timeout has not heard enough voters stops leading (Ongaro §6.2).</summary>
/// <remarks>Enough is a set without which nobody else can be elected, and which can elect or commit. Counting only those that could elect this
/// leader would be too strict: with k = 1 of five voters, one follower heard is enough to commit, and the other three can elect nobody.</remarks>
internal sealed class QuorumWatch(ReplicaState s, Replication replication)
{
    private Instant _checkedAt;

    public void Begin() => _checkedAt = s.Now;

    public bool IsHeard()
    {
        if (s.Now - _checkedAt < s.Options.TickMs) return true;
        _checkedAt = s.Now;
        var rule = s.Rule!;
        var own = rule.Slots.Of(s.Self);
        var heard = NodeSet.Empty.With(own);
        foreach (var peer in replication.Peers)
            if (s.Now - peer.HeardAt < s.Options.ElectionTimeoutMs) heard = heard.With(rule.Slots.Of(peer.Id));
        return rule.Blocks(heard) && (rule.IsElected(heard) || rule.IsCommitted(heard, own, heard));
    }
}

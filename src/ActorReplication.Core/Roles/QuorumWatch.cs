using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;

namespace ActorReplication.Core.Roles;

/// <summary>Check-quorum: a leader that for an election timeout has not heard enough voters stops leading (Ongaro §6.2); and one whose own journal
/// hangs, since it keeps the others from a leader that could commit.</summary>
/// <remarks>Enough is a set without which nobody else can be elected, and which can elect or commit. Counting only those that could elect this
/// leader would be too strict: with k = 1 of five voters, one follower heard is enough to commit, and the other three can elect nobody.
/// A process that was paused finds the answers of its followers waiting behind the first step after it: it goes on leading for a while, but
/// concludes nothing (<see cref="IsHeardNow"/>) before one has answered a round begun after the pause: those that waited may be from before
/// another leader's election.</remarks>
internal sealed class QuorumWatch(ReplicaState s, Replication replication)
{
    private Instant _checkedAt;
    private Instant _graceUntil;

    public void Begin() => _checkedAt = _graceUntil = s.Now;

    public bool IsHeard()
    {
        var since = s.Now - _checkedAt;
        if (since < s.Options.TickMs) return true;
        _checkedAt = s.Now;
        var grace = s.Options.ElectionTimeoutMs / 2;
        if (since > grace) _graceUntil = s.Now + grace;
        return (IsEnough(static peer => peer.HeardAt) && !s.JournalHangs) || s.Now < _graceUntil;
    }

    /// <summary>Enough voters still followed within an election timeout: what follows from being their leader may be concluded.</summary>
    public bool IsHeardNow() => IsEnough(static peer => peer.FollowedAt);

    private bool IsEnough(Func<PeerProgress, Instant> lastSign)
    {
        var rule = s.Rule!;
        var own = rule.Slots.Of(s.Self);
        var heard = NodeSet.Empty.With(own);
        foreach (var peer in replication.Peers)
            if (s.Now - lastSign(peer) < s.Options.ElectionTimeoutMs) heard = heard.With(rule.Slots.Of(peer.Id));
        return rule.Blocks(heard) && (rule.IsElected(heard) || rule.IsCommitted(heard, own, heard));
    }
}

using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.Core.Roles;

/// <summary>A planned change of leader: stop taking proposals, bring the target level, give up the lease, tell it to stand (Ongaro §3.10).</summary>
internal sealed class Handover(ReplicaState s)
{
    /// <summary>Of a handover that nobody asked for.</summary>
    public static readonly RequestId OwnAccord = new(-1);

    private (RequestId Id, NodeId To, Instant Deadline)? _under;
    private bool _told;

    public bool IsUnderWay => _under is not null;

    public void Begin(RequestId id, NodeId? to, Replication replication)
    {
        if (IsUnderWay) { Refuse(id, RefusalReason.TransferUnderWay); return; }
        var target = to is { } named ? replication.Find(named) : Best(replication);
        if (target?.Member is not { Kind: MemberKind.Voter, Candidacy: > 0 }) { Refuse(id, RefusalReason.Invalid); return; }
        _under = (id, target.Id, s.Now + s.Options.TransferTimeoutMs);
        _told = false;
        s.Emit(new Output.TransferStarted(target.Id));
    }

    /// <returns>True when the target is level and has to be told now, after the lease is given up.</returns>
    public bool IsLevel(Replication replication)
    {
        if (_told || _under is not { } under || replication.Find(under.To) is not { } target) return false;
        return target.Flushed == s.Log.LastIndex && s.Journal.Durable == s.Log.LastIndex;
    }

    public void Tell()
    {
        _told = true;
        s.Send(_under!.Value.To, new Message.TimeoutNow(s.Term));
    }

    /// <summary>The best of the followers, when this leader was removed: it need not answer.</summary>
    public static NodeId? BestOf(Replication replication) => Best(replication)?.Id;

    /// <summary>The best of the followers of which something holds.</summary>
    public static NodeId? BestOf(Replication replication, Func<PeerProgress, bool> isFit) => Best(replication, isFit)?.Id;

    public void OnTick()
    {
        if (_under is { } under && s.Now >= under.Deadline) End(RefusalReason.TimedOut);
    }

    /// <summary>Another leader speaks.</summary>
    public void OnNewLeader()
    {
        if (_under is not null) End(RefusalReason.None);
    }

    public void End(RefusalReason reason)
    {
        if (_under is not { } under) return;
        _under = null;
        s.Emit(new Output.TransferEnded(under.Id, reason));
    }

    public void Refuse(RequestId id, RefusalReason reason) => s.Emit(new Output.TransferEnded(id, reason));

    private static PeerProgress? Best(Replication replication, Func<PeerProgress, bool>? isFit = null)
    {
        PeerProgress? best = null;
        foreach (var peer in replication.Peers)
        {
            if (peer.Member is not { Kind: MemberKind.Voter, Candidacy: > 0 } || peer.Suspected || isFit?.Invoke(peer) == false) continue;
            if (best is null || IsBetter(peer, best)) best = peer;
        }
        return best;
    }

    private static bool IsBetter(PeerProgress a, PeerProgress b) =>
        a.Member.Candidacy != b.Member.Candidacy
            ? a.Member.Candidacy > b.Member.Candidacy
            : a.Flushed > b.Flushed;
}

using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;
using ActorReplication.Core.Reads;

namespace ActorReplication.Core.Log;

/// <summary>The leader's side of the stream: brings each member from where it is to the log's end, within its window (Ongaro §3.5, §10.2.1).</summary>
internal sealed class Replication(ReplicaState s, Rounds rounds)
{
    private readonly List<PeerProgress> _peers = [];
    private LogIndex _urgentUpTo;

    /// <summary>In the order of names.</summary>
    public List<PeerProgress> Peers => _peers;

    public PeerProgress? Find(NodeId id)
    {
        foreach (var peer in _peers)
            if (peer.Id == id) return peer;
        return null;
    }

    /// <param name="from">The first entry of the new leader's own.</param>
    public void Begin(LogIndex from)
    {
        _peers.Clear();
        _urgentUpTo = LogIndex.Zero;
        Follow(from);
    }

    public void End() => _peers.Clear();

    /// <summary>The members changed. Those that left are told nothing more.</summary>
    public void Follow(LogIndex next)
    {
        var members = s.Config!.Members;
        _peers.RemoveAll(peer => !members.ContainsKey(peer.Id));
        foreach (var member in members.Values)
        {
            if (member.Id == s.Self) continue;
            if (Find(member.Id) is { } known) known.Member = member;
            else
            {
                var peer = new PeerProgress(member, next, s.Now);
                _peers.Add(peer);
                Probe(peer, next.Previous);
            }
        }
        _peers.Sort(static (a, b) => a.Id.CompareTo(b.Id));
    }

    /// <summary>There is more in the log.</summary>
    public void PumpAll(bool ackReceived = false)
    {
        foreach (var peer in _peers) Pump(peer, ackReceived);
    }

    public void Pump(PeerProgress peer, bool ackReceived = false)
    {
        while (peer.Mode == PeerMode.Stream && peer.Next <= s.Log.LastIndex)
        {
            if (peer.Next <= s.Log.Start.Index) { Snapshot(peer); return; }
            if (!SendNext(peer, ackReceived)) return;
        }
    }

    /// <summary>Lets every peer hear the current round.</summary>
    public void Heartbeat()
    {
        foreach (var peer in _peers)
        {
            ResendWhatGotLost(peer);
            switch (peer.Mode)
            {
                case PeerMode.Snapshot:
                    if (peer.SnapshotOwedAt <= s.Applied) BeginSnapshot(peer);
                    Announce(peer);
                    break;
                case PeerMode.Probe:
                    SendEmpty(peer, peer.ProbeAt);
                    break;
                default:
                    SendEmpty(peer, peer.Received);
                    break;
            }
        }
    }

    /// <summary>Tells the commit index where nothing under way will, and no sooner than the notice time allows.</summary>
    public void TellCommit(PeerProgress peer)
    {
        if (peer.Mode != PeerMode.Stream || !peer.Inflight.IsEmpty || peer.CommitSent >= s.Commit || peer.Next <= s.Log.LastIndex) return;
        if (peer.NoticedAt is { } at && s.Now - at < s.Options.NoticeMs && peer.CommitSent >= _urgentUpTo) return;
        peer.NoticedAt = s.Now;
        SendEmpty(peer, peer.Received);
    }

    public void TellCommit()
    {
        foreach (var peer in _peers) TellCommit(peer);
    }

    /// <summary>Somebody waits for followers to have received or applied these entries.</summary>
    public void Hurry(LogIndex upTo) => _urgentUpTo = upTo;

    public void OnReply(PeerProgress peer, Message.AppendEntriesReply m)
    {
        peer.Applied = LogIndex.Max(peer.Applied, m.Applied);
        if (peer.Mode == PeerMode.Snapshot) return;
        if (!m.Accepted) { OnRefused(peer, m); return; }
        Invariants.Require(m.Received <= s.Log.LastIndex, "nobody matches more than the leader's log");
        peer.Received = LogIndex.Max(peer.Received, m.Received);
        peer.Flushed = LogIndex.Max(peer.Flushed, m.Flushed);
        peer.Inflight.FreeUpTo(peer.Received);
        if (peer.Mode == PeerMode.Probe)
        {
            if (m.Received < peer.ProbeAt || m.Round < peer.ProbeRound) return;
            peer.Mode = PeerMode.Stream;
        }
        if (peer.Next <= peer.Received) peer.Next = peer.Received.Next;
        Pump(peer);
    }

    public void OnSnapshotSent(NodeId id, LogPosition? installed)
    {
        if (Find(id) is not { Mode: PeerMode.Snapshot } peer) return;
        Probe(peer, installed is { } position && s.Log.Has(position) ? position.Index : s.Log.Start.Index);
    }

    /// <summary>It can be reached again: what was under way to it got lost.</summary>
    public void OnReachable(PeerProgress peer)
    {
        peer.Suspected = false;
        if (peer.Mode != PeerMode.Snapshot && !peer.Inflight.IsEmpty) Probe(peer, peer.Mode == PeerMode.Probe ? peer.ProbeAt : peer.Received);
    }

    private void OnRefused(PeerProgress peer, Message.AppendEntriesReply m)
    {
        if (m.Round < peer.ProbeRound) return;
        var asked = peer.Mode == PeerMode.Probe ? peer.ProbeAt : peer.Next.Previous;
        // It cannot go back further, and what it has is not ours. It may know more to be committed for good than we have applied so far: what
        // takes the place of its log must not lie before that.
        if (m.Hint.Index >= asked && !s.Log.Has(m.Hint)) { Snapshot(peer, m.Flushed); return; }
        if (peer.Mode == PeerMode.Probe && peer.ProbeAt <= peer.ProbeFlushed && m.Hint.Index < peer.ProbeFlushed) Forgive(peer, m.Hint.Index);
        // It may have lost what it held in memory, never what it flushed.
        peer.Received = peer.Flushed;
        if (s.Log.LatestAtMost(m.Hint) is { } guess && guess.Index >= s.Log.Start.Index)
            Probe(peer, LogIndex.Max(guess.Index, peer.Flushed));
        else Snapshot(peer);
    }

    /// <summary>Asked for what it had flushed before it was asked, it does not have it: its disk has lost that, or it was started on an older copy of its data. It would be asked the same for ever.</summary>
    private void Forgive(PeerProgress peer, LogIndex has)
    {
        s.Emit(new Output.PeerForgot(peer.Id, peer.ProbeFlushed, has));
        peer.Flushed = peer.Applied = LogIndex.Zero;
    }

    /// <summary>Sends from just after a position that the peer may have, once, and waits for the answer.</summary>
    private void Probe(PeerProgress peer, LogIndex at)
    {
        if (at < s.Log.Start.Index) { Snapshot(peer); return; }
        peer.Mode = PeerMode.Probe;
        peer.ProbeAt = at;
        peer.ProbeRound = rounds.Next();
        peer.ProbeFlushed = peer.Flushed;
        peer.Next = at.Next;
        peer.Inflight.Clear();
        if (peer.Next <= s.Log.LastIndex) SendNext(peer, ackReceived: false);
        else SendEmpty(peer, at);
    }

    private void Snapshot(PeerProgress peer, LogIndex from = default)
    {
        peer.Mode = PeerMode.Snapshot;
        peer.Inflight.Clear();
        Announce(peer);
        if (from > s.Applied) peer.SnapshotOwedAt = from;
        else BeginSnapshot(peer);
    }

    private void Announce(PeerProgress peer) =>
        s.Send(peer.Id, new Message.InstallSnapshot(s.Term, s.Commit, rounds.Current) { History = s.Log.History() });

    private void BeginSnapshot(PeerProgress peer)
    {
        peer.SnapshotOwedAt = null;
        s.Emit(new Output.SendSnapshot(peer.Id, s.Term));
    }

    /// <summary>Heartbeats are answered, and yet the entries sent an election timeout ago are not there: they are lost.</summary>
    private void ResendWhatGotLost(PeerProgress peer)
    {
        if (peer.Mode == PeerMode.Snapshot || peer.Inflight.IsEmpty) return;
        var sentAt = peer.Inflight.OldestSentAt;
        if (s.Now - sentAt < s.Options.ElectionTimeoutMs || peer.HeardAt <= sentAt) return;
        Probe(peer, peer.Mode == PeerMode.Probe ? peer.ProbeAt : peer.Received);
    }

    private bool SendNext(PeerProgress peer, bool ackReceived)
    {
        var last = s.Log.LastWithin(peer.Next, s.Options.MessageBytes);
        var bytes = s.Log.Bytes(peer.Next, last);
        if (!peer.Inflight.HasRoomFor(bytes, s.Options.WindowBytes)) return false;
        var header = Header(peer, peer.Next.Previous, ackReceived);
        s.Emit(new Output.SendEntries(peer.Id, header, new LogRange(peer.Next, last), peer.Member.Kind == MemberKind.Witness));
        peer.Inflight.Add(last, bytes, s.Now);
        peer.Next = last.Next;
        return true;
    }

    private void SendEmpty(PeerProgress peer, LogIndex previous)
    {
        if (previous < s.Log.Start.Index) previous = s.Log.Start.Index;
        s.Send(peer.Id, Header(peer, previous, ackReceived: false));
    }

    private Message.AppendEntries Header(PeerProgress peer, LogIndex previous, bool ackReceived)
    {
        peer.CommitSent = s.Commit;
        return new Message.AppendEntries(s.Term, s.Log.PositionAt(previous), [], s.Commit, rounds.Current, ackReceived) { Firm = s.FirmCommit };
    }
}

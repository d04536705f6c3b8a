using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;
using ActorReplication.Core.Reads;

namespace ActorReplication.Core.Roles;

/// <summary>Takes proposals, sends them, counts who holds them, and says what is committed (Ongaro §3.5, §3.6.2).</summary>
internal sealed class Leader
{
    private readonly ReplicaState _s;
    private readonly RoleTransitions _roles;
    private readonly Handover _handover;
    private readonly Rounds _rounds;
    private readonly ReadQueue _reads;
    private readonly Lease _lease;
    private readonly Replication _replication;
    private readonly Levels _levels;
    private readonly QuorumWatch _quorum;
    private readonly MissingAcks _missing;
    private LogIndex _barrier;
    private bool _ready;
    private Instant _notBefore;
    private Instant _heartbeatAt;
    private RequestId? _change;
    private Instant? _triedToHandOnAt;

    public Leader(ReplicaState s, RoleTransitions roles, Handover handover)
    {
        (_s, _roles, _handover) = (s, roles, handover);
        _rounds = new Rounds(s);
        _reads = new ReadQueue(s, _rounds);
        _lease = new Lease(s, _rounds);
        _replication = new Replication(s, _rounds);
        _levels = new Levels(s, _replication);
        _quorum = new QuorumWatch(s, _replication);
        _missing = new MissingAcks(s, _levels);
    }

    /// <summary>The barrier of this term is committed and applied.</summary>
    public bool IsServing => _s.Role == Role.Leader && _ready && _s.Applied >= _barrier;

    public Replication Replication => _replication;
    public Levels Levels => _levels;

    public void Begin(Instant notBefore)
    {
        (_notBefore, _ready, _change, _heartbeatAt) = (notBefore, false, null, _s.Now);
        _triedToHandOnAt = null;
        _rounds.Begin();
        _lease.Begin();
        _levels.Begin();
        _missing.Begin();
        _quorum.Begin();
        _handover.End(RefusalReason.TimedOut);
        _rounds.Next();
        var first = _s.Log.LastIndex.Next;
        AppendOpening();
        _replication.Begin(first);
        Advance();
    }

    /// <summary>Not a leader any more: everything that waited for it is answered.</summary>
    public void End()
    {
        _lease.Revoke();
        // As a voter this node answers for the leases it was itself still waiting out.
        _s.PromiseUntil(_notBefore);
        _reads.RefuseAll(RefusalReason.LeadershipLost);
        if (_change is { } id) _s.Emit(new Output.ConfigChangeEnded(id, RefusalReason.LeadershipLost));
        _change = null;
        _missing.End();
        _replication.End();
    }

    /// <summary>Before anything else in a step: after a pause nothing may be said that only a leader may say.</summary>
    /// <returns>False if this node is no longer leader.</returns>
    public bool StillLeads()
    {
        if (_quorum.IsHeard()) return true;
        _roles.StepDown();
        return false;
    }

    public void OnTick()
    {
        if (_s.Now - _heartbeatAt >= _s.Options.HeartbeatMs) BeginRound();
        Advance();
        if (_s.Role != Role.Leader) return;
        PromoteJoining();
        HandOn();
        _replication.TellCommit();
    }

    public void OnPropose(Input.Propose p)
    {
        var why = WhyNotPropose(p);
        if (why != RefusalReason.None) { _s.Emit(new Output.ProposalRefused(p.Id, why)); return; }
        var first = _s.Log.LastIndex.Next;
        var entries = new LogEntry[p.Payloads.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = new LogEntry(new LogPosition(_s.Term, new LogIndex(first.Value + i)), EntryKind.Data, p.Payloads[i]) { TimeMs = i == 0 ? p.TimeMs : 0 };
            _s.Append(entries[i]);
        }
        _s.Emit(new Output.ProposalAccepted(p.Id, _s.Term, new LogRange(first, _s.Log.LastIndex)));
        _s.Persist(new JournalEvent.EntriesAppended(first, entries));
        if (p.AckReceived) _replication.Hurry(_s.Log.LastIndex);
        _replication.PumpAll(p.AckReceived);
    }

    public void OnReply(NodeId from, Message.AppendEntriesReply m)
    {
        if (_replication.Find(from) is not { } peer) return;
        var silentMs = _s.Now - peer.HeardAt;
        peer.HeardAt = _s.Now;
        peer.Suspected = false;
        var newRound = m.Round > peer.Round;
        if (newRound)
        {
            peer.Round = Math.Min(m.Round, _rounds.Current);
            peer.FollowedAt = _rounds.StartedAt(peer.Round) ?? peer.FollowedAt;
        }
        if (!m.Accepted) LearnCommitted(m.Flushed);
        _replication.OnReply(peer, m);
        if (silentMs > 3 * _s.Options.HeartbeatMs) _replication.OnReachable(peer);
        if (newRound) ConfirmRounds();
        Advance();
        if (_s.Role == Role.Leader) _replication.TellCommit(peer);
    }

    public void OnPersisted() => Advance();

    public void OnApplied()
    {
        if (IsServing) _lease.Extend();
        Advance();
    }

    public void OnRead(RequestId id)
    {
        if (!IsServing) { _s.Emit(new Output.ReadRefused(id, RefusalReason.NotReady)); return; }
        _reads.Add(id);
        if (_reads.NeedsRound) BeginRound();
    }

    public void OnConfigChange(RequestId id, ConfigChange change)
    {
        var why = WhyNotChange(change, out var next);
        if (why != RefusalReason.None) { _s.Emit(new Output.ConfigChangeEnded(id, why)); return; }
        _change = id;
        AppendConfig(next!);
        Advance();
    }

    public void OnTransfer(RequestId id, NodeId? to)
    {
        if (!IsServing) { _handover.Refuse(id, RefusalReason.NotReady); return; }
        _handover.Begin(id, to, _replication);
        Advance();
    }

    public void OnSuspected(NodeId peer)
    {
        if (_replication.Find(peer) is not { } known) return;
        known.Suspected = true;
        Advance();
    }

    public void OnReachable(NodeId peer)
    {
        if (_replication.Find(peer) is { } known) _replication.OnReachable(known);
    }

    public void OnSnapshotSent(NodeId peer, LogPosition? installed) => _replication.OnSnapshotSent(peer, installed);

    private RefusalReason WhyNotPropose(Input.Propose p)
    {
        if (!IsServing) return RefusalReason.NotReady;
        if (_handover.IsUnderWay) return RefusalReason.TransferUnderWay;
        if (p.Payloads.Count == 0) return RefusalReason.Invalid;
        var waiting = _s.Log.Bytes(LogIndex.Max(_s.Commit, _s.Log.Start.Index).Next, _s.Log.LastIndex);
        if (waiting == 0) return RefusalReason.None;
        foreach (var payload in p.Payloads) waiting += payload.Length + LogEntry.OverheadBytes;
        return waiting > _s.Options.UncommittedBytes ? RefusalReason.Overloaded : RefusalReason.None;
    }

    private RefusalReason WhyNotChange(ConfigChange change, out ClusterConfig? next)
    {
        next = null;
        if (!IsServing) return RefusalReason.NotReady;
        if (_handover.IsUnderWay) return RefusalReason.TransferUnderWay;
        if (_change is not null || !_s.ConfigIsCommitted || _s.Config!.JointWith is not null) return RefusalReason.ChangeUnderWay;
        (next, _) = ConfigChanges.Apply(_s.Config, change, NextPosition);
        if (next is null) return RefusalReason.Invalid;
        if (change is ConfigChange.Promote promote && IsFarBehind(promote.Id)) return RefusalReason.NotReady;
        return RefusalReason.None;
    }

    private LogPosition NextPosition => new(_s.Term, _s.Log.LastIndex.Next);

    /// <summary>A learner that was added to become a voter becomes one when it is close enough and alive.</summary>
    private void PromoteJoining()
    {
        if (!IsServing || _handover.IsUnderWay || _change is not null || !_s.ConfigIsCommitted || _s.Config!.JointWith is not null) return;
        foreach (var peer in _replication.Peers)
        {
            if (!peer.Member.IsJoining || peer.Suspected || _s.Now - peer.HeardAt >= _s.Options.ElectionTimeoutMs || IsFarBehind(peer.Id)) continue;
            if (ConfigChanges.Apply(_s.Config, new ConfigChange.Promote(peer.Id), NextPosition).Next is not { } next) continue;
            AppendConfig(next);
            return;
        }
    }

    /// <summary>One that is not to lead took over because nobody else could, or its priority was taken away meanwhile: as soon as another is level, it goes, served or not. (It may
    /// be unable to commit where the other can: with a no-sync follower alone.)</summary>
    private void HandOn()
    {
        if ((!_s.StateIsLost && _s.OwnCandidacy is not { Kind: MemberKind.Voter, Candidacy: <= 0 }) || _handover.IsUnderWay || _change is not null) return;
        // No proposals are taken meanwhile: one that came to nothing is not tried again at once.
        if (IsServing && _triedToHandOnAt is { } at && _s.Now - at < 5L * _s.Options.TransferTimeoutMs) return;
        if (Handover.BestOf(_replication, CanTakeOver) is not { } best) return;
        _triedToHandOnAt = _s.Now;
        _handover.Begin(Handover.OwnAccord, best, _replication);
        Advance();
    }

    /// <summary>Better one that follows now than one of a higher priority that may be cut off.</summary>
    private bool CanTakeOver(PeerProgress peer) =>
        peer.Mode == PeerMode.Stream && _s.Now - peer.HeardAt < _s.Options.ElectionTimeoutMs && !IsFarBehind(peer.Id);

    private bool IsFarBehind(NodeId learner) => _replication.Find(learner) is not { } peer
        // One that does not yet know of a configuration could not vote, and be missed.
        || peer.Flushed < _s.Log.Config!.Value.At
        || _s.Log.LastIndex.Value - peer.Flushed.Value > _s.Options.PromoteWithinEntries;

    /// <summary>A barrier; and where the log has no configuration yet, the one all were bootstrapped with.</summary>
    private void AppendOpening()
    {
        var first = _s.Log.LastIndex.Next;
        var entries = new List<LogEntry>(2) { new(new LogPosition(_s.Term, first), EntryKind.Barrier, default) };
        if (_s.Log.Config is null)
            entries.Add(ConfigEntry(first.Next, _s.Config!));
        foreach (var entry in entries) _s.Append(entry);
        _barrier = _s.Log.LastIndex;
        if (entries.Count > 1) _s.AdoptConfig();
        _s.Persist(new JournalEvent.EntriesAppended(first, entries));
    }

    private void AppendConfig(ClusterConfig config)
    {
        var entry = ConfigEntry(_s.Log.LastIndex.Next, config);
        _s.Append(entry);
        _s.AdoptConfig();
        _s.Persist(new JournalEvent.EntriesAppended(entry.Index, [entry]));
        _replication.PumpAll();
        _replication.Follow(entry.Index);
    }

    private LogEntry ConfigEntry(LogIndex index, ClusterConfig config)
    {
        var at = new LogPosition(_s.Term, index);
        return new LogEntry(at, EntryKind.Config, default, config with { At = at });
    }

    /// <summary>Draws every conclusion from what is known now.</summary>
    private void Advance()
    {
        _missing.Watch();
        while (_s.Role == Role.Leader && CommitMore()) Settle();
        if (_s.Role != Role.Leader) return;
        RaiseFirm();
        if (_quorum.IsHeardNow()) _levels.Report();
        if (_handover.IsLevel(_replication))
        {
            _lease.GiveUp();
            _handover.Tell();
        }
    }

    /// <summary>Who refuses may know more to be committed for good than we do after a restart, and it is in our log as in each later leader's. To wait until it
    /// can be counted would be to wait for ever where the one that refuses has to be counted too: it needs a copy of our state that is not older.</summary>
    private void LearnCommitted(LogIndex firm)
    {
        var learned = LogIndex.Min(firm, _s.Journal.Durable);
        if (learned <= _s.Commit) return;
        _s.AdvanceCommit(learned);
        _s.RaiseFirmCommit(learned);
        Settle();
    }

    /// <summary>As for commits: only entries of the own term count, and none before a configuration that is not settled.</summary>
    private void RaiseFirm()
    {
        if (_s.FirmCommit == _s.Commit) return;
        var firm = _levels.Firm();
        if (firm <= _s.FirmCommit || _s.Log.TermAt(firm) != _s.Term || (!_s.ConfigIsCommitted && firm < _s.Log.Config!.Value.At)) return;
        _s.RaiseFirmCommit(firm);
    }

    private bool CommitMore()
    {
        if (_s.Now < _notBefore || !_quorum.IsHeardNow()) return false;
        var commit = _levels.Committed();
        // A leader may not conclude from counting that an earlier term's entry is committed (Ongaro §3.6.2, figure 3.7).
        if (commit <= _s.Commit || (_s.Log.TermAt(commit) != _s.Term && !_s.Has(Defects.CommitOldTermByCounting))) return false;
        // What lies before a configuration that is not settled commits with it, not sooner: its rule counts on witnesses, and a witness speaks
        // up only for the configurations that it holds.
        if (!_s.ConfigIsCommitted && commit < _s.Log.Config!.Value.At) return false;
        _s.AdvanceCommit(commit);
        return true;
    }

    private void Settle()
    {
        if (!_ready && _s.Commit >= _barrier)
        {
            _ready = true;
            _s.Emit(new Output.LeaderReady(_s.Term, _barrier));
            if (IsServing) _lease.Extend();
        }
        _replication.TellCommit();
        if (!_s.ConfigIsCommitted || !_ready) return;
        if (_s.Config!.JointWith is not null) { AppendConfig(_s.Config with { JointWith = null }); return; }
        if (_change is { } id)
        {
            _change = null;
            _s.Emit(new Output.ConfigChangeEnded(id, RefusalReason.None));
        }
        if (_s.OwnKind != MemberKind.Voter) Leave();
    }

    /// <summary>This leader is no longer a voter: the best of the others goes on.</summary>
    private void Leave()
    {
        _lease.GiveUp();
        var best = Handover.BestOf(_replication);
        if (best is { } to) _s.Send(to, new Message.TimeoutNow(_s.Term));
        _roles.StepDown();
    }

    private void BeginRound()
    {
        _rounds.Next();
        _heartbeatAt = _s.Now;
        _reads.JoinRound();
        _replication.Heartbeat();
        ConfirmRounds();
    }

    private void ConfirmRounds()
    {
        Span<long> answered = stackalloc long[_s.Rule!.Slots.Count];
        answered.Clear();
        foreach (var peer in _replication.Peers)
            if (_s.Rule.Slots.Of(peer.Id) is >= 0 and var slot) answered[slot] = peer.Round;
        if (_s.Rule.Slots.Of(_s.Self) is >= 0 and var own) answered[own] = _rounds.Current;
        if (!_rounds.Confirm(answered)) return;
        _reads.AnswerConfirmed();
        if (IsServing) _lease.Extend();
        if (_reads.NeedsRound) BeginRound();
    }
}

using ActorReplication.Core.Log;
using ActorReplication.Core.Messages;

namespace ActorReplication.Core.Roles;

/// <summary>Takes the leader's entries, says what it holds, and notices when the leader falls silent (Ongaro §3.5).</summary>
internal sealed class Follower(ReplicaState s, RoleTransitions roles, ElectionTimer timer)
{
    private Term _term;
    private long _round;
    private long _answeredRound = -1;
    private LogIndex _matched;
    private LogIndex _leaderCommit;
    private LogIndex _leaderFirm;
    private IReadOnlyList<LogPosition> _leaderHistory = [];
    private Instant _heardAt;
    private bool _suspected;
    private bool _replyOwed;
    private bool _appliedOwed;
    private Instant? _noticedAt;
    private LogIndex _urgentUpTo;

    /// <summary>The leader has been heard within an election timeout, and nobody says it is gone.</summary>
    public bool HearsLeader => s.Leader is not null && !_suspected && s.Now - _heardAt < s.Options.ElectionTimeoutMs;

    /// <summary>Up to here the log is that of the present term's leader, if there is one.</summary>
    public LogIndex Matched => _term == s.Term ? _matched : LogIndex.Zero;

    /// <summary>Which terms the present term's leader has entries of; empty as long as it announced no snapshot.</summary>
    public IReadOnlyList<LogPosition> LeaderHistory => _term == s.Term ? _leaderHistory : [];

    public void Begin()
    {
        if (_term != s.Term)
        {
            (_term, _round, _answeredRound, _replyOwed) = (s.Term, 0, -1, false);
            (_matched, _leaderCommit, _leaderFirm, _urgentUpTo, _appliedOwed) = (LogIndex.Zero, LogIndex.Zero, LogIndex.Zero, LogIndex.Zero, false);
            _leaderHistory = [];
        }
        _suspected = false;
        timer.WaitForLeader();
    }

    public void OnAppendEntries(NodeId from, Message.AppendEntries m)
    {
        Hear(from, m.Round, isSign: m.Entries.Count > 0 || !s.Has(Defects.HeartbeatIsNoSign));
        if (!Matches(m.Previous, m.Entries, out var hint))
        {
            Refuse(m.Round, hint);
            return;
        }
        var last = new LogIndex(m.Previous.Index.Value + m.Entries.Count);
        var appended = Append(m);
        _matched = LogIndex.Max(_matched, last);
        _leaderCommit = LogIndex.Max(_leaderCommit, m.Commit);
        _leaderFirm = LogIndex.Max(_leaderFirm, m.Firm);
        if (m.AckReceived) _urgentUpTo = LogIndex.Max(_urgentUpTo, last);
        Advance();
        if (appended && s.Has(Defects.AcknowledgeBeforeFsync)) { Reply(); return; }
        if (m.Entries.Count == 0) ReplyToHeartbeat();
        else if (last <= s.Journal.Durable) Reply();
        else if (m.AckReceived) { Reply(); _replyOwed = true; }
        else _replyOwed = true;
    }

    public void OnInstallSnapshot(NodeId from, Message.InstallSnapshot m)
    {
        Hear(from, m.Round);
        if (m.History.Count > 0) CutWhatDiverges(m.History);
        ReplyToHeartbeat();
    }

    /// <summary>What the snapshot does not contain leaves the log as any other conflicting entry does, and before the database is replaced: so that it is
    /// announced, and can be saved.</summary>
    private void CutWhatDiverges(IReadOnlyList<LogPosition> history)
    {
        _leaderHistory = history;
        if (s.Has(Defects.DiscardTailUnannounced)) return;
        var first = s.Log.FirstNotIn(history);
        if (first <= s.Log.LastIndex) s.Shorten(first);
    }

    /// <summary>The leader hands over: stand at once, without asking whether it is missed.</summary>
    public void OnTimeoutNow(NodeId from)
    {
        if (s.Role == Role.Leader || s.Leader != from || !s.MayStand) return;
        roles.BecomeCandidate(handover: true);
    }

    public void OnPersisted()
    {
        if (s.Leader is null) return;
        Advance();
        if (_replyOwed) Reply();
    }

    /// <summary>At most one message more for it: none when an answer is about to leave anyway, and a tick's time later if the last one just left.</summary>
    public void OnApplied()
    {
        if (s.Leader is null || _replyOwed) return;
        _appliedOwed = true;
        if (s.Applied <= _urgentUpTo) Reply();
        else TellApplied();
    }

    private void TellApplied()
    {
        if (!_appliedOwed || s.Leader is null || (_noticedAt is { } at && s.Now - at < s.Options.NoticeMs)) return;
        _noticedAt = s.Now;
        Reply();
    }

    public void OnSnapshotInstalled()
    {
        // It is the leader's own state, as far as anyone here can tell only at the next match; say where we are.
        _matched = LogIndex.Min(_matched, s.Log.LastIndex);
        if (s.Role != Role.Follower || s.Leader is null) return;
        _replyOwed = true;
        if (s.MaySpeak) Reply();
    }

    public void OnSuspected(NodeId peer)
    {
        if (s.Leader != peer) return;
        s.Note(peer, ElectionEvent.LeaderSuspected);
        _suspected = true;
        timer.WaitAfterSuspicion();
    }

    public void OnReachable(NodeId peer)
    {
        if (s.Leader != peer || !_suspected) return;
        _suspected = false;
        timer.WaitForLeader();
    }

    public void OnTick()
    {
        TellApplied();
        if (!timer.IsDue && !IsAlone) return;
        if (s.Leader is { } leader) s.Note(leader, ElectionEvent.Timeout);
        if (timer.MayStand) { roles.BecomePreCandidate(); return; }
        timer.WaitForLeader();
        if (s.Leader is null) return;
        s.Leader = null;
        s.AnnounceRole();
    }

    /// <summary>Nobody else's vote is needed.</summary>
    private bool IsAlone => s.Leader is null && s.MayStand && s.Rule is { } rule && rule.IsElected(Durability.NodeSet.Empty.With(rule.Slots.Of(s.Self)));

    private void Hear(NodeId from, long round, bool isSign = true)
    {
        roles.FollowLeader(from);
        if (round > _round) _round = round;
        if (!isSign) return;
        _heardAt = s.Now;
        _suspected = false;
        timer.LetsOthersPass();
        // Late is safe: the leader counts from when it sent.
        s.Promise();
        timer.WaitForLeader();
    }

    /// <summary>Does our log hold the entry before these?</summary>
    private bool Matches(LogPosition previous, IReadOnlyList<LogEntry> entries, out LogPosition hint)
    {
        hint = s.Log.Last;
        if (previous.Index < s.Log.Start.Index) return ReachesStart(previous, entries, out hint);
        if (s.Log.Has(previous)) return true;
        if (previous.Index > s.Log.LastIndex) return false;
        Invariants.Require(previous.Index > s.FirmCommit, "a leader holds everything committed with followers");
        // Conflicting at previous: whatever both have lies before it, in a term not above its own; and what is firm here is common.
        var guess = s.Log.LatestAtMost(new LogPosition(previous.Term, previous.Index.Previous)) ?? s.Log.Start;
        hint = guess.Index < s.FirmCommit ? s.Log.PositionAt(s.FirmCommit) : guess;
        return false;
    }

    /// <summary>The message begins before our log does. What we compacted is the leader's too, unless (async) it was committed by a leader
    /// alone; then the message shows another term at our start, and the hint that is not before what was asked says: send a snapshot.</summary>
    private bool ReachesStart(LogPosition previous, IReadOnlyList<LogEntry> entries, out LogPosition hint)
    {
        hint = s.Log.Start;
        var at = s.Log.Start.Index.Value - previous.Index.Value - 1;
        if (at < entries.Count) return entries[(int)at].Term == s.Log.Start.Term;
        return false;
    }

    /// <returns>Whether anything was new.</returns>
    private bool Append(Message.AppendEntries m)
    {
        var entries = m.Entries;
        var at = 0;
        while (at < entries.Count && IsHeld(entries[at])) at++;
        if (at == entries.Count) return false;
        var first = entries[at].Index;
        Invariants.Require(first == new LogIndex(m.Previous.Index.Value + at + 1), "entries follow each other");
        if (first <= s.Log.LastIndex) s.CutFrom(first);
        var fresh = new LogEntry[entries.Count - at];
        var hasConfig = false;
        for (var i = 0; i < fresh.Length; i++)
        {
            fresh[i] = entries[at + i];
            s.Append(fresh[i]);
            hasConfig |= fresh[i].Config is not null;
        }
        if (hasConfig) s.AdoptConfig();
        s.Persist(new JournalEvent.EntriesAppended(first, fresh));
        return true;
    }

    private bool IsHeld(LogEntry entry) => entry.Index <= s.Log.Start.Index || s.Log.Has(entry.Position)
        || (s.Has(Defects.KeepConflictingSuffix) && entry.Index <= s.Log.LastIndex);

    private void Advance()
    {
        var verified = s.Has(Defects.CommitBeyondMatch) ? s.Log.LastIndex : _matched;
        var commit = LogIndex.Min(LogIndex.Min(_leaderCommit, verified), s.Journal.Durable);
        if (commit > s.Commit) s.AdvanceCommit(commit);
        s.RaiseFirmCommit(LogIndex.Min(LogIndex.Min(_leaderFirm, _matched), s.Journal.Durable));
    }

    /// <summary>A leader asks for an answer by a new round; one that only tells its commit index gets none.</summary>
    private void ReplyToHeartbeat()
    {
        if (_round > _answeredRound) Reply();
    }

    private void Refuse(long round, LogPosition hint)
    {
        s.SaveBallot();
        if (s.MaySpeak) s.Send(s.Leader!.Value, new Message.AppendEntriesReply(s.Term, false, round, _matched, s.FirmCommit, s.Applied, hint));
    }

    private void Reply()
    {
        s.SaveBallot();
        if (!s.MaySpeak) { _replyOwed = true; return; }
        var flushed = s.Has(Defects.AcknowledgeBeforeFsync) ? _matched : LogIndex.Min(s.Journal.Durable, _matched);
        if (flushed >= _matched) _replyOwed = false;
        _answeredRound = _round;
        _appliedOwed = false;
        s.Send(s.Leader!.Value, new Message.AppendEntriesReply(s.Term, true, _round, _matched, flushed, s.Applied, s.Log.Last));
    }
}

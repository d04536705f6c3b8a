using ActorReplication.Core.Log;

namespace ActorReplication.Core.Tests.Simulation.Model;

/// <summary>A log as the simulator sees it: what journal events add up to, folded by code of its own, so that it can judge Core's fold.</summary>
internal sealed class LogMirror
{
    private readonly List<LogEntry> _entries = [];
    private int _head;

    /// <summary>Position before the first entry held.</summary>
    public LogPosition Start { get; private set; }
    public LogPosition Last => _entries.Count > _head ? _entries[^1].Position : Start;

    /// <summary>The configuration at <see cref="Start"/>, if a snapshot said it.</summary>
    public Membership.ClusterConfig? StartConfig { get; private set; }

    /// <summary>Where the latest configuration is; a compacted one that does not tell may be anywhere up to the start.</summary>
    public LogPosition LatestConfig
    {
        get
        {
            for (var at = _entries.Count - 1; at >= _head; at--)
                if (_entries[at].Config is not null)
                    return _entries[at].Position;
            return StartConfig is { At: var position } && position.Index > LogIndex.Zero ? position : Start;
        }
    }

    public Term Term { get; private set; }
    public NodeId? VotedFor { get; private set; }

    public LogEntry? EntryAt(LogIndex index)
    {
        var at = index.Value - Start.Index.Value - 1;
        return at >= 0 && at < _entries.Count - _head ? _entries[_head + (int)at] : null;
    }

    public Term? TermAt(LogIndex index) => index == Start.Index ? Start.Term : EntryAt(index)?.Term;

    /// <summary>The entry of that position is here, or covered by the snapshot (which is then the caller's to judge).</summary>
    public bool Holds(LogPosition position) => position.Index < Start.Index || TermAt(position.Index) == position.Term;

    public LogEntry[]? Slice(LogRange range)
    {
        if (range.IsEmpty)
            return [];
        if (range.First <= Start.Index || range.Last > Last.Index)
            return null;
        var result = new LogEntry[range.Count];
        _entries.CopyTo(_head + (int)(range.First.Value - Start.Index.Value - 1), result, 0, result.Length);
        return result;
    }

    public void Apply(JournalEvent e)
    {
        switch (e)
        {
            case JournalEvent.BallotCast ballot:
                Term = ballot.Term;
                VotedFor = ballot.VotedFor;
                break;
            case JournalEvent.EntriesAppended appended:
                Append(appended);
                break;
            case JournalEvent.SnapshotTaken snapshot:
                Term = snapshot.Term;
                VotedFor = snapshot.VotedFor;
                if (!snapshot.DiscardsLog && snapshot.Position.Index < Start.Index)
                    break;
                if (snapshot.DiscardsLog || snapshot.Position.Index > Last.Index)
                {
                    _entries.Clear();
                    _head = 0;
                }
                else
                    DropThrough(snapshot.Position.Index);
                (Start, StartConfig) = (snapshot.Position, snapshot.Config);
                break;
        }
    }

    /// <summary>The fold of a journal whose prefix was deleted begins with entries whose predecessors are unknown.</summary>
    private void Append(JournalEvent.EntriesAppended appended)
    {
        var at = appended.From.Value - Start.Index.Value - 1;
        if (at < 0 || at > _entries.Count - _head)
        {
            _entries.Clear();
            _head = 0;
            (Start, StartConfig) = (new LogPosition(Term.Zero, appended.From.Previous), null);
        }
        else
            _entries.RemoveRange(_head + (int)at, _entries.Count - _head - (int)at);
        _entries.AddRange(appended.Entries);
    }

    private void DropThrough(LogIndex index)
    {
        _head += (int)Math.Clamp(index.Value - Start.Index.Value, 0, _entries.Count - _head);
        if (_head <= 256 || _head <= _entries.Count / 2)
            return;
        _entries.RemoveRange(0, _head);
        _head = 0;
    }
}

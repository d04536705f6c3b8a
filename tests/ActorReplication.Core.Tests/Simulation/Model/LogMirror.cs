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
                Start = snapshot.Position;
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
            Start = new LogPosition(Term.Zero, appended.From.Previous);
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

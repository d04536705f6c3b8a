using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Log;

/// <summary>What the core keeps of the log: terms as runs, sizes as running sums, configurations. No payloads. Eight bytes per entry.</summary>
internal sealed class LogShape
{
    /// <summary>Terms before the start that are remembered. Each change of leader adds one.</summary>
    private const int PastMost = 512;

    private readonly List<(Term Term, LogIndex First)> _runs = [];
    private readonly List<LogPosition> _past = [];
    private readonly List<(ClusterConfig Config, LogIndex At)> _configs = [];
    private long[] _ends = new long[64];
    private int _head;
    private int _count;
    private long _startBytes;

    /// <summary>The position just before the first entry that is held.</summary>
    public LogPosition Start { get; private set; }

    public LogIndex LastIndex => new(Start.Index.Value + _count);
    public LogPosition Last => new(_runs.Count > 0 ? _runs[^1].Term : Start.Term, LastIndex);
    public bool IsEmpty => _count == 0;

    /// <summary>Terms of what was compacted: the first position of each, in order, up to <see cref="Start"/>. What lies before the first is not known.</summary>
    public IReadOnlyList<LogPosition> Past => _past;

    /// <summary>The latest configuration, and the index it took effect at.</summary>
    public (ClusterConfig Config, LogIndex At)? Config => _configs.Count > 0 ? _configs[^1] : null;

    /// <summary>The configuration before the latest one, if the log still tells it.</summary>
    public ClusterConfig? PreviousConfig => _configs.Count > 1 ? _configs[^2].Config : null;

    public void Append(LogPosition position, int sizeBytes, ClusterConfig? config)
    {
        Invariants.Require(position.Index == LastIndex.Next, "the log has no gaps");
        Invariants.Require(position.Term >= Last.Term, "terms rise along the log");
        if (_runs.Count == 0 || _runs[^1].Term != position.Term) _runs.Add((position.Term, position.Index));
        if (config is not null) _configs.Add((config.At == position ? config : config with { At = position }, position.Index));
        if (_count == _ends.Length) Resize(_ends.Length * 2);
        _ends[_head + _count & _ends.Length - 1] = End(_count) + sizeBytes;
        _count++;
    }

    /// <summary>Drops the entry and everything after it.</summary>
    /// <returns>Whether that took back a configuration.</returns>
    public bool CutFrom(LogIndex index)
    {
        Invariants.Require(index > Start.Index, "what is before the log's start cannot be cut");
        if (index > LastIndex) return false;
        _count = (int)(index.Value - Start.Index.Value - 1);
        while (_runs.Count > 0 && _runs[^1].First >= index) _runs.RemoveAt(_runs.Count - 1);
        var configs = _configs.Count;
        while (_configs.Count > 0 && _configs[^1].At >= index) _configs.RemoveAt(_configs.Count - 1);
        return _configs.Count != configs;
    }

    /// <summary>Moves the start forward to a position in the log; entries up to there are forgotten, all but their terms.</summary>
    /// <param name="history">Their terms, if someone knows more of them; otherwise empty.</param>
    public void StartAt(LogPosition position, ClusterConfig config, IReadOnlyList<LogPosition> history)
    {
        Invariants.Require(TermAt(position.Index) == position.Term, "a log is compacted to a position in it");
        var gone = (int)(position.Index.Value - Start.Index.Value);
        var last = LastIndex;
        _startBytes = End(gone);
        _head = _head + gone & _ends.Length - 1;
        _count -= gone;
        foreach (var (term, first) in _runs)
            if (first <= position.Index && (_past.Count == 0 || _past[^1].Term < term)) _past.Add(new LogPosition(term, first));
        var keep = 0;
        while (keep < _runs.Count && (keep + 1 < _runs.Count ? _runs[keep + 1].First.Previous : last) <= position.Index) keep++;
        _runs.RemoveRange(0, keep);
        if (_runs.Count > 0 && _runs[0].First <= position.Index) _runs[0] = (_runs[0].Term, position.Index.Next);
        var old = _configs.FindLastIndex(c => c.At <= position.Index);
        var at = old >= 0 ? _configs[old].At : config.At.Index;
        if (old >= 0) _configs.RemoveRange(0, old + 1);
        _configs.Insert(0, (config, at));
        Start = position;
        Remember(history);
        if (_ends.Length > 1024 && _count < _ends.Length / 4) Resize(_ends.Length / 2);
    }

    /// <summary>Learns the term at the start, and the configuration there, when only the index was known.</summary>
    public void AdoptStart(LogPosition position, ClusterConfig config, IReadOnlyList<LogPosition> history)
    {
        Invariants.Require(position.Index == Start.Index && (_runs.Count == 0 || position.Term <= _runs[0].Term), "a start is named once");
        Start = position;
        _configs.Insert(0, (config, config.At.Index));
        Remember(history);
    }

    /// <summary>Forgets everything; the log begins anew after the position.</summary>
    public void Reset(LogPosition position, ClusterConfig? config, IReadOnlyList<LogPosition> history)
    {
        _runs.Clear();
        _configs.Clear();
        _past.Clear();
        (_head, _count, _startBytes, Start) = (0, 0, 0, position);
        if (_ends.Length > 1024) _ends = new long[64];
        if (config is not null) _configs.Add((config, config.At.Index));
        Remember(history);
    }

    /// <summary>Null when the entry is not in the log (and not its start).</summary>
    public Term? TermAt(LogIndex index)
    {
        if (index < Start.Index || index > LastIndex) return null;
        return index == Start.Index ? Start.Term : _runs[RunOf(index)].Term;
    }

    public LogPosition PositionAt(LogIndex index)
    {
        var term = TermAt(index);
        Invariants.Require(term is not null, "the position is in the log");
        return new LogPosition(term.Value, index);
    }

    public bool Has(LogPosition position) => TermAt(position.Index) == position.Term;

    /// <summary>The latest position at or before both; null when that lies before the log's start.</summary>
    public LogPosition? LatestAtMost(LogPosition bound)
    {
        if (bound.Index < Start.Index) return null;
        var index = LogIndex.Min(bound.Index, LastIndex);
        while (index > Start.Index)
        {
            var run = RunOf(index);
            if (_runs[run].Term <= bound.Term) return new LogPosition(_runs[run].Term, index);
            index = _runs[run].First.Previous;
        }
        return Start.Term <= bound.Term ? Start : null;
    }

    /// <summary>The configurations of the log, and where each is. One that came with a snapshot and does not say: at the start at the latest.</summary>
    public IEnumerable<(ClusterConfig Config, LogPosition At)> ConfigsFromLatest
    {
        get
        {
            for (var i = _configs.Count - 1; i >= 0; i--)
                yield return (_configs[i].Config, _configs[i].Config.At.Index > LogIndex.Zero ? _configs[i].Config.At : Start);
        }
    }

    /// <summary>The first position of each term, compacted entries included.</summary>
    public IReadOnlyList<LogPosition> History()
    {
        var history = new List<LogPosition>(_past.Count + _runs.Count);
        history.AddRange(_past);
        foreach (var (term, first) in _runs)
            if (history.Count == 0 || history[^1].Term < term) history.Add(new LogPosition(term, first));
        return history;
    }

    /// <summary>The first entry that a log of that history does not have, as far as the history tells; one after the last when there is none.</summary>
    /// <param name="history">As <see cref="History"/> of the other log, which is at least as long or ends in a term that is not in this one.</param>
    public LogIndex FirstNotIn(IReadOnlyList<LogPosition> history)
    {
        var index = LastIndex;
        var at = history.Count - 1;
        while (index > Start.Index)
        {
            while (at >= 0 && history[at].Index > index) at--;
            if (at < 0) break;
            var run = _runs[RunOf(index)];
            // Equal here, equal everywhere before.
            if (run.Term == history[at].Term) break;
            index = LogIndex.Max(run.First, history[at].Index).Previous;
        }
        return index.Next;
    }

    /// <summary>Bytes of the entries from <paramref name="first"/> to <paramref name="last"/>; 0 for an empty run.</summary>
    public long Bytes(LogIndex first, LogIndex last) => last < first ? 0 : EndOf(last) - EndOf(first.Previous);

    /// <summary>The last index such that the entries from <paramref name="first"/> fit into the limit; at least <paramref name="first"/>.</summary>
    public LogIndex LastWithin(LogIndex first, int limitBytes)
    {
        var bound = EndOf(first.Previous) + limitBytes;
        if (EndOf(LastIndex) <= bound) return LastIndex;
        long low = first.Value, high = LastIndex.Value;
        while (low < high)
        {
            var middle = low + (high - low + 1) / 2;
            if (EndOf(new LogIndex(middle)) <= bound) low = middle;
            else high = middle - 1;
        }
        return new LogIndex(low);
    }

    /// <summary>The configuration in effect at an index, and where it came from.</summary>
    public (ClusterConfig Config, LogIndex At)? ConfigAt(LogIndex index)
    {
        for (var i = _configs.Count - 1; i >= 0; i--)
            if (_configs[i].At <= index) return _configs[i];
        return null;
    }

    private void Remember(IReadOnlyList<LogPosition> history)
    {
        if (history.Count > 0)
        {
            _past.Clear();
            foreach (var first in history)
                if (first.Index <= Start.Index) _past.Add(first);
        }
        if (_past.Count == 0 && Start.Index > LogIndex.Zero) _past.Add(Start);
        if (_past.Count > PastMost) _past.RemoveRange(0, _past.Count - PastMost);
    }

    private int RunOf(LogIndex index)
    {
        int low = 0, high = _runs.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_runs[middle].First <= index) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    private long EndOf(LogIndex index) => End((int)(index.Value - Start.Index.Value));

    private long End(int count) => count == 0 ? _startBytes : _ends[_head + count - 1 & _ends.Length - 1];

    private void Resize(int length)
    {
        var ends = new long[length];
        for (var i = 0; i < _count; i++) ends[i] = _ends[_head + i & _ends.Length - 1];
        (_ends, _head) = (ends, 0);
    }
}

using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.Cluster.Replica;

/// <summary>The newest part of the log, in memory: what followers and the gate read without touching the journal. Contiguous; bounded by
/// bytes, except that an entry is never dropped before it is in the journal. Thread-safe.</summary>
internal sealed class EntryCache(long limitBytes)
{
    private readonly object _sync = new();
    private readonly IndexedRing _ring = new();
    private long _bytes;
    private long _durable;

    public long Bytes { get { lock (_sync) return _bytes; } }

    /// <summary>Puts entries in at <paramref name="from"/>; what was there or after is dropped.</summary>
    public void Append(LogIndex from, IReadOnlyList<LogEntry> entries)
    {
        lock (_sync)
        {
            CutLocked(from);
            if (_ring.Count > 0 && _ring.NextIndex != from.Value) ClearLocked();
            if (_ring.Count == 0) _ring.StartAt(from.Value);
            foreach (var entry in entries)
            {
                _ring.Add(entry);
                _bytes += entry.SizeBytes;
            }
            EvictLocked();
        }
    }

    /// <summary>Entries up to here are in the journal and may be evicted.</summary>
    public void MarkDurable(LogIndex index)
    {
        lock (_sync)
        {
            _durable = index.Value;
            EvictLocked();
        }
    }

    public void Cut(LogIndex from) { lock (_sync) CutLocked(from); }

    public void Clear() { lock (_sync) ClearLocked(); }

    /// <summary>Entries from <paramref name="first"/> to at most <paramref name="last"/>, at least one and then as many as fit the bytes;
    /// false when the first is not here.</summary>
    public bool TryRead(LogIndex first, LogIndex last, long maxBytes, out List<LogEntry> entries)
    {
        lock (_sync)
        {
            entries = [];
            if (_ring.Count == 0 || first.Value < _ring.FirstIndex || first.Value >= _ring.NextIndex) return false;
            long bytes = 0;
            for (var i = first.Value; i <= last.Value && i < _ring.NextIndex; i++)
            {
                var entry = _ring[i];
                bytes += entry.SizeBytes;
                if (entries.Count > 0 && bytes > maxBytes) break;
                entries.Add(entry);
            }
            return true;
        }
    }

    private void CutLocked(LogIndex from)
    {
        while (_ring.Count > 0 && _ring.NextIndex > from.Value) _bytes -= _ring.RemoveLast().SizeBytes;
        _durable = Math.Min(_durable, from.Value - 1);
    }

    private void ClearLocked()
    {
        _ring.Clear();
        _bytes = 0;
    }

    private void EvictLocked()
    {
        while (_bytes > limitBytes && _ring.Count > 1 && _ring.FirstIndex <= _durable) _bytes -= _ring.RemoveFirst().SizeBytes;
    }

    /// <summary>A growing ring addressed by log index.</summary>
    private sealed class IndexedRing
    {
        private LogEntry?[] _slots = new LogEntry?[1024];
        private long _first;

        public int Count { get; private set; }
        public long FirstIndex => _first;
        public long NextIndex => _first + Count;
        public LogEntry this[long index] => _slots[index & (_slots.Length - 1)]!;

        public void StartAt(long index) => _first = index;

        public void Add(LogEntry entry)
        {
            if (Count == _slots.Length) Grow();
            _slots[NextIndex & (_slots.Length - 1)] = entry;
            Count++;
        }

        public LogEntry RemoveFirst()
        {
            var entry = this[_first];
            _slots[_first & (_slots.Length - 1)] = null;
            _first++;
            Count--;
            return entry;
        }

        public LogEntry RemoveLast()
        {
            var at = NextIndex - 1;
            var entry = this[at];
            _slots[at & (_slots.Length - 1)] = null;
            Count--;
            return entry;
        }

        public void Clear()
        {
            Array.Clear(_slots);
            Count = 0;
        }

        private void Grow()
        {
            var larger = new LogEntry?[_slots.Length * 2];
            for (var i = _first; i < NextIndex; i++) larger[i & (larger.Length - 1)] = this[i];
            _slots = larger;
        }
    }
}

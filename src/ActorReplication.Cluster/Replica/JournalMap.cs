using ActorReplication.Core;

namespace ActorReplication.Cluster.Replica;

/// <summary>Which journal record (Akka.Persistence sequence number) holds which log entries: the two numberings differ. Records in
/// sequence order; where one replaced the end of another, the older one counts only up to there. Thread-safe.</summary>
internal sealed class JournalMap
{
    private readonly List<JournalRecord> _records = [];
    private int _start;
    private long _lastSequenceNr;

    /// <summary>Bytes of the entries held.</summary>
    public long Bytes { get; private set; }

    public long LastSequenceNr => _lastSequenceNr;

    /// <summary>A record was written that put these entries at <paramref name="from"/> (none: it only cut there).</summary>
    public void Appended(long sequenceNr, LogIndex from, long count, long bytes)
    {
        lock (_records)
        {
            CutLocked(from);
            _lastSequenceNr = sequenceNr;
            if (count == 0) return;
            _records.Add(new JournalRecord(sequenceNr, from.Value, from.Value + count - 1, bytes));
            Bytes += bytes;
        }
    }

    /// <summary>A record without entries was written.</summary>
    public void Passed(long sequenceNr) { lock (_records) _lastSequenceNr = sequenceNr; }

    public void Clear()
    {
        lock (_records)
        {
            _records.Clear();
            _start = 0;
            Bytes = 0;
        }
    }

    private void CutLocked(LogIndex from)
    {
        while (_records.Count > _start && _records[^1].Last >= from.Value)
        {
            var record = _records[^1];
            _records.RemoveAt(_records.Count - 1);
            Bytes -= record.Bytes;
            if (record.First >= from.Value) continue;
            // Keeps its share of the bytes: exact enough for a budget.
            var kept = record.Bytes * (from.Value - record.First) / (record.Last - record.First + 1);
            _records.Add(record with { Last = from.Value - 1, Bytes = kept });
            Bytes += kept;
        }
    }

    /// <summary>The records that hold the entries from <paramref name="first"/> on, up to <paramref name="last"/> or until they reach the
    /// bytes (at least one); empty when the first entry is in no record.</summary>
    public IReadOnlyList<JournalRecord> Find(LogIndex first, LogIndex last, long maxBytes)
    {
        lock (_records)
        {
            var found = new List<JournalRecord>();
            var at = IndexOf(first);
            var bytes = 0L;
            for (var i = at; i >= 0 && i < _records.Count && _records[i].First <= last.Value; i++)
            {
                bytes += _records[i].Bytes;
                if (found.Count > 0 && bytes > maxBytes) break;
                found.Add(_records[i]);
            }
            return found;
        }
    }

    /// <summary>The log may start after this index, and at least <paramref name="keepBytes"/> of entries stay.</summary>
    public LogIndex IndexKeeping(long keepBytes)
    {
        lock (_records)
        {
            var bytes = 0L;
            for (var i = _records.Count - 1; i >= _start; i--)
            {
                bytes += _records[i].Bytes;
                if (bytes > keepBytes) return new LogIndex(_records[i].First - 1);
            }
            return LogIndex.Zero;
        }
    }

    /// <summary>Bytes of the entries after the index; a record that reaches across it counts whole.</summary>
    public long BytesAfter(LogIndex index)
    {
        lock (_records)
        {
            var bytes = 0L;
            for (var i = _records.Count - 1; i >= _start && _records[i].Last > index.Value; i--) bytes += _records[i].Bytes;
            return bytes;
        }
    }

    /// <summary>The log starts after <paramref name="upTo"/> now. Returns the last sequence number that no kept entry needs.</summary>
    public long Compacted(LogIndex upTo)
    {
        lock (_records)
        {
            while (_start < _records.Count && _records[_start].Last <= upTo.Value) Bytes -= _records[_start++].Bytes;
            if (_start > 1024 && _start > _records.Count / 2)
            {
                _records.RemoveRange(0, _start);
                _start = 0;
            }
            return (_start < _records.Count ? _records[_start].SequenceNr : _lastSequenceNr + 1) - 1;
        }
    }

    private int IndexOf(LogIndex index)
    {
        int low = _start, high = _records.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_records[middle].Last < index.Value) low = middle + 1;
            else if (_records[middle].First > index.Value) high = middle - 1;
            else return middle;
        }
        return -1;
    }
}

/// <summary>One journal record and the log indices in it that still count.</summary>
internal readonly record struct JournalRecord(long SequenceNr, long First, long Last, long Bytes);

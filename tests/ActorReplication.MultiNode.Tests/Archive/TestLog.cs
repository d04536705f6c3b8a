using ActorReplication.Cluster.Archive;
using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.MultiNode.Tests.Archive;

/// <summary>A log in memory, all of it committed.</summary>
internal sealed class TestLog : IArchivedLog
{
    private readonly List<LogEntry> _entries = [];

    public ClusterId Cluster { get; set; } = new(new Guid("0f0e0d0c-0b0a-0908-0706-050403020100"));

    public bool Leads { get; set; } = true;

    public LogPosition? Start { get; set; } = LogPosition.Zero;

    public LogIndex Commit => Last.Index;

    public LogPosition Last => _entries.Count > 0 ? _entries[^1].Position : Start!.Value;

    public IReadOnlyList<LogEntry> Entries => _entries;

    /// <summary>Entries of a hundred bytes, a second apart.</summary>
    public void Add(long term, int count)
    {
        for (var i = 0; i < count; i++) Add(term, new byte[100]);
    }

    public void Add(long term, ReadOnlyMemory<byte> payload)
    {
        var at = new LogPosition(new Term(term), Last.Index.Next);
        _entries.Add(new LogEntry(at, EntryKind.Data, payload) { TimeMs = Ms(at.Index.Value) });
    }

    public void Add(LogEntry entry) => _entries.Add(entry);

    public static DateTimeOffset TimeOf(long index) => DateTimeOffset.UnixEpoch.AddMilliseconds(Ms(index));

    /// <summary>As after a failover that lost the end.</summary>
    public void CutAfter(long index) => _entries.RemoveAll(e => e.Index.Value > index);

    public void Compact(long upTo)
    {
        Start = _entries.First(e => e.Index.Value == upTo).Position;
        _entries.RemoveAll(e => e.Index.Value <= upTo);
    }

    public long BytesAfter(LogIndex index) => _entries.Where(e => e.Index > index).Sum(e => (long)e.SizeBytes);

    public IReadOnlyList<LogEntry> Read(LogIndex first, LogIndex last, long maxBytes)
    {
        var read = new List<LogEntry>();
        foreach (var entry in _entries)
        {
            if (entry.Index < first || entry.Index > last) continue;
            if (read.Count == 0 && entry.Index != first) break;
            read.Add(entry);
            if ((maxBytes -= entry.SizeBytes) <= 0) break;
        }
        return read;
    }

    private static long Ms(long index) => 1_772_366_400_000 + index * 1_000;
}

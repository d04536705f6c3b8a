using ActorReplication.Cluster.Backups;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Archive;

/// <summary>What of the archive is in this node's log: looked up by the positions at which segments begin and end. Footers that were read once are kept. One thread.</summary>
internal sealed class ArchiveHistory(string archive, IArchivedLog log)
{
    private readonly Dictionary<string, ArchiveSegment> _known = new(StringComparer.Ordinal);

    public void Add(ArchiveSegment segment) => _known[segment.Path] = segment;

    /// <summary>How far everything after a position is archived already, by whomever, as far as this log goes with it.</summary>
    /// <param name="from">In the log.</param>
    public LogPosition Reach(LogPosition from)
    {
        LookAgain();
        var ends = new List<LogPosition> { from };
        while (Longest(ends[^1]) is { } segment) ends.Add(segment.Last);
        // Positions are linked, so the last that is in the log speaks for those before it.
        for (var i = ends.Count - 1; i > 0; i--)
            if (ends[i].Index <= log.Commit && IsInLog(ends[i])) return ends[i];
        return from;
    }

    /// <summary>What the archive lacks just before the log's start: from the end of what is before it; null: nothing, or nothing is before it.</summary>
    public LogRange? MissingBefore(LogPosition start)
    {
        LogIndex? end = null;
        foreach (var segment in _known.Values)
        {
            if (segment.First <= start.Index && segment.Has(start)) return null;
            if (segment.Last.Index < start.Index && (end is null || segment.Last.Index > end)) end = segment.Last.Index;
        }
        return end is { } last ? new LogRange(last.Next, start.Index) : null;
    }

    /// <summary>Where the archive begins, if that is later than the log's start: what was before it is not wanted any more.</summary>
    public LogPosition? BeginningAfter(LogPosition start) => _known.Values
        .Where(s => s.Before.Index > start.Index).OrderBy(s => s.Before).Select(s => (LogPosition?)s.Before).FirstOrDefault(before => IsInLog(before!.Value));

    private ArchiveSegment? Longest(LogPosition at)
    {
        ArchiveSegment? longest = null;
        foreach (var segment in _known.Values)
            if (segment.Last.Index > at.Index && segment.Has(at) && (longest is null || segment.Last > longest.Last)) longest = segment;
        return longest;
    }

    /// <summary>Whether the log holds this entry, or begins after it.</summary>
    public bool IsInLog(LogPosition position)
    {
        if (log.Start is { } start && position.Index <= start.Index) return position == start;
        return log.Read(position.Index, position.Index, 1) is [var entry, ..] && entry.Position == position;
    }

    private void LookAgain()
    {
        var folder = ArchiveFolder.Of(archive, log.Cluster);
        // Not an empty archive: a mount that is not there. Who has written to it before does not begin anew beside it.
        if (!Directory.Exists(archive)) throw new BackupException($"archive.directory: {archive} is not there: make the folder, or mount it");
        var paths = Directory.Exists(folder) ? Directory.GetFiles(folder, "*" + ArchiveSegment.Ending) : [];
        foreach (var gone in _known.Keys.Except(paths).ToList()) _known.Remove(gone);
        foreach (var path in paths)
        {
            if (_known.ContainsKey(path)) continue;
            try
            {
                if (ArchiveReader.Open(path) is var segment && segment.Cluster == log.Cluster) _known[path] = segment;
            }
            catch (BackupException)
            {
                // Of no use to anybody: as if it were not there, and what it held is archived again.
                continue;
            }
        }
    }
}

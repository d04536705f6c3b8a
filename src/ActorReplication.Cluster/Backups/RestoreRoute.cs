using ActorReplication.Cluster.Archive;
using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.Cluster.Backups;

/// <summary>The archive's entries that a restore puts onto a backup: found, and every file read and verified, before anything is changed.</summary>
internal sealed class RestoreRoute
{
    private readonly IReadOnlyList<ArchiveRoute.Leg> _legs;

    private RestoreRoute(IReadOnlyList<ArchiveRoute.Leg> legs, LogPosition end, DateTimeOffset? endTime) => (_legs, End, EndTime) = (legs, end, endTime);

    /// <summary>The position that the restored database will stand at.</summary>
    public LogPosition End { get; }

    /// <summary>When its last entry that has a time was written; null: none has.</summary>
    public DateTimeOffset? EndTime { get; }

    public static RestoreRoute None(LogPosition backup) => new([], backup, null);

    /// <param name="archive">What <c>archive.directory</c> names; or the folder of one cluster in it.</param>
    /// <exception cref="BackupException">A gap (with the missing range), a damaged file, another cluster's archive, or a target that lies outside.</exception>
    public static RestoreRoute Find(BackupManifest backup, string archive, RestoreTarget target, Action<long, long>? progress, CancellationToken cancellation)
    {
        if (target is RestoreTarget.Time time && time.At < backup.Taken)
            throw new BackupException($"{time.At:u} is before {backup.Taken:u}, when the backup was taken: take an earlier backup");
        var segments = Segments(backup, archive, out var problems);
        var found = ArchiveRoute.Find(segments, backup.Position, (target as RestoreTarget.Position)?.Index);
        if (target is RestoreTarget.Latest && problems.Count > 0)
            throw new BackupException($"{string.Join("; ", problems)}: what it held may be the latest. Take it away and name a --to-position, or a --to-time, to do without it");
        if (found.Problem is { } problem) throw new BackupException(string.Join("; ", [$"{archive}: {problem}", .. problems]));
        var total = found.Legs.Sum(l => l.Segment.Bytes);
        var done = 0L;
        foreach (var leg in found.Legs)
        {
            ArchiveReader.Verify(leg.Segment, cancellation);
            progress?.Invoke(done += leg.Segment.Bytes, total);
        }
        return CutAt(found, target, archive, cancellation);
    }

    /// <summary>The entries, in order, read from the files anew.</summary>
    public IEnumerable<LogEntry> Entries()
    {
        foreach (var leg in _legs)
            foreach (var entry in ArchiveReader.Entries(leg.Segment))
            {
                if (entry.Index <= leg.From) continue;
                if (entry.Index > leg.To.Index || entry.Index > End.Index) break;
                yield return entry;
            }
    }

    private static IReadOnlyList<ArchiveSegment> Segments(BackupManifest backup, string archive, out List<string> problems)
    {
        if (!Directory.Exists(archive)) throw new BackupException($"{archive}: there is no such folder");
        var root = Path.GetFileName(archive) == backup.Cluster.ToString() ? Path.GetDirectoryName(archive)! : archive;
        var found = new List<string>();
        var segments = ArchiveFolder.Segments(root, backup.Cluster, (path, problem) =>
        {
            if (ArchiveFolder.LastOf(path) is not { } last || last > backup.Position.Index) found.Add(problem);
        });
        problems = found;
        if (segments.Count > 0 || found.Count > 0) return segments;
        var others = Directory.EnumerateDirectories(root).Select(d => Path.GetFileName(d)!).Where(n => n.Length == 32).ToArray();
        throw new BackupException(others.Length > 0
            ? $"{archive} has nothing of the backup's cluster {backup.Cluster}; it is the archive of {string.Join(", ", others)}"
            : $"{archive} is no archive: there is no folder {backup.Cluster} in it");
    }

    /// <summary>Decodes every entry on the way, so that none fails later; and for a time finds where to stop.</summary>
    private static RestoreRoute CutAt(ArchiveRoute.Found found, RestoreTarget target, string archive, CancellationToken cancellation)
    {
        var limit = (target as RestoreTarget.Time)?.At;
        long lastMs = 0;
        LogPosition? last = null;
        foreach (var entry in new RestoreRoute(found.Legs, found.End, null).Entries())
        {
            cancellation.ThrowIfCancellationRequested();
            if (limit is { } until && entry.TimeMs != 0 && TimeOf(entry.TimeMs) > until)
                return new RestoreRoute(found.Legs, last ?? new LogPosition(found.Legs[0].Segment.TermAt(found.Legs[0].From)!.Value, found.Legs[0].From), TimeOrNone(lastMs));
            last = entry.Position;
            if (entry.TimeMs != 0) lastMs = entry.TimeMs;
        }
        if (limit is { } never)
            throw new BackupException($"{archive} ends with entry {found.End}{(TimeOrNone(lastMs) is { } end ? $" of {end:u}" : "")}, and nothing in it is later than {never:u}: what was committed until then may be missing. --to-latest takes all that is there");
        return new RestoreRoute(found.Legs, found.End, TimeOrNone(lastMs));
    }

    private static DateTimeOffset? TimeOrNone(long ms) => ms == 0 ? null : TimeOf(ms);

    private static DateTimeOffset TimeOf(long ms) => DateTimeOffset.UnixEpoch.AddMilliseconds(ms);
}

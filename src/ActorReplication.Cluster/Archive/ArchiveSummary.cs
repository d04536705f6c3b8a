using ActorReplication.Core;

namespace ActorReplication.Cluster.Archive;

/// <summary>What an archive holds of one cluster, over all its files.</summary>
/// <param name="First">First entry; null: no files.</param>
/// <param name="Last">Last entry, by term and then by index.</param>
/// <param name="LastTime">Its leader's time; null: not known.</param>
/// <param name="Gaps">Entries between the first and the last that no way leads over; ascending.</param>
/// <param name="Problems">Files that cannot be read.</param>
public sealed record ArchiveSummary(int Files, long Bytes, LogIndex? First, LogPosition? Last, DateTimeOffset? LastTime, IReadOnlyList<LogRange> Gaps, IReadOnlyList<string> Problems)
{
    public static ArchiveSummary Of(string archive, ClusterId cluster)
    {
        var problems = new List<string>();
        var segments = ArchiveFolder.Segments(archive, cluster, (_, problem) => problems.Add(problem));
        if (segments.Count == 0) return new ArchiveSummary(0, 0, null, null, null, [], problems);
        var last = segments.MaxBy(s => s.Last)!;
        var gaps = new List<LogRange>();
        // From the end backwards; after each gap with the latest that lies before it.
        var (rest, start) = (segments, segments.Min(s => s.Before.Index));
        while (rest.Count > 0 && ArchiveRoute.FindGap(rest, start) is { } gap)
        {
            gaps.Insert(0, gap);
            rest = [.. rest.Where(s => s.Last.Index < gap.First)];
        }
        return new ArchiveSummary(segments.Count, segments.Sum(s => s.Bytes), start.Next, last.Last, last.LastMs == 0 ? null : DateTimeOffset.UnixEpoch.AddMilliseconds(last.LastMs), gaps, problems);
    }
}

using ActorReplication.Core;

namespace ActorReplication.Cluster.Archive;

/// <summary>Finds the way through an archive's segments from one position to another: one history, without a gap, whatever nodes wrote it and however their segments
/// overlap.</summary>
/// <remarks>A position names its entry, and with it all entries before it. So the history that counts is found backwards from its end: the latest position, by term and then
/// by index, of all that is in the archive. Entries of a term that were cut from the log later are on no such way: a later leader's entries follow on others.</remarks>
internal static class ArchiveRoute
{
    /// <param name="From">The entries of the segment after this index…</param>
    /// <param name="To">…up to this one are on the way.</param>
    public readonly record struct Leg(ArchiveSegment Segment, LogIndex From, LogPosition To);

    /// <param name="Problem">Why there is none; else null.</param>
    public sealed record Found(IReadOnlyList<Leg> Legs, LogPosition End, LogRange? Missing, string? Problem);

    /// <param name="start">A backup's position, or any other.</param>
    /// <param name="to">The index to come to; null: as far as the archive goes.</param>
    public static Found Find(IReadOnlyList<ArchiveSegment> segments, LogPosition start, LogIndex? to = null)
    {
        var tip = Tip(segments, start);
        if (to is { } target && target < start.Index) return Refused($"entry {target} lies before the backup, which stands at {start}: take an earlier backup");
        if (to is { } far && far > LogIndex.Max(tip.Index, start.Index)) return Missing(new LogRange(LogIndex.Max(tip.Index, start.Index).Next, far), $"the archive ends with entry {tip}");
        return Walk(segments, start, tip, to);
    }

    /// <summary>The last run of entries that no segment holds, on the way from the archive's end back to an index; null: there is none.</summary>
    public static LogRange? FindGap(IReadOnlyList<ArchiveSegment> segments, LogIndex start)
    {
        var at = Tip(segments, LogPosition.Zero);
        while (at.Index > start)
        {
            if (Best(segments, at) is not { } segment) return Hole(segments, start, at.Index);
            at = segment.Before;
        }
        return null;
    }

    private static LogRange Hole(IReadOnlyList<ArchiveSegment> segments, LogIndex start, LogIndex last)
    {
        var reached = start;
        foreach (var segment in segments)
            if (segment.Last.Index < last) reached = LogIndex.Max(reached, segment.Last.Index);
        return new LogRange(reached.Next, last);
    }

    private static LogPosition Tip(IReadOnlyList<ArchiveSegment> segments, LogPosition start)
    {
        var tip = start;
        foreach (var segment in segments)
            if (segment.Last > tip) tip = segment.Last;
        return tip;
    }

    private static Found Walk(IReadOnlyList<ArchiveSegment> segments, LogPosition start, LogPosition tip, LogIndex? to)
    {
        var legs = new List<Leg>();
        var at = tip;
        while (at.Index > start.Index)
        {
            if (Best(segments, at) is not { } segment) return Gap(segments, start, at, to);
            var from = LogIndex.Max(segment.Before.Index, start.Index);
            if (to is not { } target || from < target)
                legs.Add(new Leg(segment, from, to is { } end && end < at.Index ? new LogPosition(segment.TermAt(end)!.Value, end) : at));
            at = new LogPosition(segment.TermAt(from)!.Value, from);
        }
        if (at != start)
            return Refused($"the backup stands at {start}, and in the archive's history entry {start.Index} is {(at.Index == start.Index ? at : tip)}: what the backup ends with was cut from the log later; take another backup");
        legs.Reverse();
        return new Found(legs, legs.Count > 0 ? legs[^1].To : start, null, null);
    }

    /// <summary>Of those that hold the entry, the one that goes back furthest.</summary>
    private static ArchiveSegment? Best(IReadOnlyList<ArchiveSegment> segments, LogPosition at)
    {
        ArchiveSegment? best = null;
        foreach (var segment in segments)
            if (at.Index >= segment.First && segment.Has(at) && (best is null || segment.Before.Index < best.Before.Index)) best = segment;
        return best;
    }

    /// <summary>What lies before a gap can still be reached if it is of the term after it: a leader never takes back what it wrote itself.</summary>
    private static Found Gap(IReadOnlyList<ArchiveSegment> segments, LogPosition start, LogPosition at, LogIndex? to)
    {
        var below = segments.Where(s => s.Last.Index < at.Index).ToList();
        var reached = below.Aggregate(start, (high, s) => s.Last.Index > high.Index ? s.Last : high);
        var missing = new LogRange(reached.Index.Next, at.Index);
        if (to is { } target && target <= reached.Index && reached.Term == at.Term) return Walk(below, start, reached, to);
        return Missing(missing, "the archive has a gap");
    }

    private static Found Missing(LogRange range, string why) => new([], LogPosition.Zero, range, $"{why}: entries {range.First} to {range.Last} are missing");

    private static Found Refused(string why) => new([], LogPosition.Zero, null, why);
}

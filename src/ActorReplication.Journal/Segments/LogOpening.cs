using ActorReplication.Journal.Format;

namespace ActorReplication.Journal.Segments;

/// <summary>A torn write that opening removed. None of it had been acknowledged as far as this node's own files know.</summary>
/// <param name="File">The segment.</param>
/// <param name="Offset">Where the log now ends.</param>
/// <param name="Bytes">How many bytes behind it were erased.</param>
internal sealed record TornTail(string File, long Offset, long Bytes);

/// <summary>What opening found: everything that the log needs to go on.</summary>
/// <param name="Segments">In order; the last one is written to.</param>
/// <param name="Next">Prepared for when that one is full.</param>
/// <param name="Identities">All persistence IDs.</param>
/// <param name="Marks">As stored.</param>
/// <param name="Marker">As stored.</param>
/// <param name="Chain">Checksum that the next record follows.</param>
/// <param name="Torn">What was cut.</param>
internal sealed record OpenedLog(
    List<Segment> Segments,
    Segment? Next,
    IdentitySet Identities,
    DeletionMarks Marks,
    AcknowledgedPosition Marker,
    uint Chain,
    TornTail? Torn);

/// <summary>
/// Opens a log: every record is read once, in order, and checked; then it is decided between "torn write: cut" and "damage:
/// refuse". Nothing on disk is changed before all checks have passed.
/// </summary>
internal sealed class LogOpening(SegmentLogOptions options, LogFiles files, JournalDisk disk)
{
    private readonly SegmentFactory _factory = new(options, files, disk);
    private readonly List<Segment> _opened = [];

    /// <exception cref="JournalException">Damaged, foreign, or a failing disk.</exception>
    /// <exception cref="JournalFullException">No space for a first segment.</exception>
    public OpenedLog Open()
    {
        try
        {
            return OpenChecked();
        }
        catch
        {
            foreach (var segment in _opened)
                segment.Release();
            throw;
        }
    }

    private static JournalException Damaged(string file, long offset, string expectation) => new(new JournalDamaged(file, offset, expectation));

    private OpenedLog OpenChecked()
    {
        files.RemoveDrafts();
        var numbers = files.SegmentNumbers();
        var marks = ReadMarks(numbers);
        var marker = ReadMarker(numbers);
        var identities = Identities(marks);

        // A crash between making the deletion durable and removing the files leaves some that are no longer part of the log.
        var obsolete = numbers.RemoveAll(number => number < marks.FirstSegment) > 0;
        RequireUnbroken(numbers, marks.FirstSegment, marker);
        foreach (var number in numbers)
            _opened.Add(_factory.Open(number));

        var scan = new LogScan(identities, marker);
        var scanned = _opened.ConvertAll(scan.Scan);
        var last = scanned.FindLastIndex(s => s.HasContent);
        RequireSound(scanned, last);
        RequireAcknowledged(scanned, last, marker, scan.MarkerMet);

        var torn = last < 0 || scanned[last].EndsWell ? null : Cut(scanned[last]);
        if (obsolete)
            RemoveObsolete(marks.FirstSegment);
        if (_opened.Count == 0)
            _opened.Add(_factory.Create(marks.FirstSegment));
        return Arrange(scanned, identities, marks, marker, torn);
    }

    private OpenedLog Arrange(List<ScannedSegment> scanned, IdentitySet identities, DeletionMarks marks, AcknowledgedPosition marker, TornTail? torn)
    {
        foreach (var segment in scanned)
            segment.Segment.DurableEnd = segment.WholeEnd;
        var active = Math.Max(0, _opened.FindLastIndex(s => s.HasRecords));
        foreach (var surplus in _opened.Skip(active + 2))
            surplus.Release();
        var chain = active < scanned.Count ? scanned[active].Chain : 0;
        return new OpenedLog(_opened[..(active + 1)], _opened.ElementAtOrDefault(active + 1), identities, marks, marker, chain, torn);
    }

    private DeletionMarks ReadMarks(List<ulong> numbers)
    {
        if (File.Exists(files.Deletions))
            return DeletionMarks.Decode(File.ReadAllBytes(files.Deletions)) ?? throw Damaged(files.Deletions, 0, "expected a whole deletion file whose checksum holds");
        if (numbers.Count > 0 || File.Exists(files.Marker))
            throw Damaged(files.Deletions, 0, "expected this file beside the segments; it is missing");
        disk.Replace(files.Deletions, DeletionMarks.Fresh.Encode());
        return DeletionMarks.Fresh;
    }

    private AcknowledgedPosition ReadMarker(List<ulong> numbers)
    {
        if (File.Exists(files.Marker))
        {
            var marker = AcknowledgedPosition.Decode(File.ReadAllBytes(files.Marker)) ?? throw Damaged(files.Marker, 0, "expected at least one slot whose checksum holds");
            _factory.RequireOwner(files.Marker, marker.Node, marker.Cluster);
            return marker;
        }

        if (numbers.Count > 0)
            throw Damaged(files.Marker, 0, "expected this file beside the segments; it is missing");
        var fresh = new AcknowledgedPosition(options.Cluster, options.Node, 0, 0, 0, 0);
        var content = new byte[AcknowledgedPosition.FileBytes];
        fresh.Encode().CopyTo(content, fresh.SlotOffset);
        disk.Replace(files.Marker, content);
        return fresh;
    }

    private IdentitySet Identities(DeletionMarks marks)
    {
        var identities = new IdentitySet();
        foreach (var mark in marks.Marks.Values)
        {
            if (!identities.TryDefine(new IdentityEntry(mark.Number, mark.Highest, mark.PersistenceId)))
                throw Damaged(files.Deletions, 0, $"expected one number for each persistence ID, found a second for '{mark.PersistenceId}'");
            identities.Find(mark.Number)!.DeletedTo = mark.DeletedTo;
        }

        return identities;
    }

    private void RequireUnbroken(List<ulong> numbers, ulong first, AcknowledgedPosition marker)
    {
        var expected = first;
        foreach (var number in numbers)
        {
            if (number != expected)
                throw Damaged(files.Segment(expected), 0, $"expected segment {expected}; it is missing, though segment {number} is here");
            expected++;
        }

        if (marker.Segment >= expected)
            throw Damaged(files.Segment(marker.Segment), 0, $"expected segment {marker.Segment}, acknowledged up to offset {marker.Offset}; it is missing");
        if (first > 1 && numbers.Count == 0)
            throw Damaged(files.Segment(first), 0, $"expected segment {first}, the first that was not deleted; it is missing");
    }

    private static void RequireSound(List<ScannedSegment> scanned, int last)
    {
        for (var i = 0; i < last; i++)
        {
            var segment = scanned[i];
            if (!segment.HasContent || !segment.EndsWell)
                throw Damaged(segment.Segment.Path, segment.WholeEnd, $"expected a record ({segment.Fault}), as a later segment was written to");
        }

        if (last + 2 < scanned.Count)
            throw Damaged(scanned[last + 1].Segment.Path, SegmentHeader.Bytes, "expected records, as two more segments follow");
        if (last < 0 || scanned[last] is not { } tail || tail.ContentEnd == tail.SoundEnd)
            return;
        if (TailInspection.FindLaterWrite(tail.Segment, tail.SoundEnd, tail.ContentEnd) is { } later)
            throw Damaged(tail.Segment.Path, tail.SoundEnd, $"expected a record ({tail.Fault}), as offset {later} holds one that was written later");
    }

    private static void RequireAcknowledged(List<ScannedSegment> scanned, int last, AcknowledgedPosition marker, bool met)
    {
        if (marker.Offset <= SegmentHeader.Bytes || scanned.Find(s => s.Segment.Number == marker.Segment) is not { } marked)
            return;
        var end = last >= 0 && scanned[last].Segment.Number > marker.Segment ? long.MaxValue : marked.WholeEnd;
        if (end < marker.Offset)
            throw Damaged(marked.Segment.Path, marked.WholeEnd, $"expected a record ({marked.Fault}), as offsets up to {marker.Offset} were acknowledged");
        if (!met)
            throw Damaged(marked.Segment.Path, marker.Offset, $"expected the acknowledged record with checksum {marker.Checksum:x8} to end here");
    }

    private TornTail Cut(ScannedSegment tail)
    {
        disk.Erase(tail.Segment.Handle, tail.Segment.Path, tail.WholeEnd, tail.ContentEnd);
        return new TornTail(tail.Segment.Path, tail.WholeEnd, tail.ContentEnd - tail.WholeEnd);
    }

    private void RemoveObsolete(ulong first)
    {
        foreach (var number in files.SegmentNumbers())
        {
            if (number < first)
                File.Delete(files.Segment(number));
        }

        disk.SyncDirectory(files.Directory);
    }
}

using ActorReplication.Journal.Format;

namespace ActorReplication.Journal.Segments;

/// <summary>One segment as scanned.</summary>
/// <param name="Segment">Its index is filled.</param>
/// <param name="WholeEnd">End of the last complete atomic write.</param>
/// <param name="SoundEnd">End of the last sound record.</param>
/// <param name="ContentEnd">End of the last byte that is not zero, at least <paramref name="SoundEnd"/>.</param>
/// <param name="Fault">What stands at <paramref name="SoundEnd"/>.</param>
/// <param name="Chain">Checksum of the last record before <paramref name="WholeEnd"/>.</param>
internal sealed record ScannedSegment(Segment Segment, long WholeEnd, long SoundEnd, long ContentEnd, RecordFault Fault, uint Chain)
{
    public bool HasContent => ContentEnd > SegmentHeader.Bytes;

    public bool EndsWell => WholeEnd == ContentEnd;
}

/// <summary>Reads all records of a log in order, checks each against its predecessor, and collects the identities and the sparse index.</summary>
internal sealed class LogScan(IdentitySet identities, AcknowledgedPosition marker)
{
    private const int BufferBytes = 4 << 20;

    private readonly List<(Identity Identity, long SequenceNr, long Offset)> _unfinished = [];
    private ScannedSegment? _previous;

    /// <summary>Whether a record with the acknowledged checksum ends at the acknowledged position.</summary>
    public bool MarkerMet { get; private set; }

    /// <exception cref="JournalException">A sound record contradicts its predecessor: no torn write looks like that.</exception>
    public ScannedSegment Scan(Segment segment)
    {
        using var scanner = new RecordScanner(segment.Handle, segment.Header.Stamp, SegmentHeader.Bytes, segment.Capacity, BufferBytes);
        var chain = _previous?.Chain;
        var (wholeEnd, wholeChain) = ((long)SegmentHeader.Bytes, chain ?? 0);
        _unfinished.Clear();

        RecordFault fault;
        for (var offset = scanner.Offset; scanner.TryRead(out var record, out fault); offset = scanner.Offset)
        {
            RequireChained(segment, offset, record, chain);
            chain = record.Checksum;
            Take(segment, offset, record);
            MarkerMet |= segment.Number == marker.Segment && scanner.Offset == marker.Offset && record.Checksum == marker.Checksum;
            if (record.MoreFollows)
                continue;
            Finish(segment);
            (wholeEnd, wholeChain) = (scanner.Offset, record.Checksum);
        }

        var contentEnd = TailInspection.EndOfContent(segment, scanner.Offset);
        return _previous = new ScannedSegment(segment, wholeEnd, scanner.Offset, contentEnd, fault, wholeChain);
    }

    private static JournalException Damaged(Segment segment, long offset, string expectation) =>
        new(new JournalDamaged(segment.Path, offset, expectation));

    private void RequireChained(Segment segment, long offset, RecordView record, uint? chain)
    {
        var opens = offset == SegmentHeader.Bytes;
        if (opens != (record.Kind == RecordKind.Opening))
            throw Damaged(segment, offset, opens ? "expected an opening record" : "expected an opening record only at the segment's start");
        if (chain is not { } expected || record.Previous == expected)
            return;
        if (opens && _previous is { } before)
            throw Damaged(before.Segment, before.SoundEnd, $"expected records up to checksum {record.Previous:x8}, from which the next segment goes on; they end with {expected:x8} ({before.Fault})");
        throw Damaged(segment, offset, $"expected a record that follows checksum {expected:x8}, found one that follows {record.Previous:x8}");
    }

    private void Take(Segment segment, long offset, RecordView record)
    {
        if (record.Kind != RecordKind.Event)
        {
            foreach (var entry in IdentityTable.Decode(record.Payload) ?? throw Damaged(segment, offset, "expected a table of persistence IDs"))
            {
                if (!identities.TryDefine(entry))
                    throw Damaged(segment, offset, $"expected one number for each persistence ID, found a second for '{entry.PersistenceId}'");
            }

            return;
        }

        var identity = identities.Find(record.Identity) ?? throw Damaged(segment, offset, $"expected a persistence ID defined earlier, found number {record.Identity}");

        // Pending, not Highest: the deletion marks may know of later events than those scanned so far.
        var floor = _unfinished.Count > 0 ? _unfinished[^1].SequenceNr : identity.Pending;
        if (record.SequenceNr <= floor)
            throw Damaged(segment, offset, $"expected a sequence number of '{identity.PersistenceId}' above {floor}, found {record.SequenceNr}");
        _unfinished.Add((identity, record.SequenceNr, offset));
    }

    private void Finish(Segment segment)
    {
        foreach (var (identity, sequenceNr, offset) in _unfinished)
        {
            identity.Pending = sequenceNr;
            identity.Highest = Math.Max(identity.Highest, sequenceNr);
            segment.Index.Add(identity.Number, sequenceNr, offset);
        }

        _unfinished.Clear();
    }
}

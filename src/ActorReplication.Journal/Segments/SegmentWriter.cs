using ActorReplication.Journal.Format;

namespace ActorReplication.Journal.Segments;

/// <summary>Places, chains and writes records at the end of the current segment.</summary>
internal sealed class SegmentWriter(JournalDisk disk, FillAhead fill, IdentitySet identities, Segment segment, uint chain) : IDisposable
{
    /// <summary>Writes that one call takes: the system's limit of 1024 pieces, less the preamble.</summary>
    public const int MaxWrites = 1023;

    private readonly RecordBuffer _preamble = new();
    private readonly HashSet<uint> _defined = segment.HasRecords ? [.. identities.All.Where(i => i.Highest > 0).Select(i => i.Number)] : [];

    public Segment Segment { get; private set; } = segment;

    /// <summary>Checksum of the last durable record.</summary>
    public uint Chain { get; private set; } = chain;

    public bool IsHalfFull => Segment.DurableEnd > Segment.Capacity / 2;

    /// <summary>Whether that much more belongs into this segment. An empty one takes any write, however large.</summary>
    public bool Fits(long bytes) => !Segment.HasRecords || Segment.DurableEnd + bytes <= Segment.Capacity;

    /// <summary>Goes on in a segment without records.</summary>
    public void Continue(Segment segment)
    {
        Segment = segment;
        _defined.Clear();
    }

    /// <summary>Stores writes with one call and makes them durable and visible.</summary>
    /// <exception cref="JournalFullException">No space; nothing of them is in the file.</exception>
    /// <exception cref="JournalException">A failing disk.</exception>
    public void Store(IReadOnlyList<PreparedWrite> run)
    {
        var start = Segment.DurableEnd;
        var defined = WritePreamble(run);
        var end = start + _preamble.Length + run.Sum(write => (long)write.Length);
        if (end == start)
            return;
        if (end > Segment.Capacity)
        {
            disk.Allocate(Segment.Handle, Segment.Path, end);
            Segment.Capacity = end;
        }

        var chain = Seal(run, (uint)start);
        fill.Claim(Segment, end);
        disk.Write(Segment.Handle, Segment.Path, Pieces(run), start);
        disk.SyncData(Segment.Handle, Segment.Path);

        Chain = chain;
        _defined.UnionWith(defined);
        Publish(run, start + _preamble.Length, end);
        fill.Keep(Segment);
    }

    public void Dispose() => _preamble.Dispose();

    /// <summary>The records that must precede the events: the segment's opening, or persistence IDs that it does not know yet.</summary>
    private List<uint> WritePreamble(IReadOnlyList<PreparedWrite> run)
    {
        _preamble.Clear();
        var entries = Segment.HasRecords ? [] : identities.Table();
        var known = new HashSet<uint>(entries.Select(e => e.Number));
        foreach (var draft in run.SelectMany(write => write.Drafts))
        {
            var identity = identities.GetOrAdd(draft.PersistenceId);
            if (!_defined.Contains(identity.Number) && known.Add(identity.Number))
                entries.Add(new IdentityEntry(identity.Number, identity.Highest, identity.PersistenceId));
        }

        var hasEvents = run.Any(write => write.Length > 0);
        if (hasEvents && !Segment.HasRecords)
            _preamble.AddInternal(RecordKind.Opening, IdentityTable.Encode(entries));
        else if (entries.Count > 0 && hasEvents)
            _preamble.AddInternal(RecordKind.Identity, IdentityTable.Encode(entries));
        return [.. known];
    }

    private uint Seal(IReadOnlyList<PreparedWrite> run, uint start)
    {
        var chain = Chain;
        for (var i = 0; i < _preamble.Drafts.Count; i++)
            chain = _preamble.Seal(i, 0, start, chain, Segment.Header.Stamp);
        foreach (var write in run)
        {
            for (var i = 0; i < write.Drafts.Count; i++)
                chain = write.Seal(i, identities.GetOrAdd(write.Drafts[i].PersistenceId).Number, start, chain, Segment.Header.Stamp);
        }

        return chain;
    }

    private ReadOnlyMemory<byte>[] Pieces(IReadOnlyList<PreparedWrite> run) =>
        [.. run.Select(write => write.Memory).Prepend(_preamble.Memory).Where(piece => piece.Length > 0)];

    private void Publish(IReadOnlyList<PreparedWrite> run, long offset, long end)
    {
        foreach (var write in run)
        {
            foreach (var draft in write.Drafts)
                Segment.Index.Add(identities.GetOrAdd(draft.PersistenceId).Number, draft.SequenceNr, offset + draft.Start);
            offset += write.Length;
        }

        Segment.DurableEnd = end;
        foreach (var draft in run.SelectMany(write => write.Drafts))
            identities.GetOrAdd(draft.PersistenceId).Highest = draft.SequenceNr;
    }
}

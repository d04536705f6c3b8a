using ActorReplication.Journal.Format;
using ActorReplication.Journal.Segments;

namespace ActorReplication.Journal;

/// <summary>What <see cref="JournalCheck.RunAsync"/> found.</summary>
/// <param name="Segments">Files read.</param>
/// <param name="Records">Sound records, of every kind.</param>
/// <param name="Bytes">What they take.</param>
/// <param name="Damage">The first bad place; null: all is as it was written.</param>
public sealed record JournalCheckReport(int Segments, long Records, long Bytes, JournalDamaged? Damage);

/// <summary>Reads a journal's segments through, while it is in use or not: each record's checksum, and that each follows the one before it. Writes nothing.</summary>
public static class JournalCheck
{
    private const int BufferBytes = 4 << 20;

    /// <summary>What is just being written looks broken for a moment; what still does after so many looks is.</summary>
    private const int Looks = 40;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(25);

    /// <param name="folder">The journal's.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task<JournalCheckReport> RunAsync(string folder, CancellationToken cancellation)
    {
        var files = new LogFiles(folder);
        var (read, records, bytes) = (0, 0L, 0L);
        uint? chain = null;
        for (ulong next = 0; Next(files, next) is { } number; next = number + 1)
        {
            if (next != 0 && number != next)
            {
                // Deleted while this ran: what precedes it is not known any more.
                chain = null;
            }
            using var segment = await OpenAsync(files.Segment(number), cancellation).ConfigureAwait(false);
            if (segment is null)
                continue;
            if (segment.Damage is not null)
                return new JournalCheckReport(read, records, bytes, segment.Damage);
            read++;
            var walk = new Walk(segment, chain);
            for (var look = 1; !walk.Step() || !walk.EndsWell; look++)
            {
                if (walk.Damage is { } damage)
                    return new JournalCheckReport(read, records + walk.Records, bytes + walk.Bytes, damage);
                if (look == Looks)
                    return new JournalCheckReport(read, records + walk.Records, bytes + walk.Bytes, walk.Torn());
                await Task.Delay(BetweenLooks, cancellation).ConfigureAwait(false);
            }
            records += walk.Records;
            bytes += walk.Bytes;
            if (walk.Records > 0)
                chain = walk.Chain;
        }
        return new JournalCheckReport(read, records, bytes, null);
    }

    private static ulong? Next(LogFiles files, ulong from)
    {
        foreach (var number in files.SegmentNumbers())
        {
            if (number >= from)
                return number;
        }
        return null;
    }

    /// <summary>Null: the file was deleted meanwhile.</summary>
    private static async Task<OpenSegment?> OpenAsync(string path, CancellationToken cancellation)
    {
        try
        {
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
            var head = new byte[SegmentHeader.Bytes];
            var got = await RandomAccess.ReadAsync(handle, head, 0, cancellation).ConfigureAwait(false);
            var header = SegmentHeader.Decode(head.AsSpan(0, got), out var expectation);
            var damage = header is null ? new JournalDamaged(path, 0, $"expected {expectation}") : null;
            return new OpenSegment(new Segment(header ?? new SegmentHeader(default, default, 0, 0, 0), path, handle, RandomAccess.GetLength(handle)), damage);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private sealed record OpenSegment(Segment Segment, JournalDamaged? Damage) : IDisposable
    {
        public void Dispose() => Segment.Release();
    }

    /// <summary>One segment's records, from where the last look ended.</summary>
    private sealed class Walk(OpenSegment open, uint? chain)
    {
        private readonly Segment _segment = open.Segment;
        private long _offset = SegmentHeader.Bytes;
        private RecordFault _fault;
        private uint? _chain = chain;

        public long Records { get; private set; }
        public long Bytes => _offset - SegmentHeader.Bytes;
        public uint Chain => _chain ?? 0;
        public bool EndsWell { get; private set; }
        public JournalDamaged? Damage { get; private set; }

        /// <summary>False when something is wrong with what was read.</summary>
        public bool Step()
        {
            using var scanner = new RecordScanner(_segment.Handle, _segment.Header.Stamp, _offset, _segment.Capacity, BufferBytes);
            for (var at = _offset; scanner.TryRead(out var record, out _fault); at = _offset)
            {
                if ((at == SegmentHeader.Bytes) != (record.Kind == RecordKind.Opening))
                    return Fail(at, "expected an opening record at the segment's start, and only there");
                if (_chain is { } expected && record.Previous != expected)
                    return Fail(at, $"expected a record that follows checksum {expected:x8}, found one that follows {record.Previous:x8}");
                (_chain, _offset) = (record.Checksum, scanner.Offset);
                Records++;
            }
            EndsWell = TailInspection.EndOfContent(_segment, _offset) == _offset;
            return true;
        }

        public JournalDamaged Torn() => new(_segment.Path, _offset, $"expected a record ({_fault})");

        private bool Fail(long at, string expectation)
        {
            Damage = new JournalDamaged(_segment.Path, at, expectation);
            return false;
        }
    }
}

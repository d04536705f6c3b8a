using ActorReplication.Journal.Format;

namespace ActorReplication.Journal.Segments;

/// <summary>Receives one event's record; the view is good only during the call.</summary>
internal delegate void EventSink(RecordView record);

/// <summary>What one read delivered.</summary>
/// <param name="Events">How many.</param>
/// <param name="Last">Sequence number of the last one; when none, the one before the first asked for.</param>
/// <param name="IsComplete">Nothing more within the bounds is durable yet.</param>
internal readonly record struct ReadResult(long Events, long Last, bool IsComplete);

/// <summary>Reads one persistence ID's durable events in order. Any thread; checks each record and the chain again.</summary>
internal static class LogReader
{
    private const int BufferBytes = 256 << 10;

    /// <summary>Delivers events within the bounds until <paramref name="maxEvents"/>, or <paramref name="maxBytes"/> of payload, is reached.</summary>
    /// <exception cref="JournalException">A record that was sound when the log was opened or written no longer is.</exception>
    public static ReadResult Read(SegmentLog log, Identity identity, long from, long to, long maxEvents, long maxBytes, EventSink sink)
    {
        from = Math.Max(from, identity.DeletedTo + 1);
        var pass = new Pass(identity, from, to, maxEvents, maxBytes, sink);
        foreach (var segment in log.Segments)
        {
            if (pass.IsOver)
                break;

            // A segment that was deleted in the meantime held only deleted events.
            if (!segment.Index.TryLocate(identity.Number, pass.From, out var offset) || !segment.TryHold())
                continue;
            try
            {
                pass.ReadSegment(segment, offset);
            }
            finally
            {
                segment.Release();
            }
        }

        return new ReadResult(pass.Events, pass.From - 1, !pass.IsLimited);
    }

    private sealed class Pass(Identity identity, long from, long to, long maxEvents, long maxBytes, EventSink sink)
    {
        private long _bytes;

        public long From { get; private set; } = from;

        public long Events { get; private set; }

        /// <summary>The limits ended the pass, not the bounds.</summary>
        public bool IsLimited { get; private set; }

        public bool IsOver => IsLimited || From > to;

        public void ReadSegment(Segment segment, long offset)
        {
            using var scanner = new RecordScanner(segment.Handle, segment.Header.Stamp, offset, segment.DurableEnd, BufferBytes);
            uint? chain = null;
            while (!IsOver)
            {
                if (!scanner.TryRead(out var record, out var fault))
                {
                    if (scanner.Offset < segment.DurableEnd)
                        throw new JournalException(new JournalDamaged(segment.Path, scanner.Offset, $"expected a record ({fault})"));
                    return;
                }

                if (chain is { } expected && record.Previous != expected)
                    throw new JournalException(new JournalDamaged(segment.Path, scanner.Offset - record.Length, $"expected a record that follows checksum {expected:x8}"));
                chain = record.Checksum;
                if (record.Kind == RecordKind.Event && record.Identity == identity.Number)
                    Take(record);
            }
        }

        private void Take(RecordView record)
        {
            if (record.SequenceNr < From)
                return;
            if (record.SequenceNr > to)
            {
                From = to + 1;
                return;
            }

            if (Events >= maxEvents || _bytes >= maxBytes)
            {
                IsLimited = true;
                return;
            }

            sink(record);
            Events++;
            _bytes += record.Payload.Length;
            From = record.SequenceNr + 1;
        }
    }
}

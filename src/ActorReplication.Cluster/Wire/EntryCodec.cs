using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.Cluster.Wire;

/// <summary>A run of entries. Terms and indices are written as differences to the entry before, one byte each in an ordinary log.</summary>
internal static class EntryCodec
{
    private const byte HasConfig = 0x80, HasTime = 0x40;

    /// <summary>Kind, two differences, payload length.</summary>
    private const int LeastEntryBytes = 4;

    public static void Write(ref WireWriter writer, LogPosition previous, IReadOnlyList<LogEntry> entries)
    {
        writer.Count(entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            writer.Byte((byte)((byte)entry.Kind | (entry.Config is null ? 0 : HasConfig) | (entry.TimeMs == 0 ? 0 : HasTime)));
            writer.Signed(entry.Term.Value - previous.Term.Value);
            writer.Signed(entry.Index.Value - previous.Index.Value - 1);
            if (entry.TimeMs != 0)
                writer.Count(entry.TimeMs);
            writer.Bytes(entry.Payload.Span);
            if (entry.Config is { } config)
                ConfigCodec.Write(ref writer, config);
            previous = entry.Position;
        }
    }

    public static IReadOnlyList<LogEntry> Read(ref WireReader reader, LogPosition previous)
    {
        var count = reader.Elements(LeastEntryBytes, "number of entries");
        if (count == 0)
            return [];
        var entries = new LogEntry[count];
        for (var i = 0; i < count; i++)
        {
            entries[i] = ReadOne(ref reader, previous);
            previous = entries[i].Position;
        }

        return entries;
    }

    private static LogEntry ReadOne(ref WireReader reader, LogPosition previous)
    {
        var start = reader.Offset;
        var head = reader.Byte("entry kind");
        var kind = (EntryKind)(head & ~(HasConfig | HasTime));
        if (kind > EntryKind.Config)
            throw WireReader.Wrong(start, "entry kind: 0 to 2", $"{(byte)kind}");
        var term = previous.Term.Value + reader.Signed("entry term");
        var index = previous.Index.Value + 1 + reader.Signed("entry index");
        if (term < 0 || index < 0)
            throw WireReader.Wrong(start, "an entry's position from 0/0 on", $"{term}/{index}");
        var time = (head & HasTime) != 0 ? reader.Count("entry time") : 0;
        if (time == 0 && (head & HasTime) != 0)
            throw WireReader.Wrong(reader.Offset - 1, "an entry time after 1970", "0");
        var payload = reader.Bytes("entry payload");
        var config = (head & HasConfig) != 0 ? ConfigCodec.Read(ref reader) : null;
        return new LogEntry(new LogPosition(new Term(term), new LogIndex(index)), kind, payload, config) { TimeMs = time };
    }
}

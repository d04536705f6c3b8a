using System.Text;
using ActorReplication.Journal.Format;
using ActorReplication.Journal.Segments;
using Xunit;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>A log in a folder of its own, and the short words that tests use on it.</summary>
public abstract class LogFixture : IDisposable
{
    internal const string Id = "replica";

    private readonly TestFolder _folder = new();

    internal string Folder => _folder.Path;

    internal LogFiles Files => new(Folder);

    internal ScriptedCalls Calls { get; } = new();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    internal static SegmentLogOptions Options(string folder, long segmentBytes = 16 << 10) => new(folder) { SegmentBytes = segmentBytes };

    internal SegmentLog Open(long segmentBytes = 16 << 10) => SegmentLog.Open(Options(Folder, segmentBytes), Calls);

    /// <summary>One atomic write of events with these payloads.</summary>
    internal static PreparedWrite Atomic(string id, long first, params string[] payloads)
    {
        var write = new PreparedWrite();
        for (var i = 0; i < payloads.Length; i++)
        {
            write.AddEvent(new EventFields
            {
                PersistenceId = id,
                SequenceNr = first + i,
                Timestamp = 638_000_000_000_000_000 + first + i,
                SerializerId = 77,
                Manifest = "m",
                EventManifest = "",
                Writer = "w",
                Payload = Encoding.UTF8.GetBytes(payloads[i]),
                MoreFollows = i + 1 < payloads.Length,
            });
        }

        return write;
    }

    /// <summary>Appends writes as one batch, all of which must be stored.</summary>
    internal static void Append(SegmentLog log, params PreparedWrite[] writes)
    {
        var settled = 0;
        log.Append(writes, write =>
        {
            Assert.Null(write.Failure);
            settled++;
        });
        Assert.Equal(writes.Length, settled);
    }

    /// <summary>Appends one event to a batch of its own for each sequence number, with payloads of a size.</summary>
    internal static void Fill(SegmentLog log, string id, long first, long last, int bytes = 1000)
    {
        for (var i = first; i <= last; i++)
            Append(log, Atomic(id, i, Text(i, bytes)));
    }

    internal static string Text(long sequenceNr, int bytes) => $"{sequenceNr}:".PadRight(bytes, 'x');

    internal static List<string> Read(SegmentLog log, string id = Id, long from = 1, long to = long.MaxValue)
    {
        var events = new List<string>();
        if (log.Identities.Find(id) is not { } identity)
            return events;
        var result = LogReader.Read(log, identity, from, to, long.MaxValue, long.MaxValue, record => events.Add(Encoding.UTF8.GetString(record.Payload)));
        Assert.True(result.IsComplete);
        return events;
    }

    internal static List<long> ReadNumbers(SegmentLog log, string id = Id, long from = 1, long to = long.MaxValue) =>
        Read(log, id, from, to).ConvertAll(text => long.Parse(text.Split(':')[0], System.Globalization.CultureInfo.InvariantCulture));

    internal static List<long> Range(long first, long last)
    {
        var numbers = new List<long>();
        for (var i = first; i <= last; i++)
            numbers.Add(i);
        return numbers;
    }

    internal JournalDamaged ExpectDamage(long segmentBytes = 16 << 10)
    {
        var before = Snapshot();
        var exception = Assert.Throws<JournalException>(() => Open(segmentBytes));
        Assert.Equal(before, Snapshot());
        return Assert.IsType<JournalDamaged>(exception.Trouble);
    }

    /// <summary>Changes bytes of a file in place.</summary>
    internal static void Edit(string path, long offset, Action<byte[]> edit, int count = 1)
    {
        using var file = new FileStream(path, FileMode.Open);
        var bytes = new byte[count];
        file.Position = offset;
        file.ReadExactly(bytes);
        edit(bytes);
        file.Position = offset;
        file.Write(bytes);
    }

    private string Snapshot() => string.Join(
        "\n",
        Directory.GetFiles(Folder).Order(StringComparer.Ordinal).Select(path => $"{path} {Crc32C.Of(File.ReadAllBytes(path)):x8}"));
}

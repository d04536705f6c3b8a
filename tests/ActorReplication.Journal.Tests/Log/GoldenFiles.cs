using System.Text;
using ActorReplication.Journal.Format;
using ActorReplication.Journal.Segments;
using Xunit;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>
/// Format version 1, byte for byte. A change that makes these fail makes existing nodes' logs unreadable: it needs a new version
/// number and a reader for this one.
/// </summary>
public sealed class GoldenFiles : LogFixture
{
    private static readonly Guid Node = new("11111111-2222-3333-4444-555555555555");
    private static readonly Guid Cluster = new("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee");

    private static string Golden => Path.Combine(AppContext.BaseDirectory, "Golden", "v1");

    private SegmentLogOptions FixedOptions => new(Folder)
    {
        SegmentBytes = 8192,
        Node = Node,
        Cluster = Cluster,
        Clock = new FixedClock(),
        NextStamp = () => 0xCAFEF00D,
    };

    [Fact]
    public async Task Are_written_today_as_they_were_then()
    {
        await WriteHistory();
        Assert.Equal(3, Directory.GetFiles(Golden).Length);
        foreach (var golden in Directory.GetFiles(Golden))
        {
            var written = File.ReadAllBytes(Path.Combine(Folder, Path.GetFileName(golden)));
            Assert.Equal(Convert.ToHexString(File.ReadAllBytes(golden)), Convert.ToHexString(written));
        }
    }

    [Fact]
    public void Are_read_today_as_they_were_then()
    {
        foreach (var golden in Directory.GetFiles(Golden))
            File.Copy(golden, Path.Combine(Folder, Path.GetFileName(golden)));
        var log = SegmentLog.Open(FixedOptions, Calls);
        var (first, second) = (log.Identities.Find("replica/größe")!, log.Identities.Find("other")!);
        Assert.Equal((1u, 4, 1), (first.Number, first.Highest, first.DeletedTo));
        Assert.Equal((2u, 7, 0), (second.Number, second.Highest, second.DeletedTo));
        Assert.Null(log.Torn);

        var events = new List<string>();
        foreach (var identity in new[] { first, second })
        {
            LogReader.Read(log, identity, 1, long.MaxValue, long.MaxValue, long.MaxValue, record => events.Add(string.Join(
                '|',
                record.SequenceNr, record.Timestamp, record.SerializerId, record.Manifest, record.EventManifest, record.Writer, Encoding.UTF8.GetString(record.Payload), record.MoreFollows)));
        }

        Assert.Equal(
            [
                "2|638000000000000002|-7|man|event|writer|zwei|True",
                "3|638000000000000003|-7|man|event|writer||False",
                "4|638000000000000004|-7|man|event|writer|vier|False",
                "7|638000000000000007|-7|man|event|writer|sieben|False",
            ],
            events);
        log.Close(mark: false);
    }

    private async Task WriteHistory()
    {
        var log = SegmentLog.Open(FixedOptions, Calls);
        Append(log, Write("replica/größe", 1, "eins"));
        Append(log, Write("replica/größe", 2, "zwei", ""), Write("other", 7, "sieben"));
        Append(log, Write("replica/größe", 4, "vier"));
        var done = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        log.Delete(log.Identities.Find("replica/größe")!, 1, done.SetResult);
        Assert.Null(await done.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        log.Close(mark: true);
    }

    private static PreparedWrite Write(string id, long first, params string[] payloads)
    {
        var write = new PreparedWrite();
        for (var i = 0; i < payloads.Length; i++)
        {
            write.AddEvent(new EventFields
            {
                PersistenceId = id,
                SequenceNr = first + i,
                Timestamp = 638_000_000_000_000_000 + first + i,
                SerializerId = -7,
                Manifest = "man",
                EventManifest = "event",
                Writer = "writer",
                Payload = Encoding.UTF8.GetBytes(payloads[i]),
                MoreFollows = i + 1 < payloads.Length,
            });
        }

        return write;
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }
}

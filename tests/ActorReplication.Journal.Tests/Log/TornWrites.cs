using ActorReplication.Journal.Format;
using ActorReplication.Journal.Segments;
using Xunit;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>What a power cut can leave: pages of one write in any order, and files half made.</summary>
public sealed class TornWrites : LogFixture
{
    private const long SegmentBytes = 256 << 10;

    [Fact]
    public void Cuts_a_batch_of_which_only_later_pages_reached_the_disk()
    {
        var log = Open(SegmentBytes);
        Fill(log, Id, 1, 3);
        var start = log.Segments[0].DurableEnd;
        Append(log, [.. Range(4, 23).Select(i => Atomic(Id, i, Text(i, 2000)))]);
        log.Close(mark: false);
        Edit(Files.Segment(1), start + 6000, bytes => bytes.AsSpan().Clear(), 4096);

        log = Open(SegmentBytes);
        Assert.Equal(Range(1, 5), ReadNumbers(log));
        Assert.NotNull(log.Torn);
        Append(log, Atomic(Id, 6, "6"));
        log.Close(mark: false);

        log = Open(SegmentBytes);
        Assert.Equal(Range(1, 6), ReadNumbers(log));
        log.Close(mark: false);
    }

    [Fact]
    public void Refuses_the_same_hole_when_another_batch_was_written_after_it()
    {
        var log = Open(SegmentBytes);
        var start = log.Segments[0].DurableEnd;
        Append(log, [.. Range(1, 20).Select(i => Atomic(Id, i, Text(i, 2000)))]);
        Append(log, Atomic(Id, 21, "21"));
        log.Close(mark: false);
        Edit(Files.Segment(1), start + 6000, bytes => bytes.AsSpan().Clear(), 4096);

        Assert.InRange(ExpectDamage(SegmentBytes).Offset, start, start + 6000);
    }

    [Fact]
    public void Finds_a_later_batch_that_ends_in_zero_bytes()
    {
        var options = Options(Folder, SegmentBytes) with { NextStamp = () => 0 };
        var log = SegmentLog.Open(options, Calls);
        Fill(log, Id, 1, 2);
        log.Close(mark: false);
        Edit(Files.Segment(1), SegmentHeader.Bytes, bytes => bytes[0] ^= 8);

        Assert.Equal(SegmentHeader.Bytes, ExpectDamage(SegmentBytes).Offset);
    }

    [Fact]
    public void Takes_an_event_that_looks_like_a_record_for_what_it_is()
    {
        // A torn event that holds another journal's bytes must not pass for "sound records behind a bad one".
        var log = Open(SegmentBytes);
        Fill(log, Id, 1, 3);
        log.Close(mark: false);
        using var other = new TestFolder();
        var second = SegmentLog.Open(Options(other.Path, SegmentBytes), Calls);
        Fill(second, Id, 1, 3);
        second.Close(mark: false);
        var embedded = File.ReadAllBytes(new LogFiles(other.Path).Segment(1)).AsSpan(SegmentHeader.Bytes, 3400).ToArray();

        log = Open(SegmentBytes);
        var start = log.Segments[0].DurableEnd;
        using var write = new PreparedWrite();
        write.AddEvent(new EventFields
        {
            PersistenceId = Id,
            SequenceNr = 4,
            Timestamp = 1,
            SerializerId = 1,
            Manifest = "",
            EventManifest = "",
            Writer = "",
            Payload = embedded,
            MoreFollows = false,
        });
        Append(log, write);
        log.Close(mark: false);
        Edit(Files.Segment(1), start, bytes => bytes[0] ^= 8);

        log = Open(SegmentBytes);
        Assert.Equal(Range(1, 3), ReadNumbers(log));
        log.Close(mark: false);
    }

    [Fact]
    public void Goes_on_in_the_segment_before_when_the_first_batch_of_a_new_one_is_torn()
    {
        var log = Open();
        Fill(log, Id, 1, 11);
        Assert.Single(log.Segments);
        Fill(log, Id, 12, 12);
        Assert.Equal(2, log.Segments.Length);
        log.Close(mark: false);
        Edit(Files.Segment(2), SegmentHeader.Bytes, bytes => bytes[20] ^= 1, 100);

        log = Open();
        Assert.Equal(Range(1, 11), ReadNumbers(log));
        Fill(log, Id, 12, 30);
        log.Close(mark: false);
        log = Open();
        Assert.Equal(Range(1, 30), ReadNumbers(log));
        log.Close(mark: false);
    }

    [Fact]
    public void Removes_files_that_were_being_made()
    {
        Open().Close(mark: true);
        var draft = Files.Segment(2) + ".tmp";
        File.WriteAllText(draft, "half");
        Open().Close(mark: true);
        Assert.False(File.Exists(draft));
    }

    [Fact]
    public void Starts_again_when_the_process_died_while_making_the_folder()
    {
        Open().Close(mark: false);
        File.Delete(Files.Segment(1));
        var log = Open();
        Fill(log, Id, 1, 1);
        log.Close(mark: true);

        using var folder = new TestFolder();
        File.Copy(Files.Deletions, new LogFiles(folder.Path).Deletions);
        SegmentLog.Open(Options(folder.Path), Calls).Close(mark: true);
    }
}

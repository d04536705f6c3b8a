using ActorReplication.Journal.Format;
using ActorReplication.Journal.Segments;
using Xunit;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>Group commit, segments and several persistence IDs.</summary>
public sealed class Appending : LogFixture
{
    [Fact]
    public void Stores_a_batch_with_one_call_and_one_sync()
    {
        var log = Open(1 << 20);
        Calls.Log.Clear();
        Append(log, [.. Range(1, 100).Select(i => Atomic(Id, i, Text(i, 500)))]);
        Assert.Equal(["write 00000000000000000001.segment", "sync 00000000000000000001.segment"], Calls.Log);
        log.Close(mark: true);
    }

    [Fact]
    public void Splits_batches_at_the_configured_size()
    {
        var log = SegmentLog.Open(Options(Folder, 1 << 20) with { MaxBatchBytes = 5000 }, Calls);
        Calls.Log.Clear();
        Append(log, [.. Range(1, 10).Select(i => Atomic(Id, i, Text(i, 1000)))]);
        Assert.Equal(3, Calls.Count("sync"));
        Append(log, Atomic(Id, 11, Text(11, 9000)));
        Assert.Equal(4, Calls.Count("sync"));
        Assert.Equal(Range(1, 11), ReadNumbers(log));
        log.Close(mark: true);
    }

    [Fact]
    public void Writes_the_rest_when_the_system_takes_less_at_once()
    {
        Calls.MaxWriteBytes = 333;
        var log = Open();
        Append(log, [.. Range(1, 5).Select(i => Atomic(Id, i, Text(i, 1000)))]);
        log.Close(mark: true);
        log = Open();
        Assert.Equal(Range(1, 5), ReadNumbers(log));
        log.Close(mark: true);
    }

    [Fact]
    public void Continues_over_segments_and_reopens_in_each_state()
    {
        var log = Open();
        for (var i = 1; i <= 60; i++)
        {
            Fill(log, Id, i, i);
            Assert.Equal(Range(1, i), ReadNumbers(log));
            log.Close(mark: i % 2 == 0);
            log = Open();
            Assert.Null(log.Torn);
            Assert.Equal(Range(1, i), ReadNumbers(log));
        }

        Assert.True(log.Segments.Length > 4);
        log.Close(mark: true);
    }

    [Fact]
    public void Makes_a_larger_segment_for_a_write_that_fits_no_other()
    {
        var log = Open();
        Fill(log, Id, 1, 3);
        Fill(log, Id, 4, 4, bytes: 100_000);
        Fill(log, Id, 5, 8);
        Assert.Equal(3, log.Segments.Length);
        log.Close(mark: false);
        log = Open();
        Assert.Equal(Range(1, 8), ReadNumbers(log));
        log.Close(mark: true);
    }

    [Fact]
    public void Changes_segments_without_file_operations_of_the_writing_thread_but_one_note_in_the_marker()
    {
        var log = Open();
        Fill(log, Id, 1, 11);
        log.Close(mark: false);
        Assert.True(File.Exists(Files.Segment(2)), "the next segment is made when the current one is half full");
        log = Open();
        Calls.Log.Clear();
        Fill(log, Id, 12, 12);
        Assert.Equal(
            ["write acknowledged", "sync acknowledged", "write 00000000000000000002.segment", "sync 00000000000000000002.segment"],
            Calls.Log);
        log.Close(mark: true);
    }

    [Fact]
    public void Keeps_persistence_ids_apart()
    {
        var log = Open();
        for (var i = 1; i <= 40; i++)
        {
            foreach (var id in new[] { "a", "b", "ü-3" })
                Append(log, Atomic(id, i, $"{i}:{id}".PadRight(200)));
        }

        Assert.True(log.Segments.Length > 1);
        for (var round = 0; round < 2; round++)
        {
            foreach (var id in new[] { "a", "b", "ü-3" })
            {
                Assert.Equal(Range(1, 40).Select(i => $"{i}:{id}".PadRight(200)), Read(log, id));
                Assert.Equal(40, log.Identities.Find(id)!.Highest);
            }

            log.Close(mark: true);
            log = Open();
        }

        log.Close(mark: true);
    }

    [Fact]
    public void Refuses_a_taken_number_and_stores_the_rest_of_the_batch()
    {
        var log = Open();
        Append(log, Atomic(Id, 1, "1"), Atomic("other", 1, "1"));
        PreparedWrite[] batch = [Atomic(Id, 2, "2"), Atomic("other", 1, "again"), Atomic("other", 2, "2"), Atomic(Id, 2, "again"), Atomic(Id, 3, "3")];
        log.Append(batch, _ => { });

        Assert.Equal([false, true, false, true, false], batch.Select(write => write.Failure is SequenceTakenException));
        Assert.Equal(["1", "2", "3"], Read(log));
        Assert.Equal(["1", "2"], Read(log, "other"));
        log.Close(mark: true);
    }

    [Theory]
    [InlineData(1, long.MaxValue)]
    [InlineData(2, 2)]
    [InlineData(37, 58)]
    [InlineData(60, 60)]
    public void Reads_between_bounds_over_segments(long from, long to)
    {
        var log = Open();
        Fill(log, Id, 1, 60);
        Assert.Equal(Range(from, Math.Min(to, 60)), ReadNumbers(log, Id, from, to));
        log.Close(mark: true);
    }

    [Fact]
    public void Reads_in_steps_limited_by_count_or_bytes()
    {
        var log = Open();
        Fill(log, Id, 1, 20);
        var identity = log.Identities.Find(Id)!;
        Assert.Equal(new ReadResult(3, 3, false), LogReader.Read(log, identity, 1, long.MaxValue, 3, long.MaxValue, _ => { }));
        Assert.Equal(new ReadResult(2, 5, false), LogReader.Read(log, identity, 4, long.MaxValue, 9, 1500, _ => { }));
        Assert.Equal(new ReadResult(15, 20, true), LogReader.Read(log, identity, 6, long.MaxValue, 99, long.MaxValue, _ => { }));
        log.Close(mark: true);
    }

    [Fact]
    public void Finds_its_place_through_the_sparse_index()
    {
        var log = Open(4 << 20);
        Fill(log, Id, 1, 900);
        foreach (var from in new long[] { 1, 64, 65, 66, 450, 899, 900 })
            Assert.Equal(Range(from, 900), ReadNumbers(log, Id, from));
        log.Close(mark: true);
    }

    [Fact]
    public void Does_not_open_a_folder_twice()
    {
        var log = Open();
        var second = Assert.Throws<JournalException>(() => Open());
        Assert.Contains("open in another process", second.Message, StringComparison.Ordinal);
        log.Close(mark: true);
        Open().Close(mark: true);
    }
}

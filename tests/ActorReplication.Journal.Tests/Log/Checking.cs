using Xunit;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>A journal read through to be checked, by somebody else than the log that writes it.</summary>
public sealed class Checking : LogFixture
{
    [Fact]
    public async Task Finds_nothing_wrong_while_the_log_is_open_and_counts_what_it_read()
    {
        var log = Open();
        Fill(log, Id, 1, 40);
        var report = await JournalCheck.RunAsync(Folder, CancellationToken.None);
        Assert.Null(report.Damage);
        // Events, and what opens each segment.
        Assert.InRange(report.Records, 44, 60);
        Assert.InRange(report.Bytes, 40_000, 60_000);
        log.Close(mark: true);
        var closed = await JournalCheck.RunAsync(Folder, CancellationToken.None);
        Assert.Equal((report.Records, report.Bytes, null), (closed.Records, closed.Bytes, closed.Damage));
    }

    [Fact]
    public async Task Finds_nothing_wrong_while_it_is_written()
    {
        var log = Open();
        Fill(log, Id, 1, 5);
        var writing = Task.Run(() => Fill(log, Id, 6, 400));
        do Assert.Null((await JournalCheck.RunAsync(Folder, CancellationToken.None)).Damage);
        while (!writing.IsCompleted);
        await writing;
        log.Close(mark: true);
    }

    [Theory]
    [InlineData(2, 4096 + 60)]
    [InlineData(2, 9000)]
    [InlineData(4, 6000)]
    [InlineData(3, 20)]
    public async Task Names_file_and_offset_of_a_flipped_bit(ulong segment, long offset)
    {
        var log = Open();
        Fill(log, Id, 1, 40);
        log.Close(mark: true);
        Edit(Files.Segment(segment), offset, bytes => bytes[0] ^= 4);
        var damage = (await JournalCheck.RunAsync(Folder, CancellationToken.None)).Damage;
        Assert.NotNull(damage);
        Assert.Equal(Files.Segment(segment), damage.File);
        Assert.InRange(offset - damage.Offset, 0, 1100);
    }

    [Fact]
    public async Task Names_a_segment_that_was_put_in_another_ones_place()
    {
        var log = Open();
        Fill(log, Id, 1, 40);
        log.Close(mark: true);
        File.Copy(Files.Segment(1), Files.Segment(3), overwrite: true);
        var damage = (await JournalCheck.RunAsync(Folder, CancellationToken.None)).Damage;
        Assert.Equal(Files.Segment(3), damage!.File);
        Assert.Contains("follows checksum", damage.Expectation, StringComparison.Ordinal);
    }
}

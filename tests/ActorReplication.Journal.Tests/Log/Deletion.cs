using ActorReplication.Journal.Segments;
using Xunit;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>Deletion by prefix: logical at once, physical by whole segments.</summary>
public sealed class Deletion : LogFixture
{
    [Fact]
    public async Task Hides_the_prefix_and_gives_back_whole_segments()
    {
        var log = Open();
        Fill(log, Id, 1, 60);
        await Delete(log, Id, 40);
        Assert.Equal(Range(41, 60), ReadNumbers(log));
        Assert.Equal(4UL, Files.SegmentNumbers()[0]);
        log.Close(mark: true);

        log = Open();
        Assert.Equal(Range(41, 60), ReadNumbers(log));
        Fill(log, Id, 61, 62);
        log.Close(mark: false);
        log = Open();
        Assert.Equal(Range(41, 62), ReadNumbers(log));
        log.Close(mark: true);
    }

    [Fact]
    public async Task Keeps_the_highest_number_when_everything_is_deleted()
    {
        var log = Open();
        Fill(log, Id, 1, 60);
        await Delete(log, Id, long.MaxValue);
        Assert.Empty(Read(log));
        Assert.Single(log.Segments);
        for (var round = 0; round < 2; round++)
        {
            log.Close(mark: round == 0);
            log = Open();
            Assert.Equal((60, 60), (log.Identities.Find(Id)!.Highest, log.Identities.Find(Id)!.DeletedTo));
        }

        Fill(log, Id, 61, 80);
        await Delete(log, Id, 79);
        Assert.Equal(Range(80, 80), ReadNumbers(log));
        log.Close(mark: true);
    }

    [Fact]
    public async Task Keeps_a_segment_in_which_another_persistence_id_has_an_event()
    {
        var log = Open();
        Append(log, Atomic("quiet", 1, "1:quiet"));
        Fill(log, Id, 1, 60);
        await Delete(log, Id, long.MaxValue);
        Assert.Equal(["1:quiet"], Read(log, "quiet"));
        Assert.True(File.Exists(Files.Segment(1)));

        await Delete(log, "quiet", 1);
        Assert.Single(log.Segments);
        log.Close(mark: false);

        log = Open();
        Assert.Equal(1, log.Identities.Find("quiet")!.Highest);
        Append(log, Atomic("quiet", 2, "2:quiet"));
        Assert.Equal(["2:quiet"], Read(log, "quiet"));
        log.Close(mark: true);
    }

    [Fact]
    public async Task Finishes_a_deletion_that_the_process_died_in()
    {
        var log = Open();
        Fill(log, Id, 1, 60);
        await Delete(log, Id, 20);
        log.Close(mark: true);
        using var copy = new TestFolder();
        foreach (var file in Directory.GetFiles(Folder))
            File.Copy(file, Path.Combine(copy.Path, Path.GetFileName(file)));

        log = Open();
        await Delete(log, Id, 40);
        log.Close(mark: true);
        foreach (var file in Directory.GetFiles(copy.Path, "*.segment"))
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);

        log = Open();
        Assert.Equal(Range(41, 60), ReadNumbers(log));
        Assert.Equal(log.Segments[0].Number, Files.SegmentNumbers()[0]);
        log.Close(mark: true);
    }

    [Fact]
    public void Lets_a_reader_finish_in_a_segment_that_is_deleted_meanwhile()
    {
        var log = Open();
        Fill(log, Id, 1, 60);
        using var deleted = new ManualResetEventSlim();
        var read = 0;
        LogReader.Read(log, log.Identities.Find(Id)!, 1, long.MaxValue, long.MaxValue, long.MaxValue, _ =>
        {
            if (read++ == 0)
            {
                log.Delete(log.Identities.Find(Id)!, 55, _ => deleted.Set());
                Assert.True(deleted.Wait(TimeSpan.FromSeconds(30)));
            }
        });

        Assert.InRange(read, 1, 60);
        Assert.Equal(Range(56, 60), ReadNumbers(log));
        log.Close(mark: true);
    }

    [Fact]
    public async Task Refuses_a_first_segment_that_is_missing_after_a_deletion()
    {
        var log = Open();
        Fill(log, Id, 1, 60);
        await Delete(log, Id, 40);
        var first = log.Segments[0].Path;
        log.Close(mark: true);
        File.Delete(first);
        Assert.Equal(first, ExpectDamage().File);
    }

    private static async Task Delete(SegmentLog log, string id, long to)
    {
        var done = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        log.Delete(log.Identities.Find(id)!, to, done.SetResult);
        Assert.Null(await done.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }
}

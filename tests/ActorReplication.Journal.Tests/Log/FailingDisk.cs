using ActorReplication.Journal.Segments;
using Xunit;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>Errors of the disk: a full one is refused and survived, any other ends the log's use.</summary>
public sealed class FailingDisk : LogFixture
{
    [Fact]
    public void Throws_what_a_sync_reported_with_file_and_errno()
    {
        var log = Open();
        Fill(log, Id, 1, 2);
        Calls.Fail = (operation, path) => operation == "sync" && path.EndsWith(".segment", StringComparison.Ordinal) ? ScriptedCalls.IoError : 0;
        var settled = 0;
        var exception = Assert.Throws<JournalException>(() => log.Append([Atomic(Id, 3, "3")], _ => settled++));

        var failed = Assert.IsType<JournalFailed>(exception.Trouble);
        Assert.Equal((Files.Segment(1), ScriptedCalls.IoError, "fdatasync"), (failed.File, failed.Errno, failed.Operation));
        Assert.Contains("errno 5", failed.Message, StringComparison.Ordinal);
        Assert.Equal((0, 2), (settled, log.Identities.Find(Id)!.Highest));
        log.Close(mark: false);
    }

    [Theory]
    [InlineData("write", ".segment")]
    [InlineData("sync", "acknowledged")]
    [InlineData("write", "acknowledged")]
    public void Throws_on_errors_other_than_a_full_disk(string operation, string file)
    {
        var log = Open();
        Fill(log, Id, 1, 11);
        Calls.Fail = (op, path) => op == operation && path.EndsWith(file, StringComparison.Ordinal) ? ScriptedCalls.IoError : 0;
        Assert.Throws<JournalException>(() => log.Append([Atomic(Id, 12, Text(12, 1000))], _ => { }));
        Calls.Fail = (_, _) => 0;
        log.Close(mark: false);
    }

    [Fact]
    public void Refuses_while_the_disk_is_full_and_goes_on_when_there_is_space_again()
    {
        var log = Open();
        Fill(log, Id, 1, 2);
        Calls.MaxWriteBytes = 700;
        var writes = 0;
        Calls.Fail = (operation, path) => operation == "write" && path.EndsWith(".segment", StringComparison.Ordinal) && ++writes == 3 ? ScriptedCalls.NoSpace : 0;

        var write = Atomic(Id, 3, Text(3, 3000));
        log.Append([write], _ => { });
        Assert.IsType<JournalFullException>(write.Failure);
        Assert.Equal(Range(1, 2), ReadNumbers(log));

        // Nothing of the failed write is left to be found by the next opening.
        var end = (int)log.Segments[0].DurableEnd;
        Assert.True(File.ReadAllBytes(Files.Segment(1)).AsSpan(end).IndexOfAnyExcept((byte)0) < 0);

        Fill(log, Id, 3, 4);
        log.Close(mark: false);
        log = Open();
        Assert.Equal(Range(1, 4), ReadNumbers(log));
        Assert.Null(log.Torn);
        log.Close(mark: true);
    }

    [Fact]
    public void Stays_usable_when_there_is_no_space_for_the_next_segment()
    {
        var log = Open();
        Calls.Fail = (operation, _) => operation == "allocate" ? ScriptedCalls.NoSpace : 0;
        Fill(log, Id, 1, 11);

        PreparedWrite[] batch = [Atomic(Id, 12, Text(12, 1000)), Atomic("other", 1, "small")];
        log.Append(batch, _ => { });
        Assert.IsType<JournalFullException>(batch[0].Failure);
        Assert.Null(batch[1].Failure);
        Assert.Empty(Directory.GetFiles(Folder, "*.tmp"));

        Calls.Fail = (_, _) => 0;
        Fill(log, Id, 12, 30);
        log.Close(mark: false);
        log = Open();
        Assert.Equal(Range(1, 30), ReadNumbers(log));
        log.Close(mark: true);
    }

    [Fact]
    public void Stays_usable_when_there_is_no_space_for_the_note_at_a_change_of_segments()
    {
        var log = Open();
        Fill(log, Id, 1, 11);
        Calls.Fail = (operation, path) => operation == "write" && path.EndsWith("acknowledged", StringComparison.Ordinal) ? ScriptedCalls.NoSpace : 0;
        var write = Atomic(Id, 12, Text(12, 1000));
        log.Append([write], _ => { });
        Assert.IsType<JournalFullException>(write.Failure);

        Calls.Fail = (_, _) => 0;
        Fill(log, Id, 12, 30);
        log.Close(mark: true);
        log = Open();
        Assert.Equal(Range(1, 30), ReadNumbers(log));
        log.Close(mark: true);
    }

    [Fact]
    public void Stops_on_a_failed_sync_of_a_segment_that_is_being_made()
    {
        var log = Open();
        using var met = new ManualResetEventSlim();
        Calls.Fail = (operation, path) =>
        {
            if (operation != "sync" || !path.EndsWith("2.segment.tmp", StringComparison.Ordinal))
                return 0;
            met.Set();
            return ScriptedCalls.IoError;
        };
        Fill(log, Id, 1, 8);
        Assert.True(met.Wait(TimeSpan.FromSeconds(30)));
        log.Close(mark: false);
        var exception = Assert.Throws<JournalException>(() => log.Append([Atomic(Id, 9, "9")], _ => { }));
        Assert.Equal("fdatasync", Assert.IsType<JournalFailed>(exception.Trouble).Operation);
    }

    [Fact]
    public void Stays_usable_when_there_is_no_space_for_a_large_write()
    {
        var log = Open();
        Fill(log, Id, 1, 2);
        Calls.Fail = (operation, _) => operation == "allocate" ? ScriptedCalls.NoSpace : 0;
        var write = Atomic(Id, 3, Text(3, 100_000));
        log.Append([write], _ => { });
        Assert.IsType<JournalFullException>(write.Failure);
        Fill(log, Id, 3, 3);
        Assert.Equal(Range(1, 3), ReadNumbers(log));
        log.Close(mark: true);
    }

    [Fact]
    public async Task Deletes_nothing_when_there_is_no_space_for_the_mark()
    {
        var log = Open();
        Fill(log, Id, 1, 30);
        Calls.Fail = (operation, path) => operation == "write" && path.Contains("deletions", StringComparison.Ordinal) ? ScriptedCalls.NoSpace : 0;
        var done = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        log.Delete(log.Identities.Find(Id)!, 20, done.SetResult);
        Assert.IsType<JournalFullException>(await done.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(Range(1, 30), ReadNumbers(log));
        log.Close(mark: true);
    }
}

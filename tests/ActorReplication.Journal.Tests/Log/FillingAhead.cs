using ActorReplication.Journal.Segments;
using Xunit;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>Zeros written before the end of the records, by another thread.</summary>
public sealed class FillingAhead : LogFixture
{
    private const int Ahead = 64 << 10;

    private static bool IsBackground => Thread.CurrentThread.Name == "journal-background";

    private static bool IsFilling(string operation) => operation == "write" && IsBackground;

    private SegmentLog OpenFilling() => SegmentLog.Open(Options(Folder, 1 << 20) with { FillAheadBytes = Ahead }, Calls);

    [Fact]
    public void Everything_appended_meanwhile_is_there()
    {
        var filled = 0;
        Calls.Fail = (operation, _) =>
        {
            if (IsFilling(operation)) filled++;
            return 0;
        };
        var log = OpenFilling();
        Fill(log, Id, 1, 3000);
        Assert.Equal(Range(1, 3000), ReadNumbers(log));
        log.Close(mark: false);
        // How often is up to the scheduler; closing waits for what was asked for.
        Assert.NotEqual(0, filled);

        log = OpenFilling();
        Assert.Equal(Range(1, 3000), ReadNumbers(log));
        Fill(log, Id, 3001, 4000);
        log.Close(mark: true);
        log = OpenFilling();
        Assert.Equal(Range(1, 4000), ReadNumbers(log));
        log.Close(mark: true);
    }

    [Fact]
    public void Record_waits_for_the_zeros_that_are_being_written_where_it_belongs()
    {
        using ManualResetEventSlim filling = new(), written = new();
        var log = OpenFilling();
        Calls.Fail = (operation, path) =>
        {
            if (IsFilling(operation))
            {
                filling.Set();
                // Were the record not to wait, it would be written now, and then be overwritten.
                written.Wait(TimeSpan.FromMilliseconds(300));
            }
            else if (operation == "sync" && filling.IsSet && path.EndsWith(".segment", StringComparison.Ordinal)) written.Set();
            return 0;
        };
        Append(log, Atomic(Id, 1, Text(1, 100)));
        Assert.True(filling.Wait(TimeSpan.FromSeconds(30)));
        Append(log, Atomic(Id, 2, Text(2, 100)));
        log.Close(mark: false);

        log = OpenFilling();
        Assert.Equal(Range(1, 2), ReadNumbers(log));
        log.Close(mark: true);
    }

    [Fact]
    public void Zeros_are_synced_through_a_descriptor_that_takes_no_error_from_the_records()
    {
        using var synced = new ManualResetEventSlim();
        HashSet<nint> records = [], zeros = [];
        var log = OpenFilling();
        Calls.Syncing = file =>
        {
            (IsBackground ? zeros : records).Add(file.DangerousGetHandle());
            if (IsBackground) synced.Set();
        };
        Append(log, Atomic(Id, 1, "1"));
        Assert.True(synced.Wait(TimeSpan.FromSeconds(30)));
        log.Close(mark: false);
        Assert.NotEmpty(records);
        Assert.Empty(records.Intersect(zeros));
    }

    [Theory]
    [InlineData("write", "pwritev")]
    [InlineData("sync", "fdatasync")]
    public void Stops_on_a_failing_disk(string failing, string call)
    {
        using var met = new ManualResetEventSlim();
        var log = OpenFilling();
        Calls.Fail = (operation, _) =>
        {
            if (operation != failing || !IsBackground) return 0;
            met.Set();
            return ScriptedCalls.IoError;
        };
        Append(log, Atomic(Id, 1, "1"));
        Assert.True(met.Wait(TimeSpan.FromSeconds(30)));
        log.Close(mark: false);
        var exception = Assert.Throws<JournalException>(() => log.Append([Atomic(Id, 2, "2")], _ => { }));
        Assert.Equal(call, Assert.IsType<JournalFailed>(exception.Trouble).Operation);
    }

    [Fact]
    public void Goes_on_without_it_when_there_is_no_space_for_zeros()
    {
        var log = OpenFilling();
        Calls.Fail = (operation, _) => IsFilling(operation) ? ScriptedCalls.NoSpace : 0;
        Fill(log, Id, 1, 1500);
        Assert.Equal(Range(1, 1500), ReadNumbers(log));
        log.Close(mark: true);
    }
}

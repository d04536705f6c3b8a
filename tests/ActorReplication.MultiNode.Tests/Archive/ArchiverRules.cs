using ActorReplication.Cluster.Archive;
using ActorReplication.Cluster.Backups;
using ActorReplication.Core;

namespace ActorReplication.MultiNode.Tests.Archive;

public sealed class ArchiverRules : IDisposable
{
    private readonly ArchiveFixture fixture = new();
    private readonly TestLog log = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void A_segment_is_written_when_it_is_full()
    {
        using var archiver = fixture.Archiver(log);
        log.Add(1, 5);
        archiver.Look(0);
        Assert.Empty(Spans());
        log.Add(1, 5);
        archiver.Look(1);
        Assert.Equal(["1-10"], Spans());
        Assert.Equal(10, archiver.MayForget.Value);
    }

    [Fact]
    public void A_segment_is_written_when_its_first_entry_has_waited_long_enough()
    {
        using var archiver = fixture.Archiver(log);
        archiver.Look(0);
        log.Add(1, 1);
        archiver.Look(5000);
        Assert.Empty(Spans());
        archiver.Look(5999);
        Assert.Empty(Spans());
        archiver.Look(6000);
        Assert.Equal(["1-1"], Spans());
        archiver.Look(60_000);
        Assert.Equal(["1-1"], Spans());
    }

    [Fact]
    public void A_follower_writes_only_when_nobody_else_has_for_longer()
    {
        log.Leads = false;
        log.Add(1, 10);
        using var archiver = fixture.Archiver(log, "n2");
        archiver.Look(0);
        archiver.Look(1000);
        Assert.Empty(Spans());

        fixture.ArchiveAll(Copy(), "n1");
        archiver.Look(3000);
        Assert.Equal(10, archiver.MayForget.Value);
        Assert.DoesNotContain(fixture.Segments(log.Cluster), s => s.Node.Name == "n2");

        log.Add(1, 3);
        archiver.Look(4000);
        archiver.Look(7000);
        Assert.Equal(13, archiver.MayForget.Value);
        Assert.Equal("n2", fixture.Segments(log.Cluster)[^1].Node.Name);
    }

    [Fact]
    public void Another_leader_goes_on_where_the_archive_ends()
    {
        log.Add(1, 20);
        fixture.ArchiveAll(log, "n1");
        log.Add(2, 20);
        fixture.ArchiveAll(log, "n2");

        Assert.Null(ArchiveRoute.Find(fixture.Segments(log.Cluster), LogPosition.Zero).Problem);
        Assert.Equal(40, fixture.Segments(log.Cluster).Sum(s => s.Last.Index.Value - s.Before.Index.Value));
    }

    [Fact]
    public void A_started_node_archives_nothing_twice()
    {
        log.Add(1, 20);
        fixture.ArchiveAll(log);
        var before = Spans();
        fixture.ArchiveAll(log);
        Assert.Equal(before, Spans());
    }

    [Fact]
    public void Entries_that_were_cut_after_they_were_archived_are_replaced_by_those_that_took_their_place()
    {
        log.Add(1, 20);
        fixture.ArchiveAll(log);
        log.CutAfter(15);
        log.Add(2, 3);
        fixture.ArchiveAll(log);

        var found = ArchiveRoute.Find(fixture.Segments(log.Cluster), LogPosition.Zero);
        Assert.Null(found.Problem);
        Assert.Equal("2/18", found.End.ToString());
        Assert.Equal(log.Entries.Select(e => e.Position), found.Legs.SelectMany(l => ArchiveReader.Entries(l.Segment).Where(e => e.Index > l.From && e.Index <= l.To.Index)).Select(e => e.Position));
    }

    [Fact]
    public void What_is_compacted_before_it_is_archived_is_announced()
    {
        log.Add(1, 20);
        fixture.ArchiveAll(log);
        log.Add(1, 20);
        log.Compact(30);
        using var archiver = fixture.Archiver(log);
        archiver.Look(0);
        archiver.Look(2000);

        Assert.Equal("[21..30]", Assert.Single(archiver.Status.Lost).ToString());
        var summary = ArchiveSummary.Of(fixture.Folder, log.Cluster);
        Assert.Equal("[21..30]", Assert.Single(summary.Gaps).ToString());
        Assert.Equal((1, 40), (summary.First!.Value.Value, summary.Last!.Value.Index.Value));
    }

    [Fact]
    public void A_gap_that_others_left_is_filled_from_a_log_that_still_has_it()
    {
        log.Add(1, 40);
        fixture.Write(log, 1, 20, "n2");
        fixture.Write(log, 31, 35, "n3");
        log.Compact(15);
        fixture.ArchiveAll(log);
        Assert.Empty(ArchiveSummary.Of(fixture.Folder, log.Cluster).Gaps);
        Assert.DoesNotContain(fixture.Segments(log.Cluster), s => s.Node.Name == "n1" && s.First.Value <= 20);
    }

    [Fact]
    public void What_was_deleted_from_the_archives_beginning_is_not_archived_again()
    {
        log.Add(1, 40);
        fixture.Write(log, 21, 30, "n2");
        log.Compact(5);
        fixture.ArchiveAll(log);
        Assert.Equal(21, fixture.Segments(log.Cluster)[0].First.Value);
        Assert.Equal(40, fixture.Segments(log.Cluster)[^1].Last.Index.Value);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_no_empty_archive()
    {
        log.Add(1, 20);
        using var archiver = fixture.Archiver(log);
        Directory.Move(fixture.Folder, fixture.Folder + "-unmounted");
        Assert.Contains("is not there", Assert.Throws<BackupException>(() => archiver.Look(0)).Message, StringComparison.Ordinal);
        Directory.Move(fixture.Folder + "-unmounted", fixture.Folder);
        archiver.Look(0);
        Assert.NotEmpty(Spans());
    }

    [Fact]
    public void A_damaged_file_of_the_archive_is_archived_again()
    {
        log.Add(1, 8);
        fixture.ArchiveAll(log);
        var path = fixture.Segments(log.Cluster).Single().Path;
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
        fixture.ArchiveAll(log);
        Assert.Equal(["1-8"], Spans());
    }

    private TestLog Copy()
    {
        var copy = new TestLog();
        foreach (var entry in log.Entries) copy.Add(entry);
        return copy;
    }

    private string[] Spans() => [.. fixture.Segments(log.Cluster).Select(s => $"{s.First}-{s.Last.Index}")];
}

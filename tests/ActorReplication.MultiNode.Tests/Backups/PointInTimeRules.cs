using ActorReplication.Cluster.Backups;
using ActorReplication.Core;
using ActorReplication.MultiNode.Tests.Archive;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;

namespace ActorReplication.MultiNode.Tests.Backups;

/// <summary>A backup at entry 3, and entries 4 to 13 in the archive, each of which inserts its index; entry n is of second n.</summary>
public sealed class PointInTimeRules : IDisposable
{
    private readonly BackupFixture fixture = new();
    private readonly ArchiveFixture archive = new();
    private readonly TestLog log;
    private readonly string backup;

    public PointInTimeRules()
    {
        log = new TestLog { Start = new LogPosition(new Term(1), new LogIndex(1)) };
        log.Add(1, fixture.Run("CREATE TABLE t (id INTEGER PRIMARY KEY)"));
        for (var i = 3; i <= 13; i++)
        {
            log.Add(1, fixture.Run($"INSERT INTO t VALUES ({i})"));
            if (i == 3) backup = fixture.Take(TestLog.TimeOf(3).AddMilliseconds(1));
        }
        backup ??= "";
    }

    public void Dispose()
    {
        archive.Dispose();
        fixture.Dispose();
    }

    [Fact]
    public void Restores_to_the_archives_end()
    {
        Archive(2, 13);
        AssertRestored(new RestoreTarget.Latest(), "1/13", [.. Enumerable.Range(3, 11)]);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(7, 7)]
    [InlineData(13, 13)]
    public void Restores_to_a_position(long position, int last)
    {
        Archive(2, 13);
        AssertRestored(new RestoreTarget.Position(new LogIndex(position)), $"1/{position}", [.. Enumerable.Range(3, last - 2)]);
    }

    [Theory]
    [InlineData(7_000, 7)]
    [InlineData(7_999, 7)]
    [InlineData(3_500, 3)]
    [InlineData(12_999, 12)]
    public void Restores_to_a_time(int afterStartMs, int last)
    {
        Archive(2, 13);
        AssertRestored(new RestoreTarget.Time(TestLog.TimeOf(0).AddMilliseconds(afterStartMs)), $"1/{last}", [.. Enumerable.Range(3, last - 2)]);
    }

    [Fact]
    public void Restores_from_what_several_nodes_archived_without_what_was_cut()
    {
        Archive(2, 13);
        var other = new TestLog { Start = log.Start };
        foreach (var entry in log.Entries.Where(e => e.Index.Value <= 10)) other.Add(entry);
        other.Add(2, log.Entries[^1].Payload);
        archive.Write(other, 9, 11, "n2");
        AssertRestored(new RestoreTarget.Latest(), "2/11", [3, 4, 5, 6, 7, 8, 9, 10, 13]);
    }

    [Fact]
    public void A_gap_is_refused_with_the_missing_range()
    {
        Archive(2, 6);
        Archive(9, 13);
        AssertRefused(new RestoreTarget.Latest(), "entries 7 to 8 are missing");
        AssertRefused(new RestoreTarget.Position(new LogIndex(20)), "entries 14 to 20 are missing");
    }

    [Fact]
    public void A_time_outside_is_refused()
    {
        Archive(2, 13);
        AssertRefused(new RestoreTarget.Time(TestLog.TimeOf(2)), "take an earlier backup");
        AssertRefused(new RestoreTarget.Time(TestLog.TimeOf(14)), "--to-latest");
        AssertRefused(new RestoreTarget.Position(new LogIndex(2)), "take an earlier backup");
    }

    [Fact]
    public void A_damaged_segment_is_refused_and_named()
    {
        var path = Archive(2, 13);
        BackupFixture.Flip(path, 60);
        AssertRefused(new RestoreTarget.Latest(), path);
        BackupFixture.CutOff(path, 5);
        AssertRefused(new RestoreTarget.Latest(), path);
    }

    [Fact]
    public void Another_clusters_archive_is_refused()
    {
        log.Cluster = new ClusterId(Guid.NewGuid());
        Archive(2, 13);
        AssertRefused(new RestoreTarget.Latest(), $"it is the archive of {log.Cluster}");
        Directory.Delete(archive.Folder, recursive: true);
        AssertRefused(new RestoreTarget.Latest(), "no such folder");
        Directory.CreateDirectory(archive.Folder);
        AssertRefused(new RestoreTarget.Latest(), "is no archive");
    }

    [Fact]
    public void Of_a_folder_of_backups_the_newest_that_is_not_later_than_the_target_is_taken()
    {
        var newer = fixture.Take(TestLog.TimeOf(13).AddMilliseconds(1));
        Assert.Equal(newer, BackupFolder.Choose(fixture.Backups, new RestoreTarget.Latest()));
        Assert.Equal(backup, BackupFolder.Choose(backup, new RestoreTarget.Latest()));
        Assert.Equal(backup, BackupFolder.Choose(fixture.Backups, new RestoreTarget.Position(new LogIndex(12))));
        Assert.Equal(backup, BackupFolder.Choose(fixture.Backups, new RestoreTarget.Time(TestLog.TimeOf(13))));
        Assert.Throws<BackupException>(() => BackupFolder.Choose(fixture.Backups, new RestoreTarget.Position(new LogIndex(2))));
        BackupFixture.CutOff(Path.Combine(newer, "data.sqlite"), 1);
        Assert.Equal(backup, BackupFolder.Choose(fixture.Backups, new RestoreTarget.Latest()));
    }

    private string Archive(long first, long last) => archive.Write(Whole(), first, last).Path;

    /// <summary>With the entry that the log begins after, for what comes before the first.</summary>
    private TestLog Whole()
    {
        var whole = new TestLog { Cluster = log.Cluster };
        whole.Add(1, ReadOnlyMemory<byte>.Empty);
        foreach (var entry in log.Entries) whole.Add(entry);
        return whole;
    }

    private void AssertRestored(RestoreTarget target, string position, int[] ids)
    {
        var restoration = fixture.Restoration(backup, archive.Folder, target);
        var restored = restoration.Run(restoration.Check());
        Assert.Equal(position, restored.Position.ToString());
        var path = Path.Combine(fixture.Data, "db", "data.sqlite");
        SnapshotInstall.Swap(path);
        using var database = Database.Open(new DatabaseOptions(path));
        Assert.Equal(restored.Position.Index.Value, database.Applied.Index);
        Assert.Equal(ids.Select(i => $"{i}"), BackupFixture.Query(database, "SELECT id FROM t ORDER BY id").Select(r => r[0]));
    }

    private void AssertRefused(RestoreTarget target, string problem)
    {
        Assert.Contains(problem, Assert.Throws<BackupException>(() => fixture.Restoration(backup, archive.Folder, target).Check()).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(fixture.Data));
    }
}

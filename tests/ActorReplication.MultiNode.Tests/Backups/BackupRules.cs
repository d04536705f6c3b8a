using ActorReplication.Cluster.Backups;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorReplication.MultiNode.Tests.Backups;

public sealed class BackupRules : IDisposable
{
    private readonly BackupFixture fixture = new();

    public BackupRules() => fixture.Run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a BLOB)",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO t SELECT i, randomblob(9000) FROM n");

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void A_backup_says_what_it_is_of()
    {
        var manifest = BackupFolder.Verify(fixture.Take(), null, CancellationToken.None);

        Assert.Equal((fixture.Config.Cluster, BackupFixture.Node, BackupFixture.Noon), (manifest.Cluster, manifest.Node, manifest.Taken));
        Assert.Equal("1/2", manifest.Position.ToString());
        Assert.Equal(["n1", "n2", "n3"], manifest.Config.Members.Keys.Select(k => k.Name));
        Assert.Equal((fixture.Config.Policy.Kind, "mixed"), (manifest.Config.Policy.Kind, manifest.Config.Settings["replication.method"]));
        Assert.Equal(4096, manifest.PageBytes);
        Assert.True(manifest.Copy.Sha256.Count > 2);
    }

    [Fact]
    public void Backups_are_listed_oldest_first()
    {
        var (second, first) = (fixture.Take(BackupFixture.Noon.AddDays(1)), fixture.Take());
        Assert.Equal([first, second], BackupFolder.List(fixture.Backups).Select(b => b.Path));
        Assert.Equal([second], BackupFolder.List(second).Select(b => b.Path));
        Assert.Throws<BackupException>(() => BackupFolder.List(fixture.Backups + "x"));
    }

    [Theory]
    [InlineData("data.sqlite", (2 << 20) + 77, "chunk 2")]
    [InlineData("data.sqlite", -1, "chunk")]
    [InlineData("manifest", 3, "is not a backup's manifest")]
    [InlineData("manifest", 8, "format version 0, and this program reads version 1")]
    [InlineData("manifest", 40, "damaged")]
    [InlineData("manifest", -1, "damaged")]
    public void A_flipped_byte_is_found_and_its_file_named(string file, long at, string problem)
    {
        var backup = fixture.Take();
        BackupFixture.Flip(Path.Combine(backup, file), at);
        AssertRefused(backup, Path.Combine(backup, file), problem);
        Assert.Equal("", BackupFixture.Contents(fixture.Data));
    }

    [Theory]
    [InlineData("data.sqlite", 1, "cut off")]
    [InlineData("manifest", 1, "damaged or cut off")]
    [InlineData("manifest", 240, "cut off")]
    public void A_truncated_file_is_found_and_named(string file, int bytes, string problem)
    {
        var backup = fixture.Take();
        BackupFixture.CutOff(Path.Combine(backup, file), bytes);
        AssertRefused(backup, Path.Combine(backup, file), problem);
        Assert.Contains(problem, BackupFolder.List(fixture.Backups).Single().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var backup = fixture.Take();
        File.Delete(Path.Combine(backup, "data.sqlite"));
        AssertRefused(backup, "data.sqlite", "missing");
        File.Delete(Path.Combine(backup, "manifest"));
        AssertRefused(backup, backup, "no backup");
    }

    [Fact]
    public void A_backup_broken_off_is_never_one_and_the_next_removes_it()
    {
        Directory.CreateDirectory(Path.Combine(fixture.Backups, "20260101T000000Z-n1.partial"));
        Directory.CreateDirectory(Path.Combine(fixture.Backups, "20260101T000000Z-n2.partial"));
        Directory.CreateDirectory(Path.Combine(fixture.Backups, "20260101T000000Z-east-n1.partial"));
        using var cancelled = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => BackupFolder.Take(fixture.Database, BackupFixture.Node, fixture.Backups, BackupFixture.Noon, 0, (_, _) => cancelled.Cancel(), cancelled.Token));

        Assert.Equal(["20260101T000000Z-east-n1.partial", "20260101T000000Z-n2.partial"], Directory.EnumerateDirectories(fixture.Backups).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(BackupFolder.List(fixture.Backups), b => Assert.Contains("never finished", b.Problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_is_named()
    {
        var file = Path.Combine(fixture.Folder, "file");
        File.WriteAllText(file, "");
        Assert.Contains(file, Assert.Throws<BackupException>(() => BackupFolder.Take(fixture.Database, BackupFixture.Node, file, BackupFixture.Noon, 0, null, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_desk_takes_one_at_a_time_tells_how_far_it_is_and_names_every_bad_one()
    {
        var desk = new BackupDesk(BackupFixture.Node, fixture.Database, TimeProvider.System, NullLogger.Instance);
        Assert.Null(desk.Job);
        Assert.Equal(1, desk.Take(fixture.Backups, 1 << 20)!.Number);
        await Until(() => desk.Job!.Bytes > 0);
        Assert.Null(desk.Verify(fixture.Backups));
        Assert.Equal(BackupJobState.Running, desk.Job!.State);
        Assert.InRange(desk.Job.Bytes, 1, desk.Job.Total);
        desk.Dispose();
        Assert.Equal((BackupJobState.Failed, "the node was stopped meanwhile"), (desk.Job.State, desk.Job.Problems.Single()));

        using var another = new BackupDesk(BackupFixture.Node, fixture.Database, TimeProvider.System, NullLogger.Instance);
        another.Take(fixture.Backups, 0);
        await Until(() => another.Job!.State == BackupJobState.Done);
        Assert.Equal(2, Assert.Single(new[] { another.Verify(fixture.Backups)! }).Number);
        await Until(() => another.Job!.State != BackupJobState.Running);
        Assert.Equal((BackupJobState.Done, 1), (another.Job!.State, another.Job.Results.Count));
        foreach (var day in (int[])[1, 2]) BackupFixture.Flip(Path.Combine(fixture.Take(BackupFixture.Noon.AddDays(day)), "data.sqlite"), 99);
        another.Verify(fixture.Backups);
        await Until(() => another.Job.State != BackupJobState.Running);
        Assert.Equal((BackupJobState.Failed, 2), (another.Job.State, another.Job.Problems.Count));
    }

    private void AssertRefused(string backup, string file, string problem)
    {
        var message = Assert.Throws<BackupException>(() => BackupFolder.Verify(backup, null, CancellationToken.None)).Message;
        Assert.Contains(file, message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.Equal(message, Assert.Throws<BackupException>(() => fixture.Restoration(backup).Check()).Message);
    }

    private static async Task Until(Func<bool> condition)
    {
        var patience = Environment.TickCount64 + 20_000;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < patience, "it never came to be");
            await Task.Delay(2);
        }
    }
}

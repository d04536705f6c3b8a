using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

public sealed class Installs : IDisposable
{
    private readonly Pair pair = new();
    private readonly string target, copy;
    private readonly SnapshotManifest manifest;
    private readonly List<string> wanted;

    public Installs()
    {
        pair.Run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1), (2)");
        copy = pair.Folder.File("received.db");
        target = pair.Folder.File("node.db");
        manifest = pair.Leader.CopyTo(copy, 0, CancellationToken.None);
        wanted = Pair.Describe(pair.Leader);
        MakeOldDatabase();
    }

    public void Dispose() => pair.Dispose();

    [Fact]
    public void The_copy_takes_the_databases_place()
    {
        Assert.Null(SnapshotInstall.Pending(target));
        SnapshotInstall.Prepare(target, copy, manifest);
        Assert.Equal(manifest.Position.Index, SnapshotInstall.Pending(target)!.Value.Index);
        SnapshotInstall.Swap(target);
        SnapshotInstall.Finish(target);
        Assert.Null(SnapshotInstall.Pending(target));
        ExpectInstalled();
        Assert.False(File.Exists(copy));
    }

    [Fact]
    public void A_crash_after_any_step_is_finished_by_doing_all_again()
    {
        SnapshotInstall.Prepare(target, copy, manifest);
        var kept = pair.Folder.File("kept.db");
        File.Copy(copy, kept);
        var steps = SnapshotInstall.SwapSteps(target).Count;
        for (var done = 0; done <= steps; done++)
        {
            if (!File.Exists(copy))
                File.Copy(kept, copy);
            File.Delete(target);
            MakeOldDatabase();
            foreach (var step in SnapshotInstall.SwapSteps(target).Take(done))
                step();
            Assert.NotNull(SnapshotInstall.Pending(target));
            SnapshotInstall.Swap(target);
            SnapshotInstall.Swap(target);
            ExpectInstalled();
        }
        SnapshotInstall.Finish(target);
        SnapshotInstall.Finish(target);
        ExpectInstalled();
    }

    [Fact]
    public void The_old_log_never_meets_the_new_file()
    {
        SnapshotInstall.Prepare(target, copy, manifest);
        foreach (var step in SnapshotInstall.SwapSteps(target))
        {
            step();
            Assert.False(!File.Exists(copy) && File.Exists(target + "-wal"));
        }
    }

    [Fact]
    public void A_crash_while_the_plan_is_written_leaves_no_install()
    {
        File.WriteAllText(target + ".install.tmp", "{ half a pl");
        Assert.Null(SnapshotInstall.Pending(target));
        SnapshotInstall.Prepare(target, copy, manifest);
        SnapshotInstall.Swap(target);
        SnapshotInstall.Finish(target);
        ExpectInstalled();
    }

    [Fact]
    public void A_damaged_copy_is_refused_before_anything_is_touched()
    {
        using (var file = File.OpenWrite(copy))
            file.WriteByte(0);
        Assert.Throws<StorageFailure>(() => SnapshotInstall.Prepare(target, copy, manifest));
        Assert.Null(SnapshotInstall.Pending(target));
    }

    [Fact]
    public void A_second_install_a_bad_plan_and_a_lost_copy_are_told()
    {
        Assert.Throws<StorageFailure>(() => SnapshotInstall.Swap(target));
        SnapshotInstall.Prepare(target, copy, manifest);
        Assert.Throws<StorageFailure>(() => SnapshotInstall.Prepare(target, copy, manifest));
        File.Delete(copy);
        File.Delete(target);
        Assert.Contains(target, Assert.Throws<StorageFailure>(() => SnapshotInstall.Swap(target)).Message, StringComparison.Ordinal);
        File.WriteAllText(target + ".install", "{}");
        Assert.Throws<StorageFailure>(() => SnapshotInstall.Pending(target));
    }

    /// <summary>Another database with content in its log, as a crash leaves it.</summary>
    private void MakeOldDatabase()
    {
        var source = pair.Folder.File("old.db");
        using (var old = Database.Open(new DatabaseOptions(source)))
        {
            old.Writer.BeginBatch();
            old.Writer.BeginTransaction();
            old.Writer.Execute(new SqlCall("CREATE TABLE IF NOT EXISTS old (b)"), long.MaxValue, null);
            old.Writer.EndTransaction();
            old.Writer.CommitBatch(1, 99);
            foreach (var suffix in new[] { "", "-wal", "-shm" })
                File.Copy(source + suffix, target + suffix, overwrite: true);
        }
    }

    private void ExpectInstalled()
    {
        using var database = Database.Open(new DatabaseOptions(target));
        Assert.Equal(wanted, Pair.Describe(database));
        Assert.Equal(manifest.Position.Index, database.Applied.Index);
    }
}

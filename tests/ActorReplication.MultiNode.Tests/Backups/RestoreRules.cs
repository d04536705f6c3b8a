using ActorReplication.Cluster;
using ActorReplication.Cluster.Backups;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;

namespace ActorReplication.MultiNode.Tests.Backups;

public sealed class RestoreRules : IDisposable
{
    private readonly BackupFixture fixture = new();
    private readonly string backup;

    public RestoreRules()
    {
        fixture.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)", "INSERT INTO t VALUES (1, 'one')");
        backup = fixture.Take();
    }

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void A_restored_folder_is_a_new_cluster_of_this_node_alone_at_the_backups_position()
    {
        var restored = Restore();

        Assert.NotEqual(fixture.Config.Cluster, restored.Cluster);
        var identity = NodeIdentity.Open(fixture.Data, BackupFixture.Node);
        Assert.Equal(restored.Cluster, identity.Cluster);
        var position = SnapshotInstall.Pending(DatabasePath)!.Value;
        var config = LogCodec.DecodeConfig(position.Config);
        Assert.Equal((1, 2), (position.Term, position.Index));
        Assert.Equal((restored.Cluster, BackupFixture.Node), (config.Cluster, Assert.Single(config.Members).Key));
        Assert.Equal("127.0.0.1:2551", config.Members[BackupFixture.Node].Address);
        Assert.Equal((PolicyKind.Sync, "mixed"), (config.Policy.Kind, config.Settings["replication.method"]));
        AssertRestored();
    }

    [Fact]
    public void A_node_that_is_not_to_lead_leads_the_cluster_that_it_is_alone_in()
    {
        var restoration = new Restoration(new RestoreRequest(backup, null, new RestoreTarget.Backup(), fixture.Options with { FailoverPriority = 0 }), null, CancellationToken.None);
        restoration.Run(restoration.Check());
        Assert.Equal(1, LogCodec.DecodeConfig(SnapshotInstall.Pending(DatabasePath)!.Value.Config).Members[BackupFixture.Node].FailoverPriority);
    }

    [Fact]
    public void A_plan_that_never_got_its_name_is_in_nobodys_way()
    {
        Directory.CreateDirectory(fixture.Data);
        File.WriteAllText(Path.Combine(fixture.Data, RestorePlan.FileName + ".tmp"), "half");
        Restore();
        AssertRestored();
    }

    [Fact]
    public void A_check_changes_nothing()
    {
        fixture.Restoration(backup).Check();
        Assert.False(Directory.Exists(fixture.Data));
    }

    [Fact]
    public void A_folder_with_anything_in_it_is_refused_and_stays_as_it_is()
    {
        Directory.CreateDirectory(fixture.Data);
        File.WriteAllText(Path.Combine(fixture.Data, "letter.txt"), "dear");
        AssertRefused("letter.txt");
        File.Delete(Path.Combine(fixture.Data, "letter.txt"));
        NodeIdentity.Create(fixture.Data, BackupFixture.Node, fixture.Config.Cluster);
        AssertRefused("holds a node's data already");
    }

    [Fact]
    public void A_folder_that_a_node_runs_on_is_refused()
    {
        Directory.CreateDirectory(fixture.Data);
        using var held = FolderLock.Take(fixture.Data);
        Assert.Contains("a node runs on it", Assert.Throws<BackupException>(() => fixture.Restoration(backup).Check()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_restored_folder_is_not_restored_to_again()
    {
        Restore();
        AssertRefused("holds a node's data already");
    }

    [Fact]
    public void A_node_that_is_not_among_the_initial_voters_is_refused()
    {
        var request = new RestoreRequest(backup, null, new RestoreTarget.Backup(), fixture.Options with { InitialVoters = [new NodeAddress(new NodeId("n2"), "h", 1)] });
        Assert.Contains("cluster.initial-voters", Assert.Throws<BackupException>(() => new Restoration(request, null, CancellationToken.None).Check()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_restore_broken_off_at_any_step_keeps_nodes_away_and_is_made_anew()
    {
        var steps = fixture.Restoration(backup).Steps(fixture.Restoration(backup).Check()).Count;
        for (var last = 2; last < steps; last++)
        {
            var restoration = fixture.Restoration(backup);
            Directory.CreateDirectory(fixture.Data);
            foreach (var step in restoration.Steps(restoration.Check()).Take(last)) step();

            Assert.Equal(StartFailure.DataFolder, Assert.Throws<NodeStartException>(() => RestorePlan.RefuseUnfinished(fixture.Data)).Failure);
            Restore();
            RestorePlan.RefuseUnfinished(fixture.Data);
            AssertRestored();
            Directory.Delete(fixture.Data, recursive: true);
        }
    }

    [Fact]
    public void A_file_of_the_plans_name_that_is_no_plan_is_left_alone()
    {
        Directory.CreateDirectory(fixture.Data);
        File.WriteAllText(Path.Combine(fixture.Data, RestorePlan.FileName), new string('x', 100));
        AssertRefused("is not a restore's plan");
    }

    private string DatabasePath => Path.Combine(fixture.Data, "db", "data.sqlite");

    private Restored Restore()
    {
        var restoration = fixture.Restoration(backup);
        return restoration.Run(restoration.Check());
    }

    private void AssertRefused(string problem)
    {
        var before = BackupFixture.Contents(fixture.Data);
        Assert.Contains(problem, Assert.Throws<BackupException>(() => fixture.Restoration(backup).Check()).Message, StringComparison.Ordinal);
        Assert.Equal(before, BackupFixture.Contents(fixture.Data));
    }

    /// <summary>As the node's first start finds it.</summary>
    private void AssertRestored()
    {
        SnapshotInstall.Swap(DatabasePath);
        using var database = Database.Open(new DatabaseOptions(DatabasePath));
        Assert.Equal("one", BackupFixture.Query(database, "SELECT a FROM t")[0][0]);
    }
}

using ActorReplication.Cluster;
using ActorReplication.Cluster.Archive;
using ActorReplication.Cluster.Backups;
using ActorReplication.Core;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>Three nodes that share an archive, and a fourth folder that it is restored to.</summary>
public sealed class ArchiveSpec : ReplicationSpec
{
    private readonly string archive = Directory.CreateTempSubdirectory("archive-spec").FullName;
    private readonly RoleName[] all;
    private readonly RoleName restored;

    public ArchiveSpec(ITestOutputHelper output)
        : base(output)
    {
        all = [Role("first"), Role("second"), Role("third")];
        restored = Outsider("restored");
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(archive, recursive: true);
    }

    [Fact]
    public async Task Archive_has_no_gap_over_a_failover_and_a_restore_from_it_is_the_same_database()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)");
        await AwaitSameContents(all);
        var follower = this[Except(leader.Role)[0]];
        var backup = await BackUp(follower);

        await Write(leader, 1, 40);
        await AwaitCondition("the leader's entries archived", () => leader.Node.Archive!.Archived?.Index == leader.Progress.Commit);
        await leader.CrashAsync();
        var next = await AwaitLeader(Except(leader.Role));
        await Write(next, 41, 80);
        await AwaitCondition("the next leader's entries archived", () => next.Node.Archive!.Archived?.Index == next.Progress.Commit);
        var expected = next.Contents();

        Assert.Empty(ArchiveSummary.Of(archive, next.Status.Cluster).Gaps);
        var options = new ReplicaNodeOptions(restored.Id, this[restored].Folder, "", [this[restored].Address], Policy);
        var restoration = new Restoration(new RestoreRequest(backup, archive, new RestoreTarget.Latest(), options), null, CancellationToken.None);
        restoration.Run(restoration.Check());
        await StartAsync(restored);
        await AwaitCondition("the restored node serves", () => this[restored].Serves);
        Assert.Equal(expected, this[restored].Contents());
        Assert.NotEqual(next.Status.Cluster, this[restored].Status.Cluster);
        await this[restored].CommitAsync("INSERT INTO t VALUES (1000, 'of the new history')");
        Assert.Equal(expected, next.Contents());
    }

    [Fact]
    public async Task Log_is_kept_for_an_archive_that_does_not_get_on_and_what_its_budget_cuts_off_is_announced()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");
        await AwaitCondition("the first entries archived", () => leader.Node.Archive!.Archived?.Index == leader.Progress.Commit);
        Directory.Move(archive, archive + "-unmounted");
        for (var id = 1; id <= 100; id++) await leader.CommitAsync($"INSERT INTO t VALUES ({id}, randomblob(50000))");

        await AwaitCondition("the start of the log cut off", async () => (await leader.Node.Log.ReadAsync(new LogIndex(1), new LogIndex(1), 1)).Count == 0);
        // More than the log's own budget, less than the archive's.
        var kept = new LogIndex(leader.Progress.Last.Value - 30);
        Assert.Single(await leader.Node.Log.ReadAsync(kept, kept, 1));
        Assert.Contains("is not there", leader.Node.Archive!.Problem, StringComparison.Ordinal);

        Directory.Move(archive + "-unmounted", archive);
        await AwaitCondition("the loss announced", () => leader.Node.Archive.Lost.Count == 1 && leader.Logged("compacted before this node had archived them"));
        await AwaitCondition("the rest archived", () => leader.Node.Archive.Archived?.Index == leader.Progress.Commit);
    }

    protected override ReplicaNodeOptions Configure(RoleName role, ReplicaNodeOptions options) => options with
    {
        LogBudgetBytes = 1 << 20,
        EntryCacheBytes = 256 << 10,
        CheckpointBytes = 256 << 10,
        Archive = new ArchiveOptions(archive, SegmentBytes: 2000, TimeoutMs: 300, LogBudgetBytes: 2 << 20),
    };

    private async Task<string> BackUp(SpecNode node)
    {
        node.Node.Backups.Take(Path.Combine(archive, "backups"), 0);
        await AwaitCondition("the backup", () => node.Node.Backups.Job is { State: BackupJobState.Done });
        return node.Node.Backups.Job!.Results.Single();
    }

    private static async Task Write(SpecNode node, int from, int to)
    {
        for (var id = from; id <= to; id++) await node.CommitAsync($"INSERT INTO t VALUES ({id}, 'row {id}')");
    }
}

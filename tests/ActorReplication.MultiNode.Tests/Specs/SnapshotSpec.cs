using ActorReplication.Cluster;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

public sealed class SnapshotSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public SnapshotSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Follower_that_needs_what_is_cut_off_clones_itself()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");
        var follower = this[Except(leader.Role)[0]];
        await AwaitSameContents(all);
        await follower.CrashAsync();

        for (var id = 1; id <= 60; id++)
            await WriteBlob(leader, id, 50_000);
        await AwaitCondition("the start of the leader's log cut off", () => IsCutOff(leader));
        string[] leftovers = [Path.Combine(follower.Folder, "db", "incoming-1.copy"), Path.Combine(follower.Folder, "db", "outgoing-1.copy-wal")];
        foreach (var leftover in leftovers)
            await File.WriteAllTextAsync(leftover, "of a clone that the crash broke off");
        await follower.StartAsync();
        await AwaitSameContents(all);

        Assert.DoesNotContain(leftovers, File.Exists);
        Assert.True(follower.Logged("Cloned from the leader"));
        Assert.True(leader.Logged($"'{follower.Role.Name}' needs the log from entry"));
        await AwaitCondition("the cut in the status", () => leader.Status is { FollowersCutOff: 1, LogStart.Index.Value: > 0, LogBytes: > 0 });
        await WriteBlob(leader, 1000, 10);
        await AwaitSameContents(all);
        Assert.Equal("61", await follower.ValueAsync("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Cloned_follower_keeps_its_state_over_a_crash()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");
        var follower = this[Except(leader.Role)[0]];
        await follower.CrashAsync();
        for (var id = 1; id <= 60; id++)
            await WriteBlob(leader, id, 50_000);
        await AwaitCondition("the start of the leader's log cut off", () => IsCutOff(leader));
        await follower.StartAsync();
        await WriteBlob(leader, 999, 10);
        await AwaitSameContents(all);
        await AwaitCondition("what lies before the clone deleted from the journal", () => File.Exists(Path.Combine(follower.Folder, "journal", "deletions")));

        var (term, last) = (follower.Status.Term, follower.Progress.Last);
        await follower.CrashAsync();
        TestConductor.Isolate(follower.Role);
        await WriteBlob(leader, 1000, 10);
        await follower.StartAsync();
        await AwaitCondition("term and log as they were", () => follower.Status.Term == term && follower.Status.Last.Index == last);
        TestConductor.Rejoin(follower.Role);

        await AwaitSameContents(all);
        Assert.False(follower.Logged("does not match the log"));
    }

    [Fact]
    public async Task Node_does_not_stand_for_election_while_a_copy_takes_its_databases_place()
    {
        var old = await StartWithLeader(all);
        await old.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)");
        await AwaitSameContents(all);
        using var busy = await BusyGate.OfAsync(old);
        TestConductor.Isolate(old.Role);
        var leader = await AwaitLeader(Except(old.Role));
        for (var id = 1; id <= 60; id++)
            await WriteBlob(leader, id, 50_000);
        await AwaitCondition("the start of the leader's log cut off", () => IsCutOff(leader));

        TestConductor.Rejoin(old.Role);
        await AwaitCondition("the copy waiting for the gate", () => old.Logged("takes the database's place"));
        await old.Node.CampaignAsync(CancellationToken.None);
        Assert.Equal(Core.Role.Follower, old.Status.Role);
        busy.Dispose();

        await AwaitCondition("the clone", () => old.Logged("Cloned from the leader"));
        await AwaitSameContents(all);
    }

    protected override ReplicaNodeOptions Configure(RoleName role, ReplicaNodeOptions options) =>
        options with { LogBudgetBytes = 1 << 20, EntryCacheBytes = 256 << 10, CheckpointBytes = 256 << 10 };

    /// <summary>The first entries are neither in its cache nor in its journal any more.</summary>
    private static async Task<bool> IsCutOff(SpecNode leader) =>
        !leader.Node.Log.TryReadCached(new Core.LogIndex(1), new Core.LogIndex(1), 1, out _) &&
        (await leader.Node.Log.ReadAsync(new Core.LogIndex(1), new Core.LogIndex(1), 1)).Count == 0;

    private static async Task WriteBlob(SpecNode node, int id, int bytes)
    {
        var body = new byte[bytes];
        new Random(id).NextBytes(body);
        var result = await node.WriteAsync([new SqlCall("INSERT INTO t VALUES (?1, ?2)", new Values(id, body))]);
        Assert.Equal(Cluster.Writes.WriteStatus.Committed, result.Status);
    }
}

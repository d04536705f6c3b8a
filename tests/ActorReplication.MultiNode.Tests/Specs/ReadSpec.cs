using ActorReplication.Cluster.Reads;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

public sealed class ReadSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public ReadSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Linearizable_read_after_a_failover_sees_every_acknowledged_write()
    {
        var leader = await StartWithTable();
        await leader.CommitAsync("UPDATE t SET v = 2");

        await leader.CrashAsync();
        var next = await AwaitLeader(Except(leader.Role));

        Assert.Equal("2", await LinearizableAsync(next));
        await next.CommitAsync("UPDATE t SET v = 3");
        Assert.Equal("3", await LinearizableAsync(next));
    }

    [Fact]
    public async Task Woken_leader_serves_nothing_stale()
    {
        var old = await StartWithTable();

        await old.PauseAsync();
        var next = await AwaitLeader(Except(old.Role));
        await next.CommitAsync("UPDATE t SET v = 2");
        var read = old.QueryAsync("SELECT v FROM t", ReadLevel.Linearizable);
        old.Resume();

        Assert.NotEqual("1", (await read)?[0][0]);
        await AwaitSameContents(all);
    }

    [Fact]
    public async Task Cut_off_leader_admits_no_linearizable_read()
    {
        var old = await StartWithTable();

        TestConductor.Isolate(old.Role);
        var next = await AwaitLeader(Except(old.Role));
        await next.CommitAsync("UPDATE t SET v = 2");

        Assert.Null(await old.QueryAsync("SELECT v FROM t", ReadLevel.Linearizable));
    }

    [Fact]
    public async Task Session_read_on_a_follower_waits_for_the_sessions_own_write()
    {
        var leader = await StartWithTable();
        var follower = this[Except(leader.Role)[0]];
        TestConductor.Throttle(leader.Role, follower.Role, Direction.Send, delayMs: 100, bytesPerSecond: 0);

        var position = (await leader.CommitAsync("UPDATE t SET v = 2")).Position;

        Assert.Equal("2", (await follower.QueryAsync("SELECT v FROM t", ReadLevel.Session, position.Index))?[0][0]);
    }

    private static async Task<string?> LinearizableAsync(SpecNode node) => (await node.QueryAsync("SELECT v FROM t", ReadLevel.Linearizable))?[0][0];

    private async Task<SpecNode> StartWithTable()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER)", "INSERT INTO t VALUES (1, 1)");
        await AwaitSameContents(all);
        return leader;
    }
}

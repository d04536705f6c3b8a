using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

public sealed class CrashSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public CrashSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Crashed_follower_rejoins_and_catches_up()
    {
        var leader = await StartWithTable();
        var follower = this[Except(leader.Role)[0]];

        await follower.CrashAsync();
        await leader.CommitAsync("INSERT INTO t VALUES (2, 'without it')");
        await follower.StartAsync();

        await AwaitSameContents(all);
        Assert.Equal("1,2", await follower.ValueAsync("SELECT group_concat(id) FROM t"));
    }

    [Fact]
    public async Task Crashed_leader_is_replaced_and_every_acknowledged_write_is_there()
    {
        var leader = await StartWithTable();
        await leader.CommitAsync(WriteLoad.CreateTable);
        var load = new WriteLoad(8, Serving);
        await AwaitCondition("writes on the first leader", () => load.Acknowledged > 200);

        await leader.CrashAsync();
        var next = await AwaitLeader(Except(leader.Role));
        var before = load.Acknowledged;
        await AwaitCondition("writes on the next leader", () => load.Acknowledged > before + 200);
        await leader.StartAsync();
        await load.StopAsync();

        await AwaitSameContents(all);
        await load.AssertHeldBy(leader);
        Assert.True(next.Serves);
    }

    [Fact]
    public async Task All_crash_and_come_back_with_every_acknowledged_write()
    {
        var leader = await StartWithTable();
        await leader.CommitAsync(WriteLoad.CreateTable);
        var load = new WriteLoad(8, Serving);
        await AwaitCondition("writes", () => load.Acknowledged > 200);

        await Task.WhenAll(all.Select(r => this[r].CrashAsync()));
        await load.StopAsync();
        var next = await StartWithLeader(all);
        await next.CommitAsync("INSERT INTO t VALUES (2, 'after')");
        await AwaitSameContents(all);
        await load.AssertHeldBy(next);
    }

    [Fact]
    public async Task Stopped_leader_hands_over_first()
    {
        var leader = await StartWithTable();
        var term = leader.Status.Term;

        await leader.StopAsync();

        var next = Except(leader.Role).Select(r => this[r]).Single(n => n.Status is { Role: Core.Role.Leader });
        Assert.Equal(term.Next, next.Status.Term);
        await AwaitLeader(Except(leader.Role));
        await next.CommitAsync("INSERT INTO t VALUES (2, 'after')");
        await leader.StartAsync();
        await AwaitSameContents(all);
    }

    private async Task<SpecNode> StartWithTable()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'all')");
        return leader;
    }
}

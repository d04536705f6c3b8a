using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

public sealed class HandoverSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public HandoverSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Leadership_moves_under_load_and_no_acknowledged_write_is_lost()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync(WriteLoad.CreateTable);
        var load = new WriteLoad(8, Serving);

        foreach (var target in (RoleName[])[all[1], all[2], all[0]])
        {
            var before = load.Acknowledged;
            await AwaitCondition("writes before the handover", () => load.Acknowledged > before + 50);
            var result = await Serving()!.Node.TransferLeadershipAsync(target.Id, CancellationToken.None);
            Assert.True(result.Succeeded, $"{result.Reason} {result.Message}");
            await AwaitCondition($"{target} serving", () => this[target].Serves);
        }

        var last = load.Acknowledged;
        await AwaitCondition("writes after the last handover", () => load.Acknowledged > last + 50);
        await load.StopAsync();
        await AwaitSameContents(all);
        await load.AssertHeldBy(this[all[1]]);
    }

    [Fact]
    public async Task Follower_forwards_the_request_to_the_leader()
    {
        var leader = await StartWithLeader(all);
        var target = Except(leader.Role)[0];

        var result = await this[Except(leader.Role)[1]].Node.TransferLeadershipAsync(target.Id, CancellationToken.None);

        Assert.True(result.Succeeded, $"{result.Reason} {result.Message}");
        Assert.Equal(target, (await AwaitLeader(all)).Role);
    }

    [Fact]
    public async Task Leader_that_stops_with_all_others_does_not_wait_for_them()
    {
        var leader = await StartWithLeader(all);
        // As to the leader they are when they stop in the same moment: nobody has noticed yet, and nobody answers.
        TestConductor.Isolate(leader.Role);

        await leader.StopAsync();

        Assert.True(leader.Logged("No other voter answers any more"));
    }

    [Fact]
    public async Task Handover_to_a_node_that_is_down_ends_in_time_and_the_leader_goes_on()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        var down = this[Except(leader.Role)[0]];
        await down.CrashAsync();

        var result = await leader.Node.TransferLeadershipAsync(down.Role.Id, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.False(result.Succeeded);
        await leader.CommitAsync("INSERT INTO t VALUES (1)");
    }
}

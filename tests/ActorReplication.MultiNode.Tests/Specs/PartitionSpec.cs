using ActorReplication.Cluster.Writes;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

public sealed class PartitionSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public PartitionSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Cut_off_leader_refuses_while_the_majority_writes_and_all_converge_after_healing()
    {
        var old = await StartWithTable();
        var majority = Except(old.Role);

        TestConductor.Isolate(old.Role);
        var leader = await AwaitLeader(majority);
        await leader.CommitAsync("INSERT INTO t VALUES (2, 'majority')");
        await AwaitCondition("the old leader stepping down", () => !old.Serves);
        Assert.NotEqual(WriteStatus.Committed, (await old.WriteAsync("INSERT INTO t VALUES (3, 'minority')")).Status);

        TestConductor.Rejoin(old.Role);
        await AwaitSameContents(all);
        RunOn(async node => Assert.Equal("1,2", await node.ValueAsync("SELECT group_concat(id) FROM t")), all);
        await EnterBarrier("converged");
    }

    [Fact]
    public async Task Write_under_way_when_the_leader_is_cut_off_has_an_unknown_outcome()
    {
        var old = await StartWithTable();

        TestConductor.Isolate(old.Role);
        var write = old.WriteAsync("INSERT INTO t VALUES (2, 'lost')");

        Assert.Equal(WriteStatus.OutcomeUnknown, (await write.WaitAsync(TimeSpan.FromSeconds(10))).Status);
        Assert.Equal("1", await old.ValueAsync("SELECT group_concat(id) FROM t"));
    }

    /// <summary>The first that the old leader hears of the next one is a message with a commit index: of the term lost and the commit, both in one step, the gate has to
    /// hear in this order.</summary>
    [Fact]
    public async Task Commit_that_the_next_leader_tells_is_not_taken_for_ones_own()
    {
        var old = await StartWithTable();
        var others = Except(old.Role);

        foreach (var other in others)
            TestConductor.Blackhole(old.Role, other, Direction.Receive);
        var before = old.Progress.Last;
        var write = old.WriteAsync("INSERT INTO t VALUES (2, 'kept')");
        await AwaitCondition("the write on the others' disks", () => others.All(o => this[o].Status.Durable > before));
        TestConductor.Isolate(old.Role);
        await this[others[0]].Node.CampaignAsync(CancellationToken.None);
        await AwaitCondition("another leader", () => this[others[0]].Serves);
        // Their answers, and the request for a vote, are lost.
        foreach (var other in others)
            TestConductor.Disconnect(old.Role, other);
        TestConductor.Rejoin(old.Role);

        Assert.Equal(WriteStatus.OutcomeUnknown, (await write.WaitAsync(TimeSpan.FromSeconds(10))).Status);
        await AwaitSameContents(all);
        Assert.Equal("1,2", await old.ValueAsync("SELECT group_concat(id) FROM t"));
    }

    [Theory]
    [InlineData(Direction.Receive)]
    [InlineData(Direction.Send)]
    public async Task Leader_cut_off_in_one_direction_is_replaced_and_steps_down(Direction direction)
    {
        var old = await StartWithTable();

        foreach (var other in Except(old.Role))
            TestConductor.Blackhole(old.Role, other, direction);
        var leader = await AwaitLeader(Except(old.Role));

        await leader.CommitAsync("INSERT INTO t VALUES (2, 'majority')");
        await AwaitCondition("the old leader stepping down", () => !old.Serves);
        TestConductor.Rejoin(old.Role);
        await AwaitSameContents(all);
    }

    [Fact]
    public async Task Cut_off_follower_raises_no_term_and_catches_up()
    {
        var leader = await StartWithTable();
        var term = leader.Status.Term;
        var cutOff = this[Except(leader.Role)[0]];

        TestConductor.Isolate(cutOff.Role);
        await AwaitCondition("the follower asking for votes in vain", () => cutOff.Status.Leader is null);
        await leader.CommitAsync("INSERT INTO t VALUES (2, 'without it')");
        TestConductor.Rejoin(cutOff.Role);

        await AwaitSameContents(all);
        Assert.Equal(term, leader.Status.Term);
        Assert.True(leader.Serves);
    }

    [Fact]
    public async Task Reset_connections_come_back_and_nothing_is_lost()
    {
        var leader = await StartWithTable();
        await leader.CommitAsync(WriteLoad.CreateTable);
        var load = new WriteLoad(4, Serving);

        for (var round = 1; round <= 3; round++)
        {
            foreach (var other in Except(leader.Role))
                TestConductor.Disconnect(leader.Role, other);
            var before = load.Acknowledged;
            await AwaitCondition($"writes after reset {round}", () => load.Acknowledged > before + 50);
        }

        await load.StopAsync();
        await AwaitSameContents(all);
        await load.AssertHeldBy(this[all[0]]);
    }

    [Fact]
    public async Task Slow_follower_does_not_hold_up_the_quorum()
    {
        var leader = await StartWithTable();
        var slow = Except(leader.Role)[0];
        TestConductor.Throttle(slow, leader.Role, Direction.Both, delayMs: 300, bytesPerSecond: 0);

        for (var id = 2; id <= 6; id++)
            await leader.CommitAsync($"INSERT INTO t VALUES ({id}, 'x')");

        Assert.True(this[slow].Progress.Applied < leader.Progress.Applied, "The slow follower has applied what the leader has: nothing was slow.");
        TestConductor.PassThrough(slow, leader.Role);
        await AwaitSameContents(all);
    }

    private async Task<SpecNode> StartWithTable()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'all')");
        await AwaitSameContents(all);
        return leader;
    }
}

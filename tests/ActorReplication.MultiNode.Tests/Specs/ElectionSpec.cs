using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

public sealed class ElectionSpec : ReplicationSpec
{
    private readonly RoleName first;
    private readonly RoleName second;
    private readonly RoleName third;

    public ElectionSpec(ITestOutputHelper output)
        : base(output)
    {
        first = Role("first");
        second = Role("second");
        third = Role("third");
    }

    [Fact]
    public async Task A_leader_is_elected_and_writes_replicate()
    {
        await StartAsync(first, second, third);
        var leader = await AwaitLeader(first, second, third);

        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, amount REAL, body BLOB)");
        await leader.CommitAsync("INSERT INTO t VALUES (1, 'one', 1.5, x'00ff'), (2, NULL, NULL, NULL)", "UPDATE t SET name = 'two' WHERE id = 2");
        await leader.CommitAsync("DELETE FROM t WHERE id = 1");

        await AwaitSameContents(first, second, third);
        RunOn(async node => Assert.Equal("2", await node.ValueAsync("SELECT group_concat(id) FROM t WHERE name = 'two'")), first, second, third);
        await EnterBarrier("read everywhere");
    }

    [Fact]
    public async Task Followers_refuse_writes()
    {
        var leader = await StartWithLeader(first, second, third);

        RunOn(
            async node => Assert.Equal(WriteStatus.NotLeader, (await node.WriteAsync("CREATE TABLE t (id INTEGER)")).Status),
            [.. Except(leader.Role)]);
        await EnterBarrier("refused");
    }

    [Fact]
    public async Task Two_of_three_elect_without_the_third()
    {
        await StartAsync(first, second);

        var leader = await AwaitLeader(first, second);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await StartAsync(third);

        await AwaitSameContents(first, second, third);
        Assert.Equal(leader.Role.Id, this[third].Status.Leader);
    }

    [Fact]
    public async Task One_of_three_leads_nobody()
    {
        await StartAsync(first);

        await AwaitCondition("an election that goes unanswered", () => this[first].Node.Elections.Any(e => e.Event == ElectionEvent.PreVoteStarted));

        Assert.False(this[first].Serves);
        Assert.Equal(Term.Zero, this[first].Status.Term);
        Assert.Equal(WriteStatus.NotLeader, (await this[first].WriteAsync("CREATE TABLE t (id INTEGER)")).Status);
    }
}

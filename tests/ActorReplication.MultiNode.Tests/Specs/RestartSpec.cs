using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>An actor system that ends is started again by its node; the process stays.</summary>
public sealed class RestartSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public RestartSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Follower_whose_actor_system_ended_starts_it_again_and_catches_up()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        var follower = this[Except(leader.Role)[0]];
        var ended = follower.Node.System!;

        await ended.Terminate();
        await leader.CommitAsync("INSERT INTO t VALUES (1)");

        await AwaitCondition("another actor system", () => follower.Node.System is { } system && system != ended);
        await AwaitSameContents(all);
    }

    [Fact]
    public async Task Leader_whose_actor_system_ended_follows_the_next_one()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        var ended = leader.Node.System!;

        await ended.Terminate();
        await AwaitCondition("another actor system", () => leader.Node.System is { } system && system != ended);
        var next = await AwaitLeader(all);
        await next.CommitAsync("INSERT INTO t VALUES (1)");

        await AwaitSameContents(all);
    }
}

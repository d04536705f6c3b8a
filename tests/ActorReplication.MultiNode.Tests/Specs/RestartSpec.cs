using ActorReplication.Cluster.Replica;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using Akka.Actor;
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
    public async Task Replica_that_fails_says_so_answers_who_waits_and_starts_again_with_its_actor_system()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        var broken = leader.Node.System!;
        var nobody = new NodeId("nobody");
        Assert.True((await leader.Node.ChangeConfigAsync(new ConfigChange.Add(new Member(nobody, MemberKind.Learner)), CancellationToken.None)).Succeeded);
        var waiting = leader.Node.ChangeConfigAsync(new ConfigChange.Promote(nobody), CancellationToken.None);

        // Nothing that a node does sends a copy without its manifest.
        broken.ActorSelection($"/user/{ReplicaActor.Name}").Tell(new ReplicaProtocol.SnapshotReceived("", null!));

        await AwaitCondition("another actor system", () => leader.Node.System is { } system && system != broken);
        Assert.True(leader.Logged("The replica failed"));
        Assert.False((await waiting.WaitAsync(TimeSpan.FromSeconds(5))).Succeeded);
        var next = await AwaitLeader(all);
        await next.CommitAsync("INSERT INTO t VALUES (1)");
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

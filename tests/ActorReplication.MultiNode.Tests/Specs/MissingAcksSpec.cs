using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

public sealed class MissingAcksSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public MissingAcksSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Sync_that_may_degrade_goes_on_without_a_dead_follower_loses_nothing_in_a_failover_and_waits_for_all_again_when_all_are_back()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync(WriteLoad.CreateTable);
        var load = new WriteLoad(4, Serving);
        var dead = this[Except(leader.Role)[0]];
        await dead.CrashAsync();
        await AwaitCondition("fewer copies, and saying so", () => leader.Status.IsDegraded && leader.Status.LastProblem?.Contains("on-missing-acks", StringComparison.Ordinal) == true);
        var sofar = load.Acknowledged;
        await AwaitCondition("writes", () => load.Acknowledged > sofar + 50);

        await leader.CrashAsync();
        await dead.StartAsync();
        var next = await AwaitLeader(Except(leader.Role));
        await leader.StartAsync();
        await AwaitCondition("all copies again", () => Serving() is { Status.IsDegraded: false } && load.Acknowledged > sofar + 100);
        await load.StopAsync();
        await AwaitSameContents(all);
        await load.AssertHeldBy(next);
    }

    protected override DurabilityPolicy Policy => DurabilityPolicy.Sync with { DegradeAfterMs = 500 };
}

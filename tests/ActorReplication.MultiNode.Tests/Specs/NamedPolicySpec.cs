using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

public sealed class NamedPolicySpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public NamedPolicySpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third"), Role("fourth")];

    [Fact]
    public async Task Next_of_the_named_takes_the_place_of_one_that_dies_and_gives_it_back_and_no_acknowledged_write_is_lost()
    {
        var leader = await StartWithLeader(all);
        Assert.Equal(all[0], leader.Role);
        await leader.CommitAsync(WriteLoad.CreateTable);
        await AwaitCondition("second acknowledging, third ready to", () => Syncs(leader) == "fourth:Async second:Sync third:Potential");
        var load = new WriteLoad(4, Serving);
        await AwaitCondition("writes", () => load.Acknowledged > 50);

        await this[all[1]].CrashAsync();
        await AwaitCondition("third in second's place", () => Syncs(leader) == "fourth:Async second:Potential third:Sync");
        var sofar = load.Acknowledged;
        await AwaitCondition("more writes", () => load.Acknowledged > sofar + 50);
        await this[all[1]].StartAsync();
        await AwaitCondition("second in its place again", () => Syncs(leader) == "fourth:Async second:Sync third:Potential");
        sofar = load.Acknowledged;
        await AwaitCondition("still more writes", () => load.Acknowledged > sofar + 50);

        await leader.CrashAsync();
        var next = await AwaitLeader(Except(leader.Role));
        await AwaitCondition("writes under the next leader", () => next.Serves && load.Acknowledged > sofar + 100);
        await load.StopAsync();
        await AwaitSameContents(Except(leader.Role));
        await load.AssertHeldBy(next);
    }

    protected override DurabilityPolicy Policy => DurabilityPolicy.FirstOf(1, new NodeId("second"), new NodeId("third"), new NodeId("first"));

    private static string Syncs(SpecNode leader) => string.Join(" ", leader.Status.Peers.OrderBy(p => p.Id.Name, StringComparer.Ordinal).Select(p => $"{p.Id}:{p.Sync}"));
}

using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

public sealed class DelayedReplicaSpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public DelayedReplicaSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Delayed_follower_holds_what_it_does_not_show_over_a_failover_shows_it_when_told_to_and_leads_only_to_hand_on()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync(WriteLoad.CreateTable);
        await AwaitSameContents(all);
        var others = Except(leader.Role);
        var (delayed, third) = (this[others[0]], this[others[1]]);
        await Tag(leader, delayed.Role, m => m with { ApplyDelayMs = 3_600_000 });
        await AwaitCondition("the delay known", () => delayed.Status.Config!.Members[delayed.Role.Id].ApplyDelayMs > 0);
        var load = new WriteLoad(4, Serving);
        await AwaitCondition("writes", () => load.Acknowledged > 50);
        await leader.StopAsync();
        await AwaitCondition("the other one leading", () => third.Serves);
        var sofar = load.Acknowledged;
        await AwaitCondition("more writes", () => load.Acknowledged > sofar + 50);
        await load.StopAsync();
        await AwaitCondition("all of it in the delayed one's log", () => delayed.Progress.Last == third.Progress.Last);
        Assert.Equal("0", await delayed.ValueAsync("SELECT count(*) FROM load"));
        Assert.True(third.Status.Peers.Single(p => p.Id == delayed.Role.Id).Applied < third.Progress.Applied);

        await Tag(third, delayed.Role, m => m with { ApplyDelayMs = 0 });
        await AwaitSameContents([delayed.Role, third.Role]);
        await load.AssertHeldBy(delayed);
    }

    [Fact]
    public async Task Delayed_follower_shows_what_is_old_enough()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await AwaitSameContents(all);
        var delayed = this[Except(leader.Role)[0]];
        await Tag(leader, delayed.Role, m => m with { ApplyDelayMs = 700 });
        await AwaitCondition("the delay known", () => delayed.Status.Config!.Members[delayed.Role.Id].ApplyDelayMs > 0);

        var written = Environment.TickCount64;
        await leader.CommitAsync("INSERT INTO t VALUES (1)");
        await AwaitCondition("the row shown", async () => await delayed.ValueAsync("SELECT count(*) FROM t") == "1");

        Assert.True(Environment.TickCount64 - written >= 650);
    }

    private static async Task Tag(SpecNode node, RoleName role, Func<Member, Member> tag)
    {
        var result = await node.Node.ChangeConfigAsync(new ConfigChange.Retag(tag(node.Status.Config!.Members[role.Id])), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(result.Succeeded, $"{result.Reason} {result.Message}");
    }
}

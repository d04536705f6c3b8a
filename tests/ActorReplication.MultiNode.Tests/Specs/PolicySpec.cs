using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

public sealed class PolicySpec : ReplicationSpec
{
    private readonly RoleName[] all;

    public PolicySpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    [Fact]
    public async Task Policy_changed_on_a_follower_holds_everywhere()
    {
        var leader = await StartWithLeader(all);

        var result = await this[Except(leader.Role)[0]].Node.ChangeConfigAsync(new ConfigChange.SetPolicy(DurabilityPolicy.Sync), CancellationToken.None);

        Assert.True(result.Succeeded, result.Message);
        await AwaitCondition("the new policy alone on every node", () => all.All(r => this[r].Status.Config is { Policy.Kind: PolicyKind.Sync, JointWith: null }));
    }

    [Fact]
    public async Task Under_sync_a_cut_off_follower_stops_writes_and_its_return_lets_them_through()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await SetPolicy(leader, DurabilityPolicy.Sync);
        var cutOff = Except(leader.Role)[0];

        TestConductor.Isolate(cutOff);
        var durable = leader.Progress.Last;
        var write = leader.WriteAsync("INSERT INTO t VALUES (1)");
        await AwaitCondition("the write held by the other follower", () => this[Except(leader.Role, cutOff)[0]].Status.Durable > durable);
        Assert.False(write.IsCompleted);
        TestConductor.Rejoin(cutOff);

        Assert.Equal(Cluster.Writes.WriteStatus.Committed, (await write.WaitAsync(TimeSpan.FromSeconds(10))).Status);
        await AwaitSameContents(all);
    }

    [Fact]
    public async Task Change_that_the_old_policy_does_not_allow_to_commit_is_joint_until_it_does()
    {
        var leader = await StartWithLeader(all);
        await SetPolicy(leader, DurabilityPolicy.Sync);
        var cutOff = Except(leader.Role)[0];

        TestConductor.Isolate(cutOff);
        var change = leader.Node.ChangeConfigAsync(new ConfigChange.SetPolicy(DurabilityPolicy.SemiSync), CancellationToken.None);
        await AwaitCondition("both policies in force", () => leader.Status.Config is { Policy.Kind: PolicyKind.SemiSync, JointWith.Kind: PolicyKind.Sync });
        TestConductor.Rejoin(cutOff);

        Assert.True((await change.WaitAsync(TimeSpan.FromSeconds(10))).Succeeded);
        await AwaitCondition("the new policy alone on every node", () => all.All(r => this[r].Status.Config is { Policy.Kind: PolicyKind.SemiSync, JointWith: null }));
    }

    [Fact]
    public async Task Named_follower_is_waited_for_and_the_other_is_not()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        var (named, other) = (Except(leader.Role)[0], Except(leader.Role)[1]);
        await SetPolicy(leader, DurabilityPolicy.AnyOf(1, named.Id));

        TestConductor.Isolate(other);
        await leader.CommitAsync("INSERT INTO t VALUES (1)");
        TestConductor.Rejoin(other);
        await AwaitSameContents(all);
        TestConductor.Isolate(named);
        var before = leader.Progress.Last;
        var write = leader.WriteAsync("INSERT INTO t VALUES (2)");
        await AwaitCondition("the write held by the follower that does not count", () => this[other].Status.Durable > before);
        Assert.False(write.IsCompleted);
        TestConductor.Rejoin(named);

        Assert.Equal(Cluster.Writes.WriteStatus.Committed, (await write.WaitAsync(TimeSpan.FromSeconds(10))).Status);
    }

    private async Task SetPolicy(SpecNode leader, DurabilityPolicy policy)
    {
        var result = await leader.Node.ChangeConfigAsync(new ConfigChange.SetPolicy(policy), CancellationToken.None);
        Assert.True(result.Succeeded, result.Message);
        await AwaitCondition("the policy alone on every node", () => all.All(r => this[r].Status.Config is { JointWith: null } config && config.Policy.Kind == policy.Kind));
    }
}

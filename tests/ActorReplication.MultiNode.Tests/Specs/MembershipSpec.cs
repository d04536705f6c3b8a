using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

public sealed class MembershipSpec : ReplicationSpec
{
    private readonly RoleName[] voters;
    private readonly RoleName fourth;

    public MembershipSpec(ITestOutputHelper output)
        : base(output)
    {
        voters = [Role("first"), Role("second"), Role("third")];
        fourth = Outsider("fourth");
    }

    [Fact]
    public async Task Added_learner_catches_up_and_is_promoted()
    {
        var leader = await StartWithLeader(voters);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)");
        await StartAsync(fourth);

        await Change(leader, new ConfigChange.Add(Learner()));
        await AwaitSameContents([.. voters, fourth]);
        Assert.Equal(MemberKind.Learner, this[fourth].Status.Config!.Members[fourth.Id].Kind);
        await Change(leader, new ConfigChange.Promote(fourth.Id));

        await AwaitCondition("four voters on every node", () => voters.Append(fourth).All(r => this[r].Status.Config!.Members.Values.Count(m => m.Kind == MemberKind.Voter) == 4));
        await leader.CommitAsync("INSERT INTO t VALUES (2)");
        await AwaitSameContents([.. voters, fourth]);
    }

    [Fact]
    public async Task Promotion_waits_until_the_learner_has_caught_up()
    {
        var leader = await StartWithLeader(voters);
        await Change(leader, new ConfigChange.Add(Learner()));

        var promotion = Change(leader, new ConfigChange.Promote(fourth.Id));
        await Change(this[Except(leader.Role)[0]], new ConfigChange.Retag(Learner() with { FailoverPriority = 50 }));
        Assert.False(promotion.IsCompleted, $"{promotion.Exception}");
        await StartAsync(fourth);
        await promotion;

        Assert.Equal(MemberKind.Voter, leader.Status.Config!.Members[fourth.Id].Kind);
    }

    [Fact]
    public async Task Change_asked_for_before_there_is_a_leader_is_made_by_the_one_that_comes()
    {
        await StartAsync(voters[0]);
        var changes = new[] { DurabilityPolicy.Sync, DurabilityPolicy.SemiSync }
            .Select(policy => this[voters[0]].Node.ChangeConfigAsync(new ConfigChange.SetPolicy(policy), CancellationToken.None)).ToList();
        await StartAsync(voters[1], voters[2]);

        var results = await Task.WhenAll(changes).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.All(results, r => Assert.True(r.Succeeded, $"{r.Reason} {r.Message}"));
    }

    [Fact]
    public async Task Setting_that_was_worked_out_from_others_changes_on_the_leader_asked_only_and_only_while_they_are_so()
    {
        var leader = await StartWithLeader(voters);
        var follower = this[Except(leader.Role)[0]];
        var nothing = new SettingsBasis(["role."], ClusterConfig.NoSettings);
        Assert.Equal(RefusalReason.NotLeader, (await Set(follower, "role.eve", "from elsewhere", nothing))!.Value.Reason);
        Assert.True((await Set(leader, "role.eve", "writer", nothing))!.Value.Succeeded);
        Assert.Null(await Set(leader, "role.eve", "admin", nothing));
        Assert.Null(await Set(leader, "role.bob", "admin", nothing));

        var known = new SettingsBasis(["role."], ClusterConfig.NoSettings.Add("role.eve", "writer"));
        await Change(leader, new ConfigChange.SetSetting("replication.method", "mixed"));
        Assert.True((await Set(leader, "role.eve", null, known))!.Value.Succeeded);
        await AwaitCondition("the last change on every node", () => voters.All(r => this[r].Status.Config!.Settings.Keys.SequenceEqual(["replication.method"])));
    }

    [Fact]
    public async Task Outsider_disturbs_nobody()
    {
        var leader = await StartWithLeader(voters);
        var term = leader.Status.Term;

        await StartAsync(fourth);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await AwaitSameContents(voters);

        Assert.Equal(term, leader.Status.Term);
        Assert.Null(this[fourth].Status.Leader);
    }

    [Fact]
    public async Task Removed_leader_gives_way_and_disturbs_nobody()
    {
        var leader = await StartWithLeader(voters);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");

        await Change(leader, new ConfigChange.Remove(leader.Role.Id));
        var next = await AwaitLeader(Except(leader.Role));
        var term = next.Status.Term;
        await AwaitCondition("the removed node serving no more", () => !leader.Serves);
        await next.CommitAsync("INSERT INTO t VALUES (1)");
        await AwaitSameContents(Except(leader.Role));

        Assert.False(next.Status.Config!.Members.ContainsKey(leader.Role.Id));
        Assert.Equal(term, next.Status.Term);
    }

    [Fact]
    public async Task Node_that_lost_its_data_is_refused_until_it_is_removed_and_added_again()
    {
        var leader = await StartWithLeader(voters);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)");
        await AwaitSameContents(voters);
        var emptied = this[Except(leader.Role)[0]];
        await emptied.CrashAsync();
        Directory.Delete(emptied.Folder, recursive: true);

        await emptied.StartAsync();
        await AwaitCondition("the leader refusing the unknown incarnation", () => leader.Status.LastProblem?.Contains("another data folder", StringComparison.Ordinal) == true);
        Assert.Equal(0, emptied.Progress.Last.Value);
        await Change(leader, new ConfigChange.Remove(emptied.Role.Id));
        await Change(leader, new ConfigChange.Add(new Member(emptied.Role.Id, MemberKind.Learner, Address: $"{emptied.Address.Host}:{emptied.Address.Port}")));

        await AwaitSameContents(voters);
    }

    [Fact]
    public async Task New_address_of_a_member_takes_effect_at_once()
    {
        var leader = await StartWithLeader(voters);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await AwaitSameContents(voters);
        var moved = Except(leader.Role)[0];
        var member = leader.Status.Config!.Members[moved.Id];

        await Change(leader, new ConfigChange.Retag(member with { Address = "127.0.0.1:1" }));
        await AwaitCondition("the leader speaking to another address", () => leader.Status.Peers.Single(p => p.Id == moved.Id).LastHeardMs > 500);
        await Change(leader, new ConfigChange.Retag(member));

        await leader.CommitAsync("INSERT INTO t VALUES (1)");
        await AwaitSameContents(voters);
    }

    private Member Learner() => new(fourth.Id, MemberKind.Learner, Address: $"{this[fourth].Address.Host}:{this[fourth].Address.Port}");

    private static Task<ControlResult?> Set(SpecNode node, string name, string? value, SettingsBasis basis) =>
        node.Node.ChangeSettingAsync(new ConfigChange.SetSetting(name, value), basis, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));

    private static async Task Change(SpecNode node, ConfigChange change)
    {
        var result = await node.Node.ChangeConfigAsync(change, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(result.Succeeded, $"{change}: {result.Reason} {result.Message}");
    }
}

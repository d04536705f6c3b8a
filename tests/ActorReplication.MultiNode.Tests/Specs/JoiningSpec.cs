using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>Nodes that come new, come back empty, or get their copy anew.</summary>
public sealed class JoiningSpec : ReplicationSpec
{
    private readonly RoleName[] voters;
    private readonly RoleName fourth;

    public JoiningSpec(ITestOutputHelper output)
        : base(output)
    {
        voters = [Role("first"), Role("second"), Role("third")];
        fourth = Outsider("fourth");
    }

    [Fact]
    public async Task Node_that_knows_only_one_address_waits_is_added_and_becomes_a_voter_although_the_leader_dies_meanwhile()
    {
        var leader = await StartWithLeader(voters);
        await leader.CommitAsync(WriteLoad.CreateTable);
        await StartAsync(fourth);
        await AwaitCondition("the new node saying what to do", () => this[fourth].Status.LastProblem?.Contains("member add fourth --address 127.0.0.1:", StringComparison.Ordinal) == true);
        await AwaitCondition("a member knowing who waits", () => leader.Status.Waiting.Any(w => w.Name == fourth.Id) || this[voters[0]].Status.Waiting.Any(w => w.Name == fourth.Id));
        var load = new WriteLoad(4, Serving);

        await Change(leader, new ConfigChange.Add(Joining(fourth)));
        await leader.CrashAsync();
        var next = await AwaitLeader(Except(leader.Role, fourth));
        await AwaitCondition("the new node a voter", () => next.Status.Config!.Members.GetValueOrDefault(fourth.Id)?.Kind == MemberKind.Voter);
        var sofar = load.Acknowledged;
        await AwaitCondition("more written", () => load.Acknowledged > sofar + 50);
        await load.StopAsync();

        await AwaitSameContents(Except(leader.Role));
        await load.AssertHeldBy(this[fourth]);
        await AwaitCondition("no problem left", () => this[fourth].Status.LastProblem is null);
    }

    [Fact]
    public async Task Emptied_member_is_refused_by_all_says_so_and_comes_back_as_a_new_node_whoever_leads()
    {
        var leader = await StartWithLeader(voters);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)");
        await AwaitCondition("every node knowing every data folder", () => voters.All(v => this[v].Status.Config?.Members.Values.All(m => m.Incarnation != Guid.Empty) == true));
        var others = Except(leader.Role);
        var (emptied, witness) = (this[others[0]], this[others[1]]);
        var before = emptied.Status.Incarnation;
        await emptied.CrashAsync();
        Directory.Delete(emptied.Folder, recursive: true);
        await emptied.StartAsync();
        await AwaitCondition("the emptied node saying what to do", () => emptied.Status.LastProblem?.Contains("member reinit", StringComparison.Ordinal) == true);
        // It hears the leader, and has nothing: whoever read here would be told that there is no such table.
        await AwaitCondition("the emptied node hearing of the leader", () => emptied.Status.Leader is not null);
        Assert.False(emptied.Status.Serving);
        await emptied.Node.CampaignAsync(CancellationToken.None);
        await AwaitCondition("one that never heard from it refusing it too", () => witness.Status.LastProblem?.Contains("another data folder", StringComparison.Ordinal) == true);

        await Change(leader, new ConfigChange.Remove(emptied.Role.Id));
        var added = await leader.Node.ChangeConfigAsync(new ConfigChange.Add(Joining(emptied.Role)), CancellationToken.None);
        // It has stood for election, in a term of its own: its first answer makes the leader enter that term too, perhaps before this is committed.
        Assert.True(added.Succeeded || added.Reason == RefusalReason.LeadershipLost, added.Message);
        await AwaitCondition("a voter again, and known", () => witness.Status.Config!.Members.GetValueOrDefault(emptied.Role.Id) is { Kind: MemberKind.Voter } m && m.Incarnation == emptied.Status.Incarnation && m.Incarnation != before);
        await AwaitLeader(voters);
        if (!witness.Serves)
            await Transfer(Serving()!, witness.Role);
        await witness.CommitAsync("INSERT INTO t VALUES (2)");

        await AwaitSameContents(voters);
        Assert.Equal("2", await emptied.ValueAsync("SELECT count(*) FROM t"));
        await AwaitCondition("all serving", () => voters.All(v => this[v].Status.Serving));
    }

    [Fact]
    public async Task Follower_whose_database_alone_is_lost_has_it_again_from_its_log_or_a_copy_and_keeps_its_term()
    {
        var leader = await StartWithLeader(voters);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)");
        await AwaitSameContents(voters);
        var follower = this[Except(leader.Role)[0]];
        var (incarnation, term) = (follower.Status.Incarnation, follower.Status.Term);
        await follower.CrashAsync();
        Directory.Delete(Path.Combine(follower.Folder, "db"), recursive: true);

        await follower.StartAsync();
        await leader.CommitAsync("INSERT INTO t VALUES (2)");
        await AwaitSameContents(voters);
        Assert.Equal((incarnation, term), (follower.Status.Incarnation, follower.Status.Term));
    }

    [Fact]
    public async Task Follower_throws_its_database_away_under_load_and_keeps_who_it_is()
    {
        var leader = await StartWithLeader(voters);
        await leader.CommitAsync(WriteLoad.CreateTable);
        await AwaitSameContents(voters);
        var load = new WriteLoad(4, Serving);
        var follower = this[Except(leader.Role)[0]];
        var (incarnation, term) = (follower.Status.Incarnation, follower.Status.Term);

        Assert.Equal(RefusalReason.Invalid, (await leader.Node.ReinitAsync(CancellationToken.None)).Reason);
        var begun = await follower.Node.ReinitAsync(CancellationToken.None);
        Assert.True(begun.Succeeded, begun.Message);
        await AwaitCondition("the copy in place", () => follower.Logged("Cloned from the leader"));
        // The same, waited for to its end.
        Assert.Contains("this node leads", await leader.Node.CloneAsync(CancellationToken.None), StringComparison.Ordinal);
        var clone = follower.Node.CloneAsync(CancellationToken.None);
        Assert.False(clone.IsCompleted);
        Assert.Null(await clone.WaitAsync(TimeSpan.FromSeconds(20)));
        await load.StopAsync();

        await AwaitSameContents(voters);
        await load.AssertHeldBy(follower);
        Assert.Equal((incarnation, term), (follower.Status.Incarnation, follower.Status.Term));
        await Transfer(leader, follower.Role);
    }

    protected override ReplicaNodeOptions Configure(RoleName role, ReplicaNodeOptions options) =>
        role.Name == "fourth" ? options with { IdentifyAfterMs = 0, InitialVoters = [], Contacts = [this[voters[0]].Address] } : options with { IdentifyAfterMs = 0 };

    private Member Joining(RoleName role) => new(role.Id, MemberKind.Learner, Address: $"{this[role].Address.Host}:{this[role].Address.Port}") { IsJoining = true };

    private async Task Transfer(SpecNode from, RoleName to)
    {
        var result = await from.Node.TransferLeadershipAsync(to.Id, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(result.Succeeded, result.Message);
        await AwaitCondition($"{to} serving", () => this[to].Serves);
    }

    private static async Task Change(SpecNode node, ConfigChange change)
    {
        var result = await node.Node.ChangeConfigAsync(change, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(result.Succeeded, $"{change}: {result.Reason} {result.Message}");
    }
}

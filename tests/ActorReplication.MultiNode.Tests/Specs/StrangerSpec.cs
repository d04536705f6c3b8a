using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;
using ActorReplication.MultiNode.Tests.Harness;
using Akka.Actor;
using Xunit.Abstractions;

namespace ActorReplication.MultiNode.Tests.Specs;

/// <summary>Somebody who is no member of the cluster and speaks its protocol.</summary>
public sealed class StrangerSpec : ReplicationSpec
{
    private static readonly Term HugeTerm = new(1_000_000);
    private readonly RoleName[] all;
    private ActorSystem? stranger;

    public StrangerSpec(ITestOutputHelper output)
        : base(output) => all = [Role("first"), Role("second"), Role("third")];

    public override async Task DisposeAsync()
    {
        if (stranger is not null)
            await stranger.Terminate();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Messages_for_another_cluster_are_dropped()
    {
        var leader = await StartWithTable();
        var follower = this[Except(leader.Role)[0]];
        var term = leader.Status.Term;

        Forge(follower, new ClusterId(Guid.NewGuid()), leader.Role.Id, leader.Status.Incarnation);

        await AwaitCondition("the follower's complaint", () => follower.Status.LastProblem?.Contains("speaks for cluster", StringComparison.Ordinal) == true);
        await AssertUndisturbed(leader, term);
    }

    [Fact]
    public async Task Known_name_with_another_incarnation_is_refused()
    {
        var leader = await StartWithTable();
        var follower = this[Except(leader.Role)[0]];
        var term = leader.Status.Term;

        Forge(follower, leader.Status.Cluster, leader.Role.Id, Guid.NewGuid());

        await AwaitCondition("the follower's complaint", () => follower.Status.LastProblem?.Contains("another data folder", StringComparison.Ordinal) == true);
        await AssertUndisturbed(leader, term);
    }

    [Fact]
    public async Task Unknown_name_raises_no_term_and_changes_no_log()
    {
        var leader = await StartWithTable();
        var follower = this[Except(leader.Role)[0]];
        var term = leader.Status.Term;

        Forge(follower, leader.Status.Cluster, new NodeId("mallory"), Guid.NewGuid());
        Forge(leader, leader.Status.Cluster, new NodeId("mallory"), Guid.NewGuid());

        await AwaitCondition("both complaining", () => new[] { leader, follower }.All(n => n.Status.LastProblem?.Contains("not a member", StringComparison.Ordinal) == true));
        await AssertUndisturbed(leader, term);
    }

    [Fact]
    public async Task Message_in_pieces_that_is_of_no_known_version_is_dropped_with_a_complaint()
    {
        var leader = await StartWithTable();
        var follower = this[Except(leader.Role)[0]];
        var (term, system) = (leader.Status.Term, follower.Node.System);

        ReplicaOf(follower).Tell(new PeerFragment(leader.Role.Id, leader.Status.Incarnation, Stream: 1_000, Piece: 0, TotalBytes: 3, new byte[] { 9, 1, 2 }));

        await AwaitCondition("the follower's complaint", () => follower.Status.LastProblem?.Contains("cannot read", StringComparison.Ordinal) == true);
        await AssertUndisturbed(leader, term);
        Assert.Same(system, follower.Node.System);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Request_of_somebody_who_does_not_know_the_cluster_is_refused(bool namesAnother)
    {
        var leader = await StartWithTable();
        var cluster = namesAnother ? Guid.NewGuid() : Guid.Empty;

        var reply = await ReplicaOf(leader).Ask<ControlReply>(
            new ControlRequest(1, "mallory", cluster.ToByteArray(), 1, "", LogCodec.EncodeChange(new ConfigChange.SetPolicy(DurabilityPolicy.Async))), TimeSpan.FromSeconds(10));

        Assert.Equal(RefusalReason.NotLeader, (RefusalReason)reply.Reason);
        Assert.Equal(PolicyKind.Quorum, leader.Status.Config!.Policy.Kind);
    }

    [Fact]
    public async Task Announcement_of_a_stranger_is_answered_with_what_to_do_and_changes_nothing()
    {
        var leader = await StartWithTable();
        var member = Except(leader.Role)[0];
        var cluster = leader.Status.Cluster.Value.ToByteArray();
        Announcement From(string name) => new(name, Guid.NewGuid().ToByteArray(), cluster, "127.0.0.1:1", "127.0.0.1:2");

        ReplicaOf(leader).Tell(From("mal\u001b[2Jlory"));
        var stranger = await ReplicaOf(leader).Ask<AnnouncementReply>(From("mallory"), TimeSpan.FromSeconds(10));
        var emptied = await ReplicaOf(leader).Ask<AnnouncementReply>(From(member.Name), TimeSpan.FromSeconds(10));
        var foreign = await ReplicaOf(leader).Ask<AnnouncementReply>(From("mallory") with { Cluster = Guid.NewGuid().ToByteArray() }, TimeSpan.FromSeconds(10));

        Assert.Contains("member add mallory --address 127.0.0.1:1", stranger.Problem);
        Assert.Contains($"member reinit {member.Name}", emptied.Problem);
        Assert.Contains("belongs to cluster", foreign.Problem);
        await AwaitCondition("who waits", () => leader.Status.Waiting.Count > 0);
        Assert.Equal(["mallory"], leader.Status.Waiting.Select(w => w.Name.Name));
        Assert.All(leader.Status.Config!.Members.Values, m => Assert.NotEqual("127.0.0.1:2", m.Http));
    }

    private ActorSelection ReplicaOf(SpecNode target) =>
        stranger!.ActorSelection(new RootActorPath(new Address("akka.tcp", target.Node.System!.Name, target.Address.Host, target.Address.Port)) / "user" / ReplicaActor.Name);

    private async Task<SpecNode> StartWithTable()
    {
        var leader = await StartWithLeader(all);
        await leader.CommitAsync("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await AwaitSameContents(all);
        stranger = StartStranger("stranger", WireConfig.Hocon);
        return leader;
    }

    /// <summary>A vote request and entries of a term far ahead, then a message that shows that both were read.</summary>
    private void Forge(SpecNode target, ClusterId cluster, NodeId from, Guid incarnation)
    {
        var replica = ReplicaOf(target);
        Message[] messages =
        [
            new Message.RequestVote(HugeTerm, new LogPosition(HugeTerm, new LogIndex(1_000_000)), PreVote: false, Handover: true, Priority: 100),
            new Message.AppendEntries(
                HugeTerm, LogPosition.Zero, [new LogEntry(new LogPosition(HugeTerm, new LogIndex(1)), EntryKind.Barrier, default)], new LogIndex(1), 1, AckReceived: false),
            new Message.TimeoutNow(HugeTerm),
        ];
        foreach (var message in messages)
            replica.Tell(new PeerEnvelope(cluster, GroupId.Default, from, incarnation, target.Role.Id, message));
    }

    private async Task AssertUndisturbed(SpecNode leader, Term term)
    {
        await leader.CommitAsync("INSERT INTO t VALUES (1)");
        await AwaitSameContents(all);
        Assert.All(all, role => Assert.Equal(term, this[role].Status.Term));
        Assert.True(leader.Serves);
    }
}

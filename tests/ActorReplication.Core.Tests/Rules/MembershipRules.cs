using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class MembershipRules
{
    private static readonly NodeId D = new("d");

    [Fact]
    public void A_learner_is_added_catches_up_and_is_promoted()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        cluster.AddNode(D);
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.Add(new Member(D, MemberKind.Learner))));
        cluster.RunUntil(() => cluster["d"].Replica.Applied == cluster["a"].Replica.Last.Index);
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.Promote(D)));
        Assert.Equal(MemberKind.Voter, cluster["d"].Replica.Config!.Members[D].Kind);
    }

    [Fact]
    public void A_learner_that_is_far_behind_is_not_promoted()
    {
        var cluster = new TestCluster("a b c", options: o => o with { PromoteWithinEntries = 3 });
        cluster.Elect("a");
        cluster.Propose("a", "1", "2", "3", "4", "5");
        Change(cluster, new ConfigChange.Add(new Member(D, MemberKind.Learner)));
        Assert.Equal(RefusalReason.NotReady, Change(cluster, new ConfigChange.Promote(D)));
    }

    [Fact]
    public void A_joining_learner_becomes_a_voter_by_itself_once_it_has_caught_up_under_the_next_leader_too()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.Add(new Member(D, MemberKind.Learner) { IsJoining = true })));
        cluster.RunUntil(() => cluster["b"].Replica.Config!.Members.ContainsKey(D));
        cluster["a"].Crash();
        cluster.Elect();
        cluster.AddNode(D);
        cluster.RunUntil(() => cluster.Leader.Replica.Config!.Members[D].Kind == MemberKind.Voter);
        Assert.False(cluster.Leader.Replica.Config!.Members[D].IsJoining);
    }

    [Fact]
    public void A_joining_learner_that_died_after_it_caught_up_is_not_promoted()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        cluster.AddNode(D);
        cluster.Step("a", new Input.ConfigChangeRequested(new RequestId(1), new ConfigChange.Add(new Member(D, MemberKind.Learner) { IsJoining = true })));
        cluster.RunUntil(() => cluster["d"].Replica.Last == cluster["a"].Replica.Last);
        Assert.True(cluster["a"].Replica.Config!.Members[D].IsJoining);
        cluster["d"].Crash();
        cluster.Step("a", new Input.PeerSuspected(D));
        cluster.Run(2_000);
        Assert.Equal(MemberKind.Learner, cluster["a"].Replica.Config!.Members[D].Kind);
    }

    [Fact]
    public void A_member_added_again_is_another_one_to_whoever_remembers_it()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        Change(cluster, new ConfigChange.Add(new Member(D, MemberKind.Learner)));
        var first = cluster["a"].Replica.Config!.Members[D].AddedAt;
        Change(cluster, new ConfigChange.Remove(D));
        Change(cluster, new ConfigChange.Add(new Member(D, MemberKind.Learner)));
        Assert.True(cluster["a"].Replica.Config!.Members[D].AddedAt > first);
        Assert.Equal(LogPosition.Zero, cluster["a"].Replica.Config!.Members[new NodeId("b")].AddedAt);
    }

    [Fact]
    public void An_identity_is_told_once_and_no_tag_takes_it_away()
    {
        var (b, one, other) = (new NodeId("b"), new MemberIdentity(new Guid(1, 0, 0, new byte[8]), "h:1"), new MemberIdentity(new Guid(2, 0, 0, new byte[8]), "h:1"));
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        Assert.Equal(RefusalReason.None, Change(cluster, Identified(b, one)));
        Assert.Equal(RefusalReason.Invalid, Change(cluster, Identified(b, other)));
        Assert.Equal(RefusalReason.Invalid, Change(cluster, Identified(D, one)));
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.Retag(new Member(b, MemberKind.Voter) { Zone = "east" })));
        var member = cluster["a"].Replica.Config!.Members[b];
        Assert.Equal((one.Incarnation, "east"), (member.Incarnation, member.Zone));

        static ConfigChange Identified(NodeId id, MemberIdentity identity) =>
            new ConfigChange.Identify(System.Collections.Immutable.ImmutableSortedDictionary<NodeId, MemberIdentity>.Empty.Add(id, identity));
    }

    [Fact]
    public void A_policy_that_would_wait_for_more_than_are_left_keeps_a_voter_from_being_removed_unless_it_is_lost()
    {
        var cluster = new TestCluster("a b c", DurabilityPolicy.AnyOf(2));
        cluster.Elect("a");
        cluster["c"].Crash();
        var remove = new ConfigChange.Remove(new NodeId("c"));
        Assert.Equal(ChangeProblem.PolicyNeedsMore, ConfigChanges.ProblemOf(cluster["a"].Replica.Config!, remove));
        Assert.Equal(RefusalReason.Invalid, Change(cluster, remove));
        Assert.Equal(RefusalReason.None, Change(cluster, remove with { Anyway = true }));
        cluster.Propose("a", "x");
        Assert.Equal(cluster["a"].Replica.Last.Index, cluster["a"].Replica.Commit);
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.Add(new Member(D, MemberKind.Learner))));
    }

    [Fact]
    public void The_last_that_may_lead_cannot_be_told_not_to()
    {
        var cluster = new TestCluster("a b");
        cluster.Elect("a");
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.Retag(new Member(new NodeId("b"), MemberKind.Voter, 0))));
        Assert.Equal(ChangeProblem.NobodyCouldLead, ConfigChanges.ProblemOf(cluster["a"].Replica.Config!, new ConfigChange.Retag(new Member(new NodeId("a"), MemberKind.Voter) { ApplyDelayMs = 1000 })));
        Assert.Equal(RefusalReason.Invalid, Change(cluster, new ConfigChange.Retag(new Member(new NodeId("a"), MemberKind.Voter, 0))));
    }

    [Fact]
    public void A_voter_that_is_not_to_lead_takes_over_when_nobody_else_can_and_hands_on()
    {
        var cluster = new TestCluster("a b c", others: new Member(new NodeId("z"), MemberKind.Voter, FailoverPriority: 0));
        cluster.Elect("a");
        cluster.Filter = (_, to, m) => to.Name == "z" || m is not Message.AppendEntries { Entries.Count: > 0 };
        cluster.Propose("a", "only a and z have it");
        var held = cluster["a"].Replica.Last;
        cluster["a"].Crash();
        cluster.Filter = (_, _, _) => true;
        cluster.RunUntil(() => cluster["z"].Replica.Role == Role.Leader);
        cluster.RunUntil(() => cluster["b"].Replica.IsServing || cluster["c"].Replica.IsServing);
        Assert.Equal(held.Term, cluster.Leader.Replica.TermAt(held.Index));
        Assert.Equal(RefusalReason.None, cluster["z"].Trace.OfType<Output.TransferEnded>().Last().Reason);
    }

    [Fact]
    public void A_voter_that_is_not_to_lead_lets_one_go_first_that_is_as_complete()
    {
        var voter = new Lone();
        voter.Hold(1, 1, 1);
        voter.Wait(10_000);
        voter.After(1);
        Message.RequestVote Ask(string last) => new(new Term(2), Lone.Position(last), PreVote: true, Handover: false, Priority: 0);
        Assert.Equal(VoteRefusal.PriorityZero, voter.Receive("c", Ask("1/2")).OneSent<Message.RequestVoteReply>().Refusal);
        Assert.True(voter.Receive("c", Ask("1/3")).OneSent<Message.RequestVoteReply>().Granted);
    }

    [Fact]
    public void A_leader_whose_priority_is_taken_away_hands_over()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        Change(cluster, new ConfigChange.Retag(new Member(new NodeId("a"), MemberKind.Voter, 0)));
        cluster.RunUntil(() => cluster["b"].Replica.IsServing || cluster["c"].Replica.IsServing);
        Assert.Equal(Role.Follower, cluster["a"].Replica.Role);
    }

    [Fact]
    public void A_leader_that_is_to_hand_on_takes_the_next_best_while_the_best_is_silent()
    {
        var cluster = new TestCluster("a b", others: new Member(new NodeId("z"), MemberKind.Voter, FailoverPriority: 200));
        cluster.Elect("a");
        cluster.Isolate("z");
        Change(cluster, new ConfigChange.Retag(new Member(new NodeId("a"), MemberKind.Voter, 0)));
        cluster.RunUntil(() => cluster["b"].Replica.IsServing);
    }

    [Fact]
    public void One_change_at_a_time()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        cluster.Isolate("a");
        cluster.Step("a", new Input.ConfigChangeRequested(new RequestId(1), new ConfigChange.Add(new Member(D, MemberKind.Learner))));
        Assert.Equal(RefusalReason.ChangeUnderWay, Change(cluster, new ConfigChange.Remove(new NodeId("c"))));
    }

    [Fact]
    public void A_change_needs_a_committed_entry_of_the_term()
    {
        var leader = new Lone();
        leader.Lead();
        var ended = leader.Step(new Input.ConfigChangeRequested(new RequestId(1), new ConfigChange.Remove(new NodeId("c")))).One<Output.ConfigChangeEnded>();
        Assert.Equal(RefusalReason.NotReady, ended.Reason);
    }

    public static TheoryData<ConfigChange> Nonsense() =>
    [
        new ConfigChange.Add(new Member(D, MemberKind.Voter)),
        new ConfigChange.Add(new Member(new NodeId("b"), MemberKind.Learner)),
        new ConfigChange.Add(new Member(new NodeId(""), MemberKind.Learner)),
        new ConfigChange.Remove(D),
        new ConfigChange.Promote(new NodeId("b")),
        new ConfigChange.Demote(D),
        new ConfigChange.Retag(new Member(new NodeId("b"), MemberKind.Learner)),
        new ConfigChange.SetPolicy(DurabilityPolicy.AnyOf(2, new NodeId("b"))),
        new ConfigChange.SetPolicy(DurabilityPolicy.AnyOf(1, D)),
        new ConfigChange.SetPolicy(DurabilityPolicy.FirstOf(-1, new NodeId("b"))),
        new ConfigChange.SetPolicy(new DurabilityPolicy((PolicyKind)77, 0, [])),
        new ConfigChange.SetSetting("", "x"),
        new ConfigChange.SetSetting(new string('n', ConfigChanges.MostNameLength + 1), "x"),
        new ConfigChange.SetSetting("n", new string('x', 1025)),
    ];

    [Theory, MemberData(nameof(Nonsense))]
    public void A_change_that_makes_no_sense_is_refused(ConfigChange change)
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        Assert.Equal(RefusalReason.Invalid, Change(cluster, change));
    }

    [Fact]
    public void A_setting_is_in_every_nodes_configuration_survives_other_changes_and_can_be_reset()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.SetSetting("n", "one")));
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.SetPolicy(DurabilityPolicy.Sync)));
        cluster.RunUntil(() => cluster["c"].Replica.Applied == cluster["a"].Replica.Last.Index);
        Assert.Equal("one", cluster["c"].Replica.Config!.Settings["n"]);
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.SetSetting("n", null)));
        Assert.Empty(cluster["a"].Replica.Config!.Settings);
    }

    [Fact]
    public void The_last_voter_cannot_be_removed()
    {
        var cluster = new TestCluster("a");
        cluster.Elect("a");
        Assert.Equal(RefusalReason.Invalid, Change(cluster, new ConfigChange.Remove(new NodeId("a"))));
    }

    [Fact]
    public void A_removed_leader_hands_over_once_its_removal_is_committed()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.Remove(new NodeId("a"))));
        Assert.Equal(Role.Follower, cluster["a"].Replica.Role);
        cluster.RunUntil(() => cluster.Nodes.Any(n => n.Id.Name != "a" && n.Replica.IsServing), 500);
        Assert.False(cluster.Leader.Replica.Config!.Members.ContainsKey(new NodeId("a")));
    }

    [Fact]
    public void A_removed_node_disturbs_nobody()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        Change(cluster, new ConfigChange.Remove(new NodeId("c")));
        var term = cluster["a"].Replica.Term;
        cluster.Run(5_000);
        Assert.Equal((Role.Leader, term), (cluster["a"].Replica.Role, cluster["a"].Replica.Term));
    }

    [Fact]
    public void A_cut_configuration_is_taken_back()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        cluster.Isolate("a");
        cluster.Step("a", new Input.ConfigChangeRequested(new RequestId(1), new ConfigChange.Remove(new NodeId("c"))));
        Assert.False(cluster["a"].Replica.Config!.Members.ContainsKey(new NodeId("c")));
        cluster.RunUntil(() => cluster["b"].Replica.IsServing || cluster["c"].Replica.IsServing);
        cluster.Heal();
        cluster.RunUntil(() => cluster.IsLevel);
        Assert.True(cluster["a"].Replica.Config!.Members.ContainsKey(new NodeId("c")));
        Assert.True(cluster["a"].Trace.OfType<Output.ConfigAdopted>().Last().Config.Members.ContainsKey(new NodeId("c")));
        Assert.Contains(cluster["a"].Trace.OfType<Output.ConfigChangeEnded>(), e => e.Reason == RefusalReason.LeadershipLost);
    }

    [Fact]
    public void A_policy_change_takes_two_entries_and_ends_when_the_second_is_committed()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        var before = cluster["a"].Replica.Last.Index.Value;
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.SetPolicy(DurabilityPolicy.Sync)));
        var configs = cluster["b"].Entries.Where(e => e.Index.Value > before && e.Kind == EntryKind.Config).Select(e => e.Config!).ToList();
        Assert.Equal([PolicyKind.Quorum, null], configs.Select(c => c.JointWith?.Kind));
        Assert.All(configs, c => Assert.Equal(PolicyKind.Sync, c.Policy.Kind));
    }

    [Fact]
    public void Who_changes_one_part_of_the_policy_undoes_nobody_s_change_of_the_other()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        // Both worked out from the policy that they found.
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.SetPolicy(DurabilityPolicy.Sync, PolicyPart.Copies)));
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.SetPolicy(DurabilityPolicy.Quorum with { DegradeAfterMs = 10_000 }, PolicyPart.MissingAcks)));
        Assert.Equal(DurabilityPolicy.Sync with { DegradeAfterMs = 10_000 }, cluster["a"].Replica.Config!.Policy);
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.SetPolicy(DurabilityPolicy.SemiSync, PolicyPart.Copies)));
        Assert.Equal(DurabilityPolicy.SemiSync with { DegradeAfterMs = 10_000 }, cluster["a"].Replica.Config!.Policy);
        Assert.Equal(RefusalReason.None, Change(cluster, new ConfigChange.SetPolicy(DurabilityPolicy.Async)));
        Assert.Equal(DurabilityPolicy.Async, cluster["a"].Replica.Config!.Policy);
    }

    [Fact]
    public void While_a_policy_change_is_joint_commits_need_both()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        cluster.Isolate("c");
        cluster.Step("a", new Input.ConfigChangeRequested(new RequestId(1), new ConfigChange.SetPolicy(DurabilityPolicy.Sync)));
        var committed = cluster["a"].Replica.Commit;
        cluster.Propose("a", "x");
        Assert.Equal(committed, cluster["a"].Replica.Commit);
        cluster.Heal();
        cluster.RunUntil(() => cluster["a"].Trace.Has<Output.ConfigChangeEnded>());
        Assert.Equal(cluster["a"].Replica.Last.Index, cluster["a"].Replica.Commit);
    }

    [Fact]
    public void A_new_leader_finishes_a_policy_change_that_it_finds_half_done()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        cluster.Filter = (_, _, m) => m is not Message.AppendEntries { Entries: [{ Config: { JointWith: null } }, ..] };
        cluster.Step("a", new Input.ConfigChangeRequested(new RequestId(1), new ConfigChange.SetPolicy(DurabilityPolicy.SemiSync)));
        Assert.NotNull(cluster["b"].Replica.Config!.JointWith);
        cluster["a"].Crash();
        cluster.Filter = (_, _, _) => true;
        cluster.Elect();
        cluster.RunUntil(() => cluster.Leader.Replica is { IsServing: true, Config.JointWith: null });
        Assert.Equal(PolicyKind.SemiSync, cluster.Leader.Replica.Config!.Policy.Kind);
    }

    [Fact]
    public void Two_data_nodes_and_a_witness_survive_the_loss_of_one_and_elect()
    {
        var cluster = new TestCluster("a b", others: new Member(new NodeId("w"), MemberKind.Witness));
        cluster.Elect("a");
        cluster.Propose("a", "x");
        cluster["a"].Crash();
        cluster.RunUntil(() => cluster["b"].Replica.Role == Role.Leader);
        Assert.True(cluster["w"].Entries.Where(e => e.Kind == EntryKind.Data).All(e => e.Payload.IsEmpty));
    }

    [Fact]
    public void A_tail_that_only_the_witness_and_a_dead_leader_have_does_not_keep_the_other_from_leading()
    {
        var cluster = new TestCluster("a b", others: new Member(new NodeId("w"), MemberKind.Witness));
        cluster.Elect("a");
        cluster.Cut("a", "b");
        cluster.Propose("a", "lost");
        cluster["a"].Crash();
        cluster.RunUntil(() => cluster["b"].Replica.Role == Role.Leader);
        Assert.Equal(cluster["b"].Replica.Last, cluster["w"].Replica.Last);
    }

    [Fact]
    public void A_witness_that_has_a_configuration_refuses_a_candidate_without_it()
    {
        var witness = new Lone(self: MemberKind.Witness);
        witness.Hold(1, 1, 1);
        witness.Receive("c", new Message.RequestVote(new Term(2), LogPosition.Zero, PreVote: false, Handover: false, Priority: 100));
        Assert.Equal(VoteRefusal.LogBehind, witness.Sync().OneSent<Message.RequestVoteReply>().Refusal);
    }

    [Fact]
    public void A_cluster_whose_nodes_are_bootstrapped_at_different_times_comes_up_as_one()
    {
        var cluster = new TestCluster("a b c");
        var late = cluster.AddNode(new NodeId("c"));
        cluster.Elect();
        Assert.Equal(cluster.Config.Cluster, cluster.Leader.Replica.Config!.Cluster);
        cluster.RunUntil(() => late.Replica.Config is not null);
        cluster.Step("c", new Input.Bootstrap(cluster.Config with { Members = cluster.Config.Members.Remove(new NodeId("a")) }));
        Assert.Equal(3, late.Replica.Config!.Members.Count);
    }

    [Fact]
    public void A_crash_between_the_first_ballots_and_the_first_entry_does_not_end_the_cluster()
    {
        var cluster = new TestCluster("a b c");
        cluster.Filter = (_, _, m) => m is not Message.RequestVoteReply { PreVote: false };
        cluster.RunUntil(() => cluster.Nodes.Any(n => n.Replica.Term > Term.Zero));
        foreach (var node in cluster.Nodes) node.Crash();
        foreach (var node in cluster.Nodes) cluster.Restart(node.Id.Name);
        cluster.Filter = (_, _, _) => true;
        Assert.True(cluster.Elect().Replica.IsServing);
    }

    private static RefusalReason Change(TestCluster cluster, ConfigChange change)
    {
        var id = new RequestId(Random.Shared.NextInt64());
        cluster.Step("a", new Input.ConfigChangeRequested(id, change));
        cluster.RunUntil(() => cluster["a"].Trace.OfType<Output.ConfigChangeEnded>().Any(e => e.Id == id));
        return cluster["a"].Trace.OfType<Output.ConfigChangeEnded>().Single(e => e.Id == id).Reason;
    }
}

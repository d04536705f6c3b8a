using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class SnapshotRules
{
    [Fact]
    public void A_node_that_waits_for_anothers_state_does_not_stand_before_it_has_it()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        cluster.Propose("a", "x");
        cluster.RunUntil(() => cluster.IsLevel);
        foreach (var waiting in (string[])["b", "c"]) cluster.Step(waiting, Input.StateLost.Instance);
        cluster["a"].Crash();
        cluster.Run(5_000);
        Assert.DoesNotContain(cluster.Nodes, n => !n.IsDown && n.Replica.Role is Role.Candidate or Role.Leader);
        var at = cluster["b"].Replica.Last;
        cluster.Step("b", new Input.SnapshotInstalled(at, cluster["b"].Replica.Config!));
        cluster.RunUntil(() => cluster["b"].Replica.Role == Role.Leader);
    }

    /// <summary>Nobody else can: it refuses the others for their shorter logs. It brings them level and hands on.</summary>
    [Fact]
    public void A_node_without_its_state_leads_until_another_has_its_longer_log()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        cluster.RunUntil(() => cluster.IsLevel);
        cluster.Isolate("c");
        cluster.Propose("a", "x");
        cluster.RunUntil(() => cluster["b"].Replica.Commit > cluster["c"].Replica.Last.Index);
        var held = cluster["b"].Replica.Last;
        cluster.Step("b", Input.StateLost.Instance);
        cluster["a"].Crash();
        cluster.Heal();
        cluster.RunUntil(() => cluster["c"].Replica.IsServing);
        Assert.Equal(held.Term, cluster["c"].Replica.TermAt(held.Index));
    }

    [Fact]
    public void A_leader_that_loses_its_state_hands_on()
    {
        var cluster = new TestCluster("a b c");
        cluster.Elect("a");
        cluster.Step("a", Input.StateLost.Instance);
        cluster.RunUntil(() => cluster["b"].Replica.IsServing || cluster["c"].Replica.IsServing, 500);
    }

    [Fact]
    public void Compaction_goes_no_further_than_what_is_applied()
    {
        var node = new Lone();
        node.Hold(1, 1, 1, 1);
        node.Receive("b", node.Append(1, "1/3", [], commit: 3, round: 2));
        node.Step(new Input.Applied(new LogIndex(2)));
        var taken = Assert.IsType<JournalEvent.SnapshotTaken>(node.Step(new Input.CompactionRequested(new LogIndex(9))).One<Output.Persist>().Event);
        Assert.Equal((Lone.Position("1/2"), false, new Term(1)), (taken.Position, taken.DiscardsLog, taken.Term));
        Assert.Equal(Lone.Position("1/2"), node.Replica.LogStart);
        Assert.Null(node.Replica.TermAt(new LogIndex(1)));
    }

    [Fact]
    public void Compaction_that_moves_nothing_writes_nothing()
    {
        var node = new Lone();
        node.Hold(1, 1);
        Assert.False(node.Step(new Input.CompactionRequested(new LogIndex(1))).Has<Output.Persist>());
    }

    [Fact]
    public void A_follower_behind_the_logs_start_gets_one_snapshot_and_heartbeats_meanwhile()
    {
        var cluster = new TestCluster("a b c") { SendsSnapshots = false };
        Lag(cluster);
        cluster.Heal();
        cluster.Run(1_000);
        Assert.Single(cluster["a"].Trace.OfType<Output.SendSnapshot>());
        Assert.Equal(new NodeId("a"), cluster["c"].Replica.Leader);
        cluster.SendsSnapshots = true;
        cluster.RunUntil(() => cluster.IsLevel);
        Assert.True(cluster["c"].Journal.OfType<JournalEvent.SnapshotTaken>().Single().DiscardsLog);
    }

    [Fact]
    public void A_snapshot_that_came_to_nothing_is_tried_again()
    {
        var cluster = new TestCluster("a b c") { SendsSnapshots = false };
        Lag(cluster);
        cluster.Heal();
        cluster.Run(100);
        cluster["a"].Snapshots.Clear();
        cluster.Step("a", new Input.SnapshotSent(new NodeId("c"), null));
        cluster.Run(100);
        Assert.Equal(2, cluster["a"].Trace.OfType<Output.SendSnapshot>().Count());
    }

    [Fact]
    public void An_installed_snapshot_replaces_a_log_that_does_not_contain_it()
    {
        var node = new Lone();
        node.Hold(1, 1, 1);
        var outputs = node.Step(new Input.SnapshotInstalled(Lone.Position("1/7"), node.Config));
        Assert.True(Assert.IsType<JournalEvent.SnapshotTaken>(outputs.One<Output.Persist>().Event).DiscardsLog);
        Assert.Equal((Lone.Position("1/7"), Lone.Position("1/7"), 7), (node.Replica.LogStart, node.Replica.Last, node.Replica.Applied.Value));
    }

    [Fact]
    public void Nothing_is_answered_before_an_installed_snapshot_is_in_the_journal()
    {
        var node = new Lone();
        node.Hold(1, 1);
        node.Step(new Input.SnapshotInstalled(Lone.Position("1/7"), node.Config));
        Assert.Empty(node.Receive("b", node.Append(1, "1/7", [], 7, round: 9)).OfType<Output.Send>());
        Assert.Equal(7, node.Sync().OneSent<Message.AppendEntriesReply>().Flushed.Value);
    }

    [Fact]
    public void A_cloned_database_at_a_position_in_the_log_only_moves_what_is_applied()
    {
        var node = new Lone();
        node.Hold(1, 1, 1, 1);
        node.Receive("b", node.Append(1, "1/3", [], commit: 3, round: 2));
        node.Step(new Input.Applied(new LogIndex(3)));
        var outputs = node.Step(new Input.SnapshotInstalled(Lone.Position("1/2"), node.Config));
        Assert.False(outputs.Has<Output.Persist>());
        Assert.Equal((2, 3, 3), (node.Replica.Applied.Value, node.Replica.Commit.Value, node.Replica.Last.Index.Value));
        Assert.Equal(3, outputs.One<Output.CommitAdvanced>().Commit.Value);
    }

    [Fact]
    public void A_snapshot_from_before_what_was_compacted_must_not_be_installed()
    {
        var node = new Lone();
        node.Hold(1, 1, 1, 1);
        node.Receive("b", node.Append(1, "1/3", [], commit: 3, round: 2));
        node.Step(new Input.Applied(new LogIndex(3)));
        Assert.True(node.Replica.MayInstall(Lone.Position("1/1")));
        node.Step(new Input.CompactionRequested(new LogIndex(2)));
        Assert.False(node.Replica.MayInstall(Lone.Position("1/1")));
        Assert.True(node.Replica.MayInstall(Lone.Position("1/2")));
        node.Receive("b", Announcement(1, "1/1"));
        Assert.True(node.Replica.MayInstall(Lone.Position("1/9")));
    }

    [Fact]
    public void A_snapshot_is_not_installed_over_a_log_before_its_leader_told_what_it_contains()
    {
        var node = new Lone();
        node.Hold(1, 1, 1);
        Assert.False(node.Replica.MayInstall(Lone.Position("1/9")));
        node.Receive("b", Announcement(1, "1/1"));
        Assert.True(node.Replica.MayInstall(Lone.Position("1/9")));
    }

    [Fact]
    public void Under_async_compaction_goes_no_further_than_what_no_failover_can_take_back()
    {
        var node = new Lone(policy: Durability.DurabilityPolicy.Async);
        node.Hold(1, 1, 1, 1, 1);
        node.Receive("b", node.Append(1, "1/4", [], commit: 4, round: 2) with { Firm = new LogIndex(2) });
        node.Step(new Input.Applied(new LogIndex(4)));
        node.Step(new Input.CompactionRequested(new LogIndex(4)));
        Assert.Equal(Lone.Position("1/2"), node.Replica.LogStart);
    }

    [Fact]
    public void Under_async_a_leader_takes_for_firm_what_every_election_must_find()
    {
        var leader = new Lone("b c", Durability.DurabilityPolicy.Async);
        leader.Serve();
        leader.Propose(1, 1);
        leader.Sync();
        Assert.Equal((4, 2), (leader.Replica.Commit.Value, leader.Replica.FirmCommit.Value));
        leader.Acknowledge("c", received: 4, flushed: 3);
        Assert.Equal(3, leader.Replica.FirmCommit.Value);
        leader.After(60);
        Assert.Equal(3, leader.After(60).Sent<Message.AppendEntries>().First().Firm.Value);
    }

    [Fact]
    public void A_witness_does_not_make_anything_firm()
    {
        var leader = new Lone("b w", Durability.DurabilityPolicy.Async, witness: "w");
        leader.Serve();
        leader.Propose(1);
        leader.Sync();
        leader.Acknowledge("w");
        Assert.Equal((3, 2), (leader.Replica.Commit.Value, leader.Replica.FirmCommit.Value));
        leader.Acknowledge("b");
        Assert.Equal(3, leader.Replica.FirmCommit.Value);
    }

    [Fact]
    public void What_a_snapshot_will_not_contain_is_cut_and_announced_before_it_comes()
    {
        var node = new Lone(policy: Durability.DurabilityPolicy.Async);
        node.Hold(1, 1, 1, 1, 1, 1);
        node.Receive("b", node.Append(1, "1/4", [], commit: 4, round: 2));
        node.Step(new Input.Applied(new LogIndex(4)));
        var outputs = node.Receive("c", Announcement(2, "1/1", "2/3"));
        Assert.Equal(("[3..5]", 4), (outputs.One<Output.EntriesCut>().Range.ToString(), outputs.One<Output.EntriesCut>().CommittedUpTo.Value));
        var cut = outputs.Select(o => (o as Output.Persist)?.Event).OfType<JournalEvent.EntriesAppended>().Single();
        Assert.Equal((3, 0), (cut.From.Value, cut.Entries.Count));
        Assert.False(node.Replica.MayInstall(Lone.Position("2/9")));
        node.Sync();
        Assert.True(node.Replica.MayInstall(Lone.Position("2/9")));
        Assert.False(node.Step(new Input.SnapshotInstalled(Lone.Position("2/9"), node.Config)).Has<Output.EntriesCut>());
    }

    [Fact]
    public void A_log_that_the_snapshot_continues_is_left_as_it_is()
    {
        var node = new Lone(policy: Durability.DurabilityPolicy.Async);
        node.Hold(1, 1, 1, 1);
        var outputs = node.Receive("c", Announcement(3, "1/1", "2/4", "3/7"));
        Assert.False(outputs.Has<Output.EntriesCut>());
        Assert.Equal(Lone.Position("1/3"), node.Replica.Last);
    }

    [Fact]
    public void A_tail_that_the_snapshots_history_is_too_short_to_judge_is_named()
    {
        var node = new Lone(policy: Durability.DurabilityPolicy.Async);
        node.Hold(1, 1, 1, 1);
        Assert.False(node.Receive("c", Announcement(3, "2/6", "3/9")).Has<Output.EntriesCut>());
        node.Sync();
        var outputs = node.Step(new Input.SnapshotInstalled(Lone.Position("3/9"), node.Config));
        Assert.Equal("[1..3]", outputs.One<Output.EntriesCut>().Range.ToString());
    }

    [Fact]
    public void The_terms_of_what_was_compacted_are_remembered_over_a_restart()
    {
        var node = new Lone();
        node.Hold(3, 1, 1, 2, 3);
        node.Receive("b", node.Append(3, "3/4", [], commit: 4, round: 2));
        node.Step(new Input.Applied(new LogIndex(4)));
        var taken = node.Step(new Input.CompactionRequested(new LogIndex(4))).One<Output.Persist>().Event;
        var state = new DurableState();
        state.Apply(taken);
        var restarted = new Lone(state: state, applied: 4);
        restarted.Serve();
        restarted.Receive("c", new Message.AppendEntriesReply(restarted.Replica.Term, false, 99, LogIndex.Zero, LogIndex.Zero, LogIndex.Zero, Lone.Position("1/1")));
        Assert.Equal(["1/1", "2/3", "3/4", "4/5"], restarted.After(60).OneSent<Message.InstallSnapshot>().History.Select(p => p.ToString()));
    }

    [Fact]
    public void A_leader_learns_what_is_committed_for_good_from_who_refuses()
    {
        var state = new DurableState();
        var leader = new Lone();
        state.Apply(new JournalEvent.EntriesAppended(new LogIndex(1), [leader.Entry(1, 1), leader.Entry(1, 2), leader.Entry(1, 3)]));
        state.Apply(new JournalEvent.BallotCast(new Term(1), null));
        leader = new Lone(state: state);
        leader.Lead();
        var outputs = leader.Receive("b", new Message.AppendEntriesReply(leader.Replica.Term, false, 99, LogIndex.Zero, new LogIndex(2), LogIndex.Zero, Lone.Position("1/9")));
        Assert.Equal(2, outputs.One<Output.CommitAdvanced>().Commit.Value);
    }

    [Fact]
    public void A_crash_between_the_installation_and_the_journal_is_made_good_at_the_start()
    {
        var node = new Lone();
        var state = new DurableState();
        state.Apply(new JournalEvent.BallotCast(new Term(2), new NodeId("c")));
        state.Apply(new JournalEvent.EntriesAppended(new LogIndex(1), [node.Entry(1, 1), node.Entry(2, 2)]));
        var taken = state.FoldInstalledSnapshot(Lone.Position("2/9"), node.Config)!;
        Assert.Equal((new Term(2), new NodeId("c"), true), (taken.Term, taken.VotedFor, taken.DiscardsLog));
        Assert.Null(state.FoldInstalledSnapshot(Lone.Position("2/9"), node.Config));
        Assert.Equal(9, new Lone(state: state, applied: 9).Replica.Last.Index.Value);
    }

    [Fact]
    public void A_state_machine_ahead_of_the_journal_is_refused()
    {
        var state = new DurableState();
        state.Apply(new JournalEvent.BallotCast(new Term(2), null));
        Assert.Throws<InvariantBroken>(() => new Lone(state: state, applied: 9));
    }

    [Fact]
    public void A_state_machine_that_lacks_what_the_log_no_longer_holds_is_refused()
    {
        var state = new DurableState();
        state.Apply(new JournalEvent.SnapshotTaken(Lone.Position("1/4"), new Lone().Config, new Term(1), null, false));
        Assert.Throws<InvariantBroken>(() => new Lone(state: state, applied: 3));
    }

    [Fact]
    public void Under_async_a_snapshot_may_take_back_a_committed_tail_and_says_so()
    {
        var node = new Lone(policy: Durability.DurabilityPolicy.Async);
        node.Hold(1, 1, 1, 1, 1);
        node.Receive("b", node.Append(1, "1/4", [], commit: 4, round: 2));
        node.Step(new Input.Applied(new LogIndex(4)));
        node.Step(new Input.CompactionRequested(new LogIndex(3)));
        Assert.Equal(Lone.Position("1/1"), node.Replica.LogStart);
        Assert.True(node.Receive("c", Announcement(2, "1/1", "2/2")).Has<Output.EntriesCut>());
        node.Step(new Input.SnapshotInstalled(Lone.Position("2/3"), node.Config));
        Assert.Equal((3, 3), (node.Replica.Commit.Value, node.Replica.Applied.Value));
    }

    private static Message.InstallSnapshot Announcement(int term, params string[] history) =>
        new(new Term(term), LogIndex.Zero, 9) { History = [.. history.Select(Lone.Position)] };

    private static void Lag(TestCluster cluster)
    {
        cluster.Elect("a");
        cluster.Isolate("c");
        cluster.Propose("a", "1", "2", "3");
        cluster.Step("a", new Input.CompactionRequested(cluster["a"].Replica.Applied));
        cluster.Propose("a", "4");
    }
}

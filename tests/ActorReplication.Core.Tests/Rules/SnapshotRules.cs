using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class SnapshotRules
{
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
        Assert.True(node.Replica.MayInstall(Lone.Position("1/9")));
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
        node.Receive("c", node.Append(2, "1/1", [2], 0));
        var outputs = node.Step(new Input.SnapshotInstalled(Lone.Position("2/2"), node.Config));
        Assert.Equal(("[3..4]", 4), (outputs.One<Output.EntriesCut>().Range.ToString(), outputs.One<Output.EntriesCut>().CommittedUpTo.Value));
        Assert.Equal((2, 2), (node.Replica.Commit.Value, node.Replica.Applied.Value));
    }

    private static void Lag(TestCluster cluster)
    {
        cluster.Elect("a");
        cluster.Isolate("c");
        cluster.Propose("a", "1", "2", "3");
        cluster.Step("a", new Input.CompactionRequested(cluster["a"].Replica.Applied));
        cluster.Propose("a", "4");
    }
}

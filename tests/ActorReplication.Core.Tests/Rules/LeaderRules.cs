using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Messages;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class LeaderRules
{
    private readonly Lone _leader = new();

    [Fact]
    public void Opens_its_term_with_a_barrier_and_the_first_leader_with_the_configuration()
    {
        _leader.Step(new Input.CampaignRequested(new RequestId(0)));
        _leader.Sync();
        var outputs = _leader.Receive("b", new Message.RequestVoteReply(new Term(1), false, true, VoteRefusal.None, 0));
        var appended = Assert.IsType<JournalEvent.EntriesAppended>(outputs.One<Output.Persist>().Event);
        Assert.Equal([EntryKind.Barrier, EntryKind.Config], appended.Entries.Select(e => e.Kind));
        Assert.Equal(2, outputs.OfType<Output.SendEntries>().Count());
    }

    [Fact]
    public void Serves_only_when_its_barrier_is_committed_and_applied()
    {
        _leader.Lead();
        Assert.Equal(RefusalReason.NotReady, _leader.Propose(1).One<Output.ProposalRefused>().Reason);
        Assert.Equal(2, _leader.Acknowledge("b").One<Output.LeaderReady>().Barrier.Value);
        Assert.False(_leader.Replica.IsServing);
        _leader.Step(new Input.Applied(new LogIndex(2)));
        Assert.True(_leader.Replica.IsServing);
        Assert.True(_leader.Propose(1).Has<Output.ProposalAccepted>());
    }

    [Fact]
    public void Sends_again_what_a_follower_had_on_its_disk_and_has_no_more_and_says_so()
    {
        Serve(also: "c");
        _leader.Propose(1, 2);
        _leader.Sync();
        _leader.Acknowledge("c");
        Message.AppendEntriesReply Refusal(long round) => new(new Term(1), false, round, LogIndex.Zero, LogIndex.Zero, LogIndex.Zero, Lone.Position("1/2"));

        // The first refusal may have been on its way since before it flushed; what is asked after that cannot.
        var asked = _leader.Receive("c", Refusal(long.MaxValue)).OneSent<Message.AppendEntries>();
        Assert.Equal(4, asked.Previous.Index.Value);
        Assert.Empty(_leader.Receive("c", Refusal(asked.Round - 1)).OfType<Output.PeerForgot>());
        var outputs = _leader.Receive("c", Refusal(asked.Round));

        var forgot = outputs.One<Output.PeerForgot>();
        Assert.Equal(("c", 4, 2), (forgot.Peer.Name, forgot.Acknowledged.Value, forgot.Has.Value));
        Assert.Equal("[3..4]", outputs.One<Output.SendEntries>().Range.ToString());
    }

    [Fact]
    public void Sends_entries_to_all_in_the_step_that_hands_them_to_the_journal()
    {
        Serve(also: "c");
        var outputs = _leader.Propose(10, 20);
        Assert.Single(outputs.OfType<Output.Persist>());
        Assert.Equal(["[3..4]", "[3..4]"], outputs.OfType<Output.SendEntries>().Select(s => s.Range.ToString()));
    }

    [Fact]
    public void Counts_itself_only_when_its_own_entries_are_durable()
    {
        Serve();
        _leader.Propose(1);
        Assert.False(_leader.Acknowledge("b").Has<Output.CommitAdvanced>());
        Assert.Equal(3, _leader.Sync().One<Output.CommitAdvanced>().Commit.Value);
    }

    [Fact]
    public void Tells_the_commit_index_alone_at_most_once_in_the_notice_time()
    {
        var leader = new Lone(options: o => o with { NoticeMs = 10 });
        leader.Serve();
        leader.Acknowledge("c");
        leader.After(10);
        Assert.Contains(CommitIn(leader, 1), m => m.Commit.Value == 3);
        Assert.Empty(CommitIn(leader, 1));
        Assert.Equal([4, 4], leader.After(10).Sent<Message.AppendEntries>().Select(m => m.Commit.Value));
    }

    [Fact]
    public void Tells_the_commit_index_at_once_while_somebody_waits_for_followers()
    {
        var leader = new Lone(options: o => o with { NoticeMs = 10 });
        leader.Serve();
        leader.Acknowledge("c");
        leader.After(10);
        Assert.NotEmpty(CommitIn(leader, 1));
        Assert.NotEmpty(CommitIn(leader, 1, ackReceived: true));
    }

    /// <summary>What followers are told when a proposal commits.</summary>
    private static IReadOnlyList<Message.AppendEntries> CommitIn(Lone leader, int size, bool ackReceived = false)
    {
        leader.Step(new Input.Propose(new ProposalId(1), [new byte[size]], ackReceived));
        leader.Sync();
        return [.. leader.Acknowledge("b").Concat(leader.Acknowledge("c")).Sent<Message.AppendEntries>()];
    }

    [Fact]
    public void Does_not_count_what_a_follower_only_received()
    {
        Serve();
        _leader.Propose(1);
        _leader.Sync();
        var outputs = _leader.Acknowledge("b", received: 3, flushed: 2);
        Assert.False(outputs.Has<Output.CommitAdvanced>());
        Assert.Equal((3, 3), (outputs.One<Output.LevelsAdvanced>().Local.Value, outputs.One<Output.LevelsAdvanced>().Received.Value));
    }

    [Fact]
    public void Does_not_commit_an_earlier_terms_entry_by_counting()
    {
        _leader.Hold(1, 1, 1);
        _leader.Lead();
        _leader.Wait(300);
        Assert.False(_leader.Acknowledge("b", received: 2).Has<Output.CommitAdvanced>());
        Assert.Equal(3, _leader.Acknowledge("b", received: 3).One<Output.CommitAdvanced>().Commit.Value);
    }

    [Fact]
    public void Reports_when_enough_followers_have_applied()
    {
        Serve();
        _leader.Propose(1);
        _leader.Sync();
        _leader.Acknowledge("b");
        var reply = new Message.AppendEntriesReply(new Term(1), true, 1, new LogIndex(3), new LogIndex(3), new LogIndex(3), LogPosition.Zero);
        Assert.Equal(3, _leader.Receive("b", reply).One<Output.LevelsAdvanced>().Applied.Value);
    }

    [Fact]
    public void Splits_what_is_larger_than_a_message()
    {
        Serve();
        var ranges = _leader.Propose([.. Enumerable.Repeat(60_000, 7)]).OfType<Output.SendEntries>().Where(s => s.To.Name == "b").Select(s => s.Range.ToString());
        Assert.Equal(["[3..5]", "[6..8]", "[9..9]"], ranges);
    }

    [Fact]
    public void An_entry_larger_than_a_message_or_the_window_travels_alone()
    {
        Serve();
        var ranges = _leader.Propose(10, 9_000_000, 10).OfType<Output.SendEntries>().Where(s => s.To.Name == "b").Select(s => s.Range.ToString());
        Assert.Equal(["[3..3]"], ranges);
        Assert.Equal(["[4..4]"], _leader.Acknowledge("b", received: 3).OfType<Output.SendEntries>().Select(s => s.Range.ToString()));
        Assert.Equal(["[5..5]"], _leader.Acknowledge("b", received: 4).OfType<Output.SendEntries>().Select(s => s.Range.ToString()));
    }

    [Fact]
    public void Keeps_no_more_under_way_than_the_window()
    {
        Serve();
        for (var i = 0; i < 100; i++) _leader.Propose(150_000);
        var sent = _leader.Replica.Peers().Single(p => p.Id.Name == "b").Sent.Value - 2;
        Assert.Equal((4 << 20) / 150_032, sent);
    }

    [Fact]
    public void Tells_the_commit_index_at_once_when_nothing_is_under_way()
    {
        Serve();
        _leader.Propose(1);
        _leader.Sync();
        var told = _leader.Acknowledge("b").OfType<Output.Send>().Where(s => s.To.Name == "b").Select(s => s.Message).OfType<Message.AppendEntries>();
        Assert.Equal(3, Assert.Single(told).Commit.Value);
    }

    [Fact]
    public void Lets_the_commit_index_ride_on_entries_that_are_under_way()
    {
        Serve();
        _leader.Propose(1);
        _leader.Propose(1);
        _leader.Sync();
        Assert.Empty(_leader.Acknowledge("b", received: 3).Sent<Message.AppendEntries>());
    }

    [Fact]
    public void Refuses_proposals_beyond_the_uncommitted_budget()
    {
        var leader = new Lone(options: o => o with { UncommittedBytes = 1000 });
        leader.Serve();
        Assert.True(leader.Propose(2000).Has<Output.ProposalAccepted>());
        Assert.Equal(RefusalReason.Overloaded, leader.Propose(1).One<Output.ProposalRefused>().Reason);
    }

    [Fact]
    public void Steps_down_when_it_has_not_heard_its_quorum_for_an_election_timeout()
    {
        Serve();
        for (var i = 0; i < 59; i++) _leader.After(10);
        Assert.Equal(Role.Leader, _leader.Replica.Role);
        _leader.After(10);
        Assert.Equal(Role.Follower, _leader.Replica.Role);
    }

    [Fact]
    public void After_a_pause_concludes_nothing_before_it_has_heard_its_quorum_again()
    {
        Serve();
        _leader.Propose(1);
        _leader.Sync();
        _leader.Wait(5_000);
        Assert.False(_leader.After(10).Has<Output.CommitAdvanced>());
        Assert.Equal(Role.Leader, _leader.Replica.Role);
        Assert.True(_leader.Acknowledge("b").Has<Output.CommitAdvanced>());
    }

    [Fact]
    public void After_a_pause_steps_down_if_its_quorum_stays_silent()
    {
        Serve();
        _leader.Wait(5_000);
        for (var i = 0; i < 31; i++) _leader.After(10);
        Assert.Equal(Role.Follower, _leader.Replica.Role);
    }

    [Fact]
    public void An_async_leader_that_was_paused_acknowledges_nothing()
    {
        var leader = new Lone(policy: DurabilityPolicy.Async);
        leader.Serve();
        leader.Propose(1);
        leader.Wait(5_000);
        Assert.False(leader.Sync().Has<Output.CommitAdvanced>());
    }

    [Fact]
    public void With_one_copy_of_five_wanted_goes_on_with_one_follower_since_the_other_three_can_elect_nobody()
    {
        var leader = new Lone("b c d e", DurabilityPolicy.SemiSync);
        leader.Step(new Input.CampaignRequested(new RequestId(0)));
        leader.Sync();
        foreach (var voter in (string[])["b", "c", "d"]) leader.Receive(voter, new Message.RequestVoteReply(new Term(1), false, true, VoteRefusal.None, 0));
        leader.Sync();
        for (var i = 0; i < 100; i++)
        {
            leader.Acknowledge("b");
            leader.After(10);
        }
        Assert.Equal(Role.Leader, leader.Replica.Role);
    }

    [Fact]
    public void Resends_what_got_lost_when_heartbeats_are_answered_and_not_before()
    {
        Serve();
        _leader.Propose(1);
        var resent = new List<int>();
        for (var i = 1; i <= 70; i++)
        {
            var sent = _leader.After(10).OfType<Output.SendEntries>().Where(s => s.To.Name == "b");
            if (sent.Any()) resent.Add(i * 10);
            _leader.Acknowledge("b", received: 2);
        }
        Assert.InRange(Assert.Single(resent), 600, 650);
    }

    [Fact]
    public void Goes_back_to_where_a_follower_that_lost_its_memory_is()
    {
        Serve();
        _leader.Propose(1, 1, 1);
        _leader.Acknowledge("b", received: 5, flushed: 3);
        var refused = new Message.AppendEntriesReply(new Term(1), false, 99, LogIndex.Zero, LogIndex.Zero, LogIndex.Zero, Lone.Position("1/3"));
        var resent = _leader.Receive("b", refused).One<Output.SendEntries>();
        Assert.Equal(("[4..5]", Lone.Position("1/3")), (resent.Range.ToString(), resent.Header.Previous));
    }

    [Fact]
    public void Finds_the_last_common_position_of_a_diverged_follower()
    {
        _leader.Hold(3, 1, 1, 3, 3);
        _leader.Lead();
        var refused = new Message.AppendEntriesReply(new Term(4), false, 99, LogIndex.Zero, LogIndex.Zero, LogIndex.Zero, Lone.Position("2/3"));
        Assert.Equal(Lone.Position("1/2"), _leader.Receive("c", refused).One<Output.SendEntries>().Header.Previous);
    }

    [Fact]
    public void Sends_a_snapshot_to_a_follower_whose_log_starts_with_an_entry_that_is_not_ours()
    {
        _leader.Hold(3, 1, 1, 3, 3);
        _leader.Wait(300);
        _leader.Serve();
        Assert.Equal("c", _leader.Receive("c", StartsElsewhere()).One<Output.SendSnapshot>().To.Name);
    }

    [Fact]
    public void Such_a_snapshot_waits_until_it_holds_what_the_follower_knows_to_be_committed()
    {
        _leader.Hold(3, 1, 1, 3, 3);
        _leader.Wait(300);
        _leader.Lead();
        Assert.False(_leader.Receive("c", StartsElsewhere(committed: 3)).Has<Output.SendSnapshot>());
        Assert.False(_leader.After(50).Has<Output.SendSnapshot>());
        _leader.Sync();
        _leader.Acknowledge("b");
        _leader.Step(new Input.Applied(_leader.Replica.Commit));
        Assert.Equal("c", _leader.After(50).One<Output.SendSnapshot>().To.Name);
    }

    [Fact]
    public void A_late_refusal_is_not_believed()
    {
        Serve();
        _leader.Propose(1);
        _leader.Acknowledge("b");
        var late = new Message.AppendEntriesReply(new Term(1), false, 0, LogIndex.Zero, LogIndex.Zero, LogIndex.Zero, Lone.Position("0/0"));
        Assert.DoesNotContain(_leader.Receive("b", late), o => o is Output.SendEntries or Output.Send { Message: Message.AppendEntries });
    }

    [Fact]
    public void A_higher_term_ends_it_and_everything_that_waited_is_answered()
    {
        Serve();
        _leader.Step(new Input.ReadRequested(new RequestId(5)));
        var outputs = _leader.Receive("c", new Message.AppendEntriesReply(new Term(9), false, 0, LogIndex.Zero, LogIndex.Zero, LogIndex.Zero, LogPosition.Zero));
        Assert.Equal(RefusalReason.LeadershipLost, outputs.One<Output.ReadRefused>().Reason);
        Assert.Equal((Role.Follower, new Term(9)), (_leader.Replica.Role, _leader.Replica.Term));
    }

    [Fact]
    public void First_takes_the_next_follower_at_once_when_the_preferred_one_is_suspected()
    {
        var leader = new Lone(policy: DurabilityPolicy.FirstOf(1, new NodeId("b"), new NodeId("c")));
        leader.Serve();
        leader.Acknowledge("c");
        leader.Propose(1);
        leader.Sync();
        Assert.False(leader.Acknowledge("c").Has<Output.CommitAdvanced>());
        Assert.True(leader.Step(new Input.PeerSuspected(new NodeId("b"))).Has<Output.CommitAdvanced>());
        Assert.Equal((SyncState.Potential, SyncState.Sync), (leader.Replica.Peers()[0].Sync, leader.Replica.Peers()[1].Sync));
    }

    [Fact]
    public void First_does_not_wait_for_a_follower_that_is_being_cloned()
    {
        var state = new DurableState();
        var leader = new Lone();
        state.Apply(new JournalEvent.SnapshotTaken(Lone.Position("1/9"), leader.Config with { Policy = DurabilityPolicy.FirstOf(1, new NodeId("b"), new NodeId("c")) }, new Term(1), null, false));
        leader = new Lone(state: state, applied: 9, options: o => o with { LeaseMs = 0 });
        leader.Lead();
        leader.Receive("b", new Message.AppendEntriesReply(leader.Replica.Term, false, 99, LogIndex.Zero, LogIndex.Zero, LogIndex.Zero, Lone.Position("1/2")));
        Assert.Equal(PeerMode.Snapshot, leader.Replica.Peers()[0].Mode);
        Assert.True(leader.Acknowledge("c").Has<Output.CommitAdvanced>());
    }

    [Fact]
    public void After_a_pause_old_answers_prove_nothing()
    {
        var leader = new Lone(policy: DurabilityPolicy.Async);
        leader.Serve();
        leader.Wait(900);
        leader.Propose(1);
        leader.Sync();
        Assert.False(leader.Acknowledge("b", round: 1).Has<Output.CommitAdvanced>());
        Assert.Equal(Role.Leader, leader.Replica.Role);
        leader.After(60);
        Assert.True(leader.Acknowledge("b").Has<Output.CommitAdvanced>());
    }

    [Fact]
    public void A_leader_whose_journal_hangs_steps_down_and_does_not_stand_again()
    {
        _leader.Serve();
        _leader.Propose(1);
        for (var i = 0; i < 299; i++)
        {
            _leader.After(10);
            _leader.Acknowledge("b");
        }
        Assert.Equal(Role.Leader, _leader.Replica.Role);
        for (var i = 0; i < 10; i++)
        {
            _leader.After(10);
            _leader.Acknowledge("b");
        }
        Assert.Equal(Role.Follower, _leader.Replica.Role);
        _leader.Step(new Input.CampaignRequested(new RequestId(9)));
        Assert.Equal(Role.Follower, _leader.Replica.Role);
    }

    private static Message.AppendEntriesReply StartsElsewhere(long committed = 0) =>
        new(new Term(4), false, 99, LogIndex.Zero, new LogIndex(committed), LogIndex.Zero, Lone.Position("2/4"));

    private void Serve(string? also = null)
    {
        _leader.Serve();
        if (also is not null) _leader.Acknowledge(also);
    }
}

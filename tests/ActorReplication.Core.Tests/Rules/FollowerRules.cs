using ActorReplication.Core.Durability;
using ActorReplication.Core.Messages;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class FollowerRules
{
    private readonly Lone _follower = new();

    [Fact]
    public void Rejects_append_when_previous_position_is_missing()
    {
        _follower.Hold(1, 1, 1);
        var reply = _follower.Receive("b", _follower.Append(1, "1/5", [1], 0)).OneSent<Message.AppendEntriesReply>();
        Assert.False(reply.Accepted);
        Assert.Equal(Lone.Position("1/2"), reply.Hint);
    }

    [Fact]
    public void Hints_past_a_whole_conflicting_term()
    {
        _follower.Hold(3, 1, 1, 3, 3, 3);
        var reply = _follower.Receive("c", _follower.Append(4, "2/5", [4], 0));
        Assert.Empty(reply.Sent<Message.AppendEntriesReply>()); // the new term is not durable yet
        _follower.Sync();
        Assert.Equal(Lone.Position("1/2"), _follower.Receive("c", _follower.Append(4, "2/5", [4], 0, round: 2)).OneSent<Message.AppendEntriesReply>().Hint);
    }

    [Fact]
    public void Acknowledges_entries_only_when_they_are_durable()
    {
        _follower.Hold(1, 1);
        Assert.Empty(_follower.Receive("b", _follower.Append(1, "1/1", [1], 0)).Sent<Message.AppendEntriesReply>());
        var reply = _follower.Sync().OneSent<Message.AppendEntriesReply>();
        Assert.Equal((2, 2), (reply.Received.Value, reply.Flushed.Value));
    }

    [Theory]
    [InlineData(false, 1, 0)]
    [InlineData(true, 1, 1)]
    public void Tells_what_it_applied_at_most_once_in_the_notice_time_unless_somebody_waits(bool ackReceived, int first, int second)
    {
        var follower = new Lone(options: o => o with { NoticeMs = 10 });
        follower.Hold(1, 1, 1);
        follower.Receive("b", follower.Append(1, "1/2", [1], commit: 3, round: 2, ackReceived));
        follower.Sync();
        Assert.Equal(first, follower.Step(new Input.Applied(new LogIndex(2))).Sent<Message.AppendEntriesReply>().Count());
        Assert.Equal(second, follower.Step(new Input.Applied(new LogIndex(3))).Sent<Message.AppendEntriesReply>().Count());
        Assert.Equal(1 - second, follower.After(10).Sent<Message.AppendEntriesReply>().Count());
        Assert.Empty(follower.After(10).Sent<Message.AppendEntriesReply>());
    }

    [Fact]
    public void Says_at_once_that_it_received_when_asked_to()
    {
        _follower.Hold(1, 1);
        var reply = _follower.Receive("b", _follower.Append(1, "1/1", [1], 0, ackReceived: true)).OneSent<Message.AppendEntriesReply>();
        Assert.Equal((2, 1), (reply.Received.Value, reply.Flushed.Value));
    }

    [Fact]
    public void Does_not_claim_entries_that_this_leader_has_not_confirmed()
    {
        _follower.Hold(1, 1, 1, 1);
        _follower.Receive("c", _follower.Append(2, "1/1", [], 0));
        var reply = _follower.Sync().Sent<Message.AppendEntriesReply>().Concat(
            _follower.Receive("c", _follower.Append(2, "1/1", [], 0, round: 2)).Sent<Message.AppendEntriesReply>()).Last();
        Assert.Equal((1, 1), (reply.Received.Value, reply.Flushed.Value));
    }

    [Fact]
    public void Commits_no_further_than_it_has_verified()
    {
        _follower.Hold(1, 1, 1, 1);
        _follower.Receive("c", _follower.Append(2, "1/1", [], commit: 3));
        Assert.Equal(1, _follower.Replica.Commit.Value);
    }

    [Fact]
    public void Commits_only_what_is_durable_here()
    {
        _follower.Hold(1, 1);
        _follower.Receive("b", _follower.Append(1, "1/1", [1], commit: 2));
        Assert.Equal(1, _follower.Replica.Commit.Value);
        Assert.Equal(2, _follower.Sync().One<Output.CommitAdvanced>().Commit.Value);
    }

    [Fact]
    public void Cuts_a_conflicting_tail_and_says_so_before_the_journal_is_told()
    {
        _follower.Hold(1, 1, 1, 1);
        var outputs = _follower.Receive("c", _follower.Append(2, "1/1", [2], 0));
        var cut = outputs.One<Output.EntriesCut>();
        Assert.Equal("[2..3]", cut.Range.ToString());
        Assert.True(cut.CommittedUpTo < cut.Range.First);
        var order = outputs.Select(o => o.GetType()).ToList();
        Assert.True(order.IndexOf(typeof(Output.EntriesCut)) < order.FindIndex(t => t == typeof(Output.Persist)) || outputs.OfType<Output.Persist>().First().Event is JournalEvent.BallotCast);
        Assert.Equal(Lone.Position("2/2"), _follower.Replica.Last);
    }

    [Fact]
    public void Keeps_entries_that_a_late_message_repeats()
    {
        _follower.Hold(1, 1, 1, 1);
        Assert.False(_follower.Receive("b", _follower.Append(1, "0/0", [1], 0, round: 2)).Has<Output.EntriesCut>());
        Assert.Equal(3, _follower.Replica.Last.Index.Value);
    }

    [Fact]
    public void A_report_from_the_journal_about_entries_since_cut_proves_nothing()
    {
        _follower.Hold(1, 1);
        _follower.Receive("b", _follower.Append(1, "1/1", [1, 1], 0));
        var stale = _follower.LastTicket;
        _follower.Receive("c", _follower.Append(2, "1/1", [2, 2], 0));
        _follower.Step(new Input.Persisted(stale));
        Assert.Equal(1, _follower.Replica.Durable.Value);
    }

    [Fact]
    public void Refuses_to_cut_what_was_committed_with_followers()
    {
        _follower.Hold(1, 1, 1);
        _follower.Receive("b", _follower.Append(1, "1/2", [], commit: 2, round: 2));
        Assert.Throws<InvariantBroken>(() => _follower.Receive("c", _follower.Append(2, "1/1", [2], 0)));
    }

    [Fact]
    public void Under_async_takes_back_a_committed_tail_and_says_how_much_was_committed()
    {
        var follower = new Lone(policy: DurabilityPolicy.Async);
        follower.Hold(1, 1, 1, 1);
        follower.Receive("b", follower.Append(1, "1/3", [], commit: 3, round: 2));
        follower.Step(new Input.Applied(new LogIndex(3)));
        var cut = follower.Receive("c", follower.Append(2, "1/1", [2], 0)).One<Output.EntriesCut>();
        Assert.Equal(("[2..3]", 3), (cut.Range.ToString(), cut.CommittedUpTo.Value));
        Assert.Equal((1, 1), (follower.Replica.Commit.Value, follower.Replica.Applied.Value));
    }

    [Fact]
    public void Even_under_async_a_committed_configuration_is_never_cut()
    {
        var follower = new Lone(policy: DurabilityPolicy.Async);
        follower.Hold(1, 1, 1);
        follower.Receive("b", follower.Append(1, "1/2", [], commit: 2, round: 2));
        Assert.Throws<InvariantBroken>(() => follower.Receive("c", follower.Append(2, "0/0", [2], 0)));
    }

    [Fact]
    public void Tells_a_leader_of_an_earlier_term_the_term()
    {
        _follower.Hold(5, 5);
        var reply = _follower.Receive("c", _follower.Append(4, "0/0", [], 0)).OneSent<Message.AppendEntriesReply>();
        Assert.Equal((5, false), (reply.Term.Value, reply.Accepted));
    }

    [Fact]
    public void Answers_a_round_once()
    {
        _follower.Hold(1, 1);
        Assert.Single(_follower.Receive("b", _follower.Append(1, "1/1", [], 1, round: 7)).Sent<Message.AppendEntriesReply>());
        Assert.Empty(_follower.Receive("b", _follower.Append(1, "1/1", [], 1, round: 7)).Sent<Message.AppendEntriesReply>());
    }

    [Fact]
    public void Tells_the_leader_when_it_has_applied()
    {
        _follower.Hold(1, 1);
        _follower.Receive("b", _follower.Append(1, "1/1", [], commit: 1, round: 2));
        var reply = _follower.Step(new Input.Applied(new LogIndex(1))).OneSent<Message.AppendEntriesReply>();
        Assert.Equal(1, reply.Applied.Value);
    }

    [Fact]
    public void A_term_that_is_not_durable_is_not_spoken_of()
    {
        Assert.Empty(_follower.Receive("b", _follower.Append(3, "0/0", [], 0)).OfType<Output.Send>());
        Assert.All(_follower.Sync().OfType<Output.Send>(), s => Assert.Equal(3, s.Message.Term.Value));
    }

    [Fact]
    public void The_state_machine_may_not_be_ahead_of_the_commit_index()
    {
        _follower.Hold(1, 1, 1);
        Assert.Throws<InvariantBroken>(() => _follower.Step(new Input.Applied(new LogIndex(2))));
    }

    [Fact]
    public void Time_that_goes_back_is_refused()
    {
        _follower.After(10);
        Assert.Throws<InvariantBroken>(() => _follower.After(-1));
    }

    [Fact]
    public void Two_leaders_in_one_term_stop_the_node()
    {
        _follower.Hold(1, 1);
        Assert.Throws<InvariantBroken>(() => _follower.Receive("c", _follower.Append(1, "1/1", [1], 0)));
    }
}

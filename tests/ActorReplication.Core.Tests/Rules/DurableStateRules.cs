using ActorReplication.Core.Log;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class DurableStateRules
{
    private readonly Lone _lone = new();
    private readonly DurableState _state = new();

    [Fact]
    public void Later_entries_replace_what_was_at_their_place_and_after()
    {
        Ballot(2);
        Append(1, 1, 1, 1);
        Append(2, 2);
        Assert.Equal(Lone.Position("2/2"), _state.Last);
    }

    [Fact]
    public void An_empty_list_only_cuts()
    {
        Ballot(1);
        Append(1, 1, 1, 1);
        Append(2);
        Assert.Equal(Lone.Position("1/1"), _state.Last);
    }

    [Fact]
    public void The_last_vote_of_the_last_term_counts()
    {
        Ballot(1, "b");
        Ballot(2);
        Ballot(2, "c");
        Assert.Equal((new Term(2), new NodeId("c")), (_state.Term, _state.VotedFor));
    }

    [Fact]
    public void Two_votes_in_one_term_are_damage()
    {
        Ballot(1, "b");
        Assert.Throws<InvariantBroken>(() => Ballot(1, "c"));
    }

    [Fact]
    public void A_term_that_falls_is_damage()
    {
        Ballot(2);
        Assert.Throws<InvariantBroken>(() => Ballot(1));
    }

    [Fact]
    public void A_snapshot_inside_the_log_keeps_what_comes_after()
    {
        Ballot(1);
        Append(1, 1, 1, 1);
        Snapshot("1/2");
        Assert.Equal((Lone.Position("1/2"), Lone.Position("1/3")), (_state.LogStart, _state.Last));
    }

    [Fact]
    public void A_snapshot_that_discards_the_log_keeps_nothing()
    {
        Ballot(1);
        Append(1, 1, 1, 1);
        Snapshot("1/2", discards: true);
        Assert.Equal((Lone.Position("1/2"), Lone.Position("1/2")), (_state.LogStart, _state.Last));
    }

    [Fact]
    public void A_journal_whose_beginning_was_deleted_starts_where_its_snapshot_says()
    {
        Append(7, 3, 3, 4);
        Snapshot("3/7", term: 4);
        Append(10, 4);
        Assert.Equal((Lone.Position("3/7"), Lone.Position("4/10"), new Term(4)), (_state.LogStart, _state.Last, _state.Term));
    }

    [Fact]
    public void A_snapshot_just_before_the_first_entry_left_names_the_start()
    {
        Append(8, 3);
        Snapshot("2/7", term: 3);
        Assert.Equal((Lone.Position("2/7"), Lone.Position("3/8")), (_state.LogStart, _state.Last));
    }

    [Fact]
    public void A_journal_that_begins_with_its_snapshot_is_whole()
    {
        Snapshot("2/7", term: 3);
        Append(8, 3);
        Assert.Equal(Lone.Position("3/8"), _state.Last);
    }

    [Fact]
    public void A_journal_that_never_says_where_its_log_begins_starts_no_replica()
    {
        Ballot(3);
        Append(8, 3);
        Assert.Throws<InvariantBroken>(() => new Lone(state: _state));
    }

    [Fact]
    public void The_configuration_is_the_last_one_in_the_log_or_the_snapshots()
    {
        Ballot(1);
        Append(1, 1);
        Assert.NotNull(_state.Config);
        Append(1);
        Assert.Null(_state.Config);
        Snapshot("1/4", discards: true);
        Assert.NotNull(_state.Config);
    }

    private void Ballot(int term, string? vote = null) =>
        _state.Apply(new JournalEvent.BallotCast(new Term(term), vote is null ? null : new NodeId(vote)));

    private void Append(int from, params int[] terms) =>
        _state.Apply(new JournalEvent.EntriesAppended(new LogIndex(from), [.. terms.Select((t, i) => _lone.Entry(t, from + i))]));

    private void Snapshot(string position, bool discards = false, int term = 1) =>
        _state.Apply(new JournalEvent.SnapshotTaken(Lone.Position(position), _lone.Config, new Term(term), null, discards));
}

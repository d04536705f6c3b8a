using System.Collections.Immutable;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using Xunit;

namespace ActorReplication.Core.Tests.Rules;

public sealed class DurableStateRules
{
    private static readonly ClusterConfig Config = new(ClusterId.None, ImmutableSortedDictionary<NodeId, Member>.Empty, DurabilityPolicy.Quorum);

    [Fact]
    public void A_snapshot_older_than_what_is_left_of_the_journal_waits_for_the_one_that_explains_its_start()
    {
        var state = new DurableState();
        state.Apply(Entries(15, 25));
        state.Apply(new JournalEvent.SnapshotTaken(At(8), Config, new Term(1), null, DiscardsLog: false));
        state.Apply(new JournalEvent.SnapshotTaken(At(20), Config, new Term(1), null, DiscardsLog: false));
        Assert.Equal(At(20), state.LogStart);
        Assert.Equal(At(25), state.Last);
    }

    [Fact]
    public void A_suffix_written_again_replaces_what_was_there()
    {
        var state = new DurableState();
        state.Apply(Entries(1, 10));
        state.Apply(new JournalEvent.EntriesAppended(new LogIndex(4), [Entry(4, 2)]));
        Assert.Equal(new LogPosition(new Term(2), new LogIndex(4)), state.Last);
        Assert.Equal(new Term(1), state.TermAt(new LogIndex(3)));
    }

    private static LogPosition At(long index) => new(new Term(1), new LogIndex(index));

    private static LogEntry Entry(long index, long term) => new(new LogPosition(new Term(term), new LogIndex(index)), EntryKind.Data, default);

    private static JournalEvent.EntriesAppended Entries(long from, long to) =>
        new(new LogIndex(from), [.. Enumerable.Range((int)from, (int)(to - from + 1)).Select(i => Entry(i, 1))]);
}

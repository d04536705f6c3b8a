using ActorReplication.Cluster.Replica;
using ActorReplication.Core;
using Xunit;

namespace ActorReplication.MultiNode.Tests.Parts;

public sealed class JournalMapRules
{
    private readonly JournalMap _map = new();

    [Fact]
    public void Finds_the_records_that_hold_a_range()
    {
        _map.Appended(1, new LogIndex(1), 10, 100);
        _map.Passed(2);
        _map.Appended(3, new LogIndex(11), 5, 50);
        Assert.Equal([1, 3], _map.Find(new LogIndex(8), new LogIndex(12), long.MaxValue).Select(r => r.SequenceNr));
    }

    [Fact]
    public void Stops_at_the_byte_limit_but_gives_at_least_one_record()
    {
        _map.Appended(1, new LogIndex(1), 10, 100);
        _map.Appended(2, new LogIndex(11), 10, 100);
        Assert.Single(_map.Find(new LogIndex(1), new LogIndex(20), 1));
    }

    [Fact]
    public void A_cut_record_counts_only_up_to_the_cut()
    {
        _map.Appended(1, new LogIndex(1), 10, 100);
        _map.Appended(2, new LogIndex(6), 2, 20);
        var records = _map.Find(new LogIndex(1), new LogIndex(10), long.MaxValue);
        Assert.Equal([(1L, 1L, 5L), (2L, 6L, 7L)], records.Select(r => (r.SequenceNr, r.First, r.Last)));
        Assert.Equal(70, _map.Bytes);
    }

    [Fact]
    public void An_index_in_no_record_is_not_found()
    {
        _map.Appended(1, new LogIndex(5), 2, 10);
        Assert.Empty(_map.Find(new LogIndex(4), new LogIndex(6), long.MaxValue));
        Assert.Empty(_map.Find(new LogIndex(7), new LogIndex(9), long.MaxValue));
    }

    [Fact]
    public void Compaction_frees_the_sequence_numbers_before_the_first_record_still_needed()
    {
        _map.Appended(1, new LogIndex(1), 10, 100);
        _map.Passed(2);
        _map.Appended(3, new LogIndex(11), 10, 100);
        Assert.Equal(2, _map.Compacted(new LogIndex(15)));
        Assert.Equal(3, _map.Compacted(new LogIndex(20)));
    }

    [Fact]
    public void Keeps_at_least_the_budget()
    {
        for (var i = 0; i < 10; i++) _map.Appended(i + 1, new LogIndex(i * 10 + 1), 10, 100);
        Assert.Equal(new LogIndex(70), _map.IndexKeeping(250));
        Assert.Equal(LogIndex.Zero, _map.IndexKeeping(1000));
    }
}

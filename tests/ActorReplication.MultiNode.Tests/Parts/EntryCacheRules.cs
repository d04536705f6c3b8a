using ActorReplication.Cluster.Replica;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using Xunit;

namespace ActorReplication.MultiNode.Tests.Parts;

public sealed class EntryCacheRules
{
    private const int PayloadBytes = 68;
    private readonly EntryCache _cache = new(1000);

    [Fact]
    public void Gives_back_what_was_put_in()
    {
        _cache.Append(new LogIndex(1), Entries(1, 5));
        Assert.True(_cache.TryRead(new LogIndex(2), new LogIndex(4), long.MaxValue, out var entries));
        Assert.Equal([2, 3, 4], entries.Select(e => e.Index.Value));
    }

    [Fact]
    public void Evicts_the_oldest_once_they_are_in_the_journal()
    {
        _cache.Append(new LogIndex(1), Entries(1, 20));
        Assert.Equal(2000, _cache.Bytes);
        _cache.MarkDurable(new LogIndex(20));
        Assert.Equal(1000, _cache.Bytes);
        Assert.False(_cache.TryRead(new LogIndex(10), new LogIndex(20), long.MaxValue, out _));
        Assert.True(_cache.TryRead(new LogIndex(11), new LogIndex(20), long.MaxValue, out _));
    }

    [Fact]
    public void Never_evicts_what_the_journal_does_not_have()
    {
        _cache.Append(new LogIndex(1), Entries(1, 20));
        _cache.MarkDurable(new LogIndex(3));
        Assert.True(_cache.TryRead(new LogIndex(4), new LogIndex(20), long.MaxValue, out var entries));
        Assert.Equal(17, entries.Count);
    }

    [Fact]
    public void Entries_written_again_replace_the_old_ones_and_what_followed()
    {
        _cache.Append(new LogIndex(1), Entries(1, 9));
        _cache.Append(new LogIndex(4), Entries(4, 5, term: 2));
        Assert.True(_cache.TryRead(new LogIndex(3), new LogIndex(9), long.MaxValue, out var entries));
        Assert.Equal([1, 2, 2], entries.Select(e => e.Term.Value));
    }

    [Fact]
    public void A_gap_starts_the_cache_over()
    {
        _cache.Append(new LogIndex(1), Entries(1, 3));
        _cache.Append(new LogIndex(10), Entries(10, 11));
        Assert.False(_cache.TryRead(new LogIndex(3), new LogIndex(3), long.MaxValue, out _));
        Assert.True(_cache.TryRead(new LogIndex(10), new LogIndex(11), long.MaxValue, out _));
    }

    [Fact]
    public void Reads_at_least_one_entry_and_then_as_many_as_fit()
    {
        _cache.Append(new LogIndex(1), Entries(1, 9));
        Assert.True(_cache.TryRead(new LogIndex(1), new LogIndex(9), 1, out var one));
        Assert.Single(one);
        Assert.True(_cache.TryRead(new LogIndex(1), new LogIndex(9), 250, out var two));
        Assert.Equal(2, two.Count);
    }

    private static List<LogEntry> Entries(long from, long to, long term = 1) =>
        [.. Enumerable.Range((int)from, (int)(to - from + 1)).Select(i => new LogEntry(new LogPosition(new Term(term), new LogIndex(i)), EntryKind.Data, new byte[PayloadBytes]))];
}

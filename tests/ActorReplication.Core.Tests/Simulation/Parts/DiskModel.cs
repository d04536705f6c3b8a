using System.Collections.Immutable;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Simulation.Model;
using Xunit;

namespace ActorReplication.Core.Tests.Simulation.Parts;

public sealed class DiskModel
{
    private static readonly ClusterConfig Config = new(ClusterId.None, ImmutableSortedDictionary<NodeId, Member>.Empty, DurabilityPolicy.Quorum);
    private readonly SimDisk _disk = new();
    private readonly List<PersistTicket> _tickets = [];
    private long _ticket;

    [Fact]
    public void Only_what_was_written_before_the_fsync_began_is_durable()
    {
        Write(Append(1, 1, 2));
        _disk.BeginSync();
        Write(Append(3, 1, 1));
        _disk.EndSync(_tickets, 0);
        Assert.Equal([new PersistTicket(1)], _tickets);
        Assert.Equal(2, _disk.Durable.Last.Index.Value);
        Assert.Equal(3, _disk.Written.Last.Index.Value);
    }

    [Theory]
    [InlineData(UnsyncedFate.Dropped, 2, UnsyncedFate.Dropped)]
    [InlineData(UnsyncedFate.Kept, 5, UnsyncedFate.Kept)]
    [InlineData(UnsyncedFate.Torn, 4, UnsyncedFate.Torn)]
    internal void A_crash_keeps_drops_or_tears_what_was_not_synced(UnsyncedFate fate, int last, UnsyncedFate seen)
    {
        Write(Append(1, 1, 2));
        Sync();
        foreach (var from in (int[])[3, 4, 5])
            Write(Append(from, 1, 1));
        Assert.Equal(seen, _disk.Crash(fate, tearAt: 2));
        Assert.Equal(last, _disk.Durable.Last.Index.Value);
        Assert.Equal(last, _disk.Written.Last.Index.Value);
        Assert.False(_disk.HasUnsynced);
    }

    [Fact]
    public void A_lost_cut_brings_the_old_suffix_back()
    {
        Write(Append(1, 1, 5));
        Sync();
        Write(Append(3, 2, 1));
        Assert.Equal(new Term(2), _disk.Written.TermAt(new LogIndex(3)));
        _disk.Crash(UnsyncedFate.Dropped, 0);
        Assert.Equal(new LogPosition(new Term(1), new LogIndex(5)), _disk.Written.Last);
    }

    [Fact]
    public void Deletes_records_that_a_snapshot_covers_and_no_others()
    {
        Write(new JournalEvent.BallotCast(new Term(1), new NodeId("a")));
        Write(Append(1, 1, 4));
        Write(Append(5, 1, 4));
        Write(new JournalEvent.SnapshotTaken(new LogPosition(new Term(1), new LogIndex(6)), Config, new Term(1), new NodeId("a"), DiscardsLog: false));
        _disk.BeginSync();
        _disk.EndSync(_tickets, keepRecords: 0);
        Assert.Equal(2, _disk.DurableRecords);
        _disk.Crash(UnsyncedFate.Dropped, 0);
        Assert.Equal((6, 8, new Term(1)), (_disk.Written.Start.Index.Value, _disk.Written.Last.Index.Value, _disk.Written.Term));
    }

    private void Write(JournalEvent e) => _disk.Write(new PersistTicket(++_ticket), e);

    private void Sync()
    {
        _disk.BeginSync();
        _disk.EndSync(_tickets, int.MaxValue);
    }

    private static JournalEvent.EntriesAppended Append(int from, int term, int count) =>
        new(new LogIndex(from), [.. Enumerable.Range(from, count).Select(i => new LogEntry(new LogPosition(new Term(term), new LogIndex(i)), EntryKind.Barrier, default))]);
}

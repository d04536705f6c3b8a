using ActorReplication.Core.Tests.Simulation.Engine;

namespace ActorReplication.Core.Tests.Simulation.Model;

/// <summary>What a crash does to journal records that no fsync covered.</summary>
internal enum UnsyncedFate { Kept, Dropped, Torn }

/// <summary>One node's journal: records are durable only after a finished fsync. The file is cut only at its front (whole records), as
/// the real journal does by segments.</summary>
internal sealed class SimDisk
{
    private readonly List<JournalEvent> _durable = [];
    private readonly List<(JournalEvent Event, PersistTicket Ticket)> _unsynced = [];
    private int _syncing;

    /// <summary>Everything written: what the node itself reads back from its cache or the page cache.</summary>
    public LogMirror Written { get; private set; } = new();

    /// <summary>What would be there after losing power now.</summary>
    public LogMirror Durable { get; } = new();

    public bool IsSyncing => _syncing > 0;
    public bool HasUnsynced => _unsynced.Count > 0;
    public int DurableRecords => _durable.Count;

    public void Write(PersistTicket ticket, JournalEvent e)
    {
        _unsynced.Add((e, ticket));
        Written.Apply(e);
    }

    /// <summary>An fsync covers what was written before it began.</summary>
    public void BeginSync() => _syncing = _unsynced.Count;

    /// <summary>Tickets now durable, in order.</summary>
    public void EndSync(List<PersistTicket> tickets, int keepRecords)
    {
        for (var i = 0; i < _syncing; i++)
        {
            MakeDurable(_unsynced[i].Event, keepRecords);
            tickets.Add(_unsynced[i].Ticket);
        }
        _unsynced.RemoveRange(0, _syncing);
        _syncing = 0;
    }

    /// <summary>Loses what the fate says, and what was written becomes what is durable.</summary>
    /// <param name="tearAt">For a torn tail: that many unsynced records survive (the record cut in two is dropped by its checksum).</param>
    public UnsyncedFate Crash(UnsyncedFate fate, int tearAt)
    {
        var keep = fate switch { UnsyncedFate.Kept => _unsynced.Count, UnsyncedFate.Dropped => 0, _ => Math.Min(tearAt, _unsynced.Count) };
        var torn = keep > 0 && keep < _unsynced.Count;
        for (var i = 0; i < keep; i++)
            MakeDurable(_unsynced[i].Event, int.MaxValue);
        _unsynced.Clear();
        _syncing = 0;
        var written = new LogMirror();
        foreach (var e in _durable)
            written.Apply(e);
        Written = written;
        if (written.Last != Durable.Last || written.Start != Durable.Start || written.Term != Durable.Term || written.VotedFor != Durable.VotedFor)
            throw new Violation("journal-prefix", $"after deleting the prefix the journal folds to {written.Start}..{written.Last} term {written.Term}, before to {Durable.Start}..{Durable.Last} term {Durable.Term}");
        return torn ? UnsyncedFate.Torn : keep == 0 ? UnsyncedFate.Dropped : UnsyncedFate.Kept;
    }

    /// <summary>At a start, before there is a replica.</summary>
    public void WriteDurably(JournalEvent e)
    {
        Written.Apply(e);
        MakeDurable(e, int.MaxValue);
    }

    public DurableState Fold()
    {
        var state = new DurableState();
        foreach (var e in _durable)
            state.Apply(e);
        return state;
    }

    private void MakeDurable(JournalEvent e, int keepRecords)
    {
        _durable.Add(e);
        Durable.Apply(e);
        if (e is JournalEvent.SnapshotTaken snapshot)
            DeletePrefix(snapshot, keepRecords);
    }

    /// <summary>Records before the snapshot's may go, from the front, as long as they hold no entry after its position.</summary>
    private void DeletePrefix(JournalEvent.SnapshotTaken snapshot, int keepRecords)
    {
        var last = _durable.Count - 1;
        var end = 0;
        while (end < last && end < last - keepRecords && !HoldsLaterEntry(_durable[end], snapshot))
            end++;
        _durable.RemoveRange(0, end);
    }

    private static bool HoldsLaterEntry(JournalEvent e, JournalEvent.SnapshotTaken snapshot) =>
        !snapshot.DiscardsLog && e is JournalEvent.EntriesAppended { Entries.Count: > 0 } appended && appended.Entries[^1].Index > snapshot.Position.Index;
}

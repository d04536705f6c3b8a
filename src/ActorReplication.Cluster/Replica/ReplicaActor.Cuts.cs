using Akka.Actor;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Replica;

/// <summary>Entries that leave the log because the new leader does not have them. The order, each step durable before the next: saved to salvage, taken back from the
/// database, cut in the journal.</summary>
internal sealed partial class ReplicaActor
{
    /// <summary>Cuts that the gate has not taken back yet: what it reports as applied until then may be of entries that are gone.</summary>
    private int _cutsToUndo;

    /// <summary>What goes to the journal when the gate has taken everything back; null: nothing is held.</summary>
    private Queue<Output.Persist>? _persistsHeld;

    private void OnApplied(LogIndex index)
    {
        if (_cutsToUndo == 0) Run(new Input.Applied(index));
    }

    private void OnUndone()
    {
        // One more than there are cuts may come from before this actor's start.
        _cutsToUndo = Math.Max(0, _cutsToUndo - 1);
        if (_cutsToUndo > 0 || _persistsHeld is not { } held) return;
        _persistsHeld = null;
        foreach (var persist in held) Write(persist);
    }

    /// <summary>Saves what is about to be cut, and has the gate take back what of it was applied.</summary>
    private void OnEntriesCut(Output.EntriesCut cut)
    {
        var before = cut.Range.First.Previous;
        // With a copy of another node's database in place there is only to save.
        if (_installing) before = LogIndex.Max(before, _context.Board.Applied);
        var position = new LogPosition(Replica.TermAt(before) ?? Term.Zero, before);
        _cutsToUndo++;
        _context.Gate.OnCut(before);
        var isCached = _context.Cache.TryRead(cut.Range.First, cut.Range.Last, long.MaxValue, out var entries) && entries.Count == cut.Range.Count;
        _context.Cache.Cut(cut.Range.First);
        // What was applied is taken back first, and what has to be read to be saved is saved first.
        if (!isCached || cut.CommittedUpTo >= cut.Range.First) _persistsHeld ??= new Queue<Output.Persist>();
        if (isCached) SaveCut(cut.Range, position, entries);
        // Older than the cache: the records are still in the journal, which only grows, and are found by their numbers.
        else _ = SaveCutLater(Context.System, cut.Range, position, _context.Map.Find(cut.Range.First, cut.Range.Last, long.MaxValue));
    }

    private async Task SaveCutLater(ActorSystem system, LogRange range, LogPosition before, IReadOnlyList<JournalRecord> records)
    {
        try
        {
            SaveCut(range, before, await _log.ReadAsync(records, range).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            // The cut is not in the journal: the next actor makes it again.
            if (e is StorageFailure) _context.Fatal(e);
            else _context.Restart(system, $"entries that are cut could not be saved: {e.Message}");
        }
    }

    private void SaveCut(LogRange range, LogPosition before, IReadOnlyList<LogEntry> entries)
    {
        var saved = _context.Salvage.Save(entries);
        _context.Board.CountSalvaged(saved);
        ReplicaLog.Cut(_logger, range.First.Value, range.Last.Value, saved);
        _context.Gate.Undo(before, entries);
    }
}

using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Model;

namespace ActorReplication.Core.Tests.Simulation.Checks;

/// <summary>Every log position that ever existed anywhere, with its content and its predecessor: log matching (S4) by induction, each
/// client transaction at one position only (exactly once), and configurations that follow from each other (S15).</summary>
internal sealed class Ledger(ClusterConfig? initial = null)
{
    /// <param name="Other">The next position known at the same index.</param>
    internal sealed record Known(LogEntry Entry, Term Before, ulong Hash, ClusterConfig? Config, Known? Other);

    private readonly List<Known?> _byIndex = [null];
    private readonly Dictionary<long, LogPosition> _operations = [];

    public long Positions { get; private set; }

    public Known? Find(LogPosition position)
    {
        var known = position.Index.Value < _byIndex.Count ? _byIndex[(int)position.Index.Value] : null;
        while (known is not null && known.Entry.Term != position.Term)
            known = known.Other;
        return known;
    }

    /// <summary>Where a client transaction stands, if it ever reached a log.</summary>
    public LogPosition? PositionOf(long operation) => _operations.TryGetValue(operation, out var position) ? position : null;

    /// <summary>Called for each entry that a node writes, in order.</summary>
    public void Saw(LogEntry entry, LogPosition before, bool dataless)
    {
        if (entry.Index != before.Index.Next)
            throw new Violation("S4", $"entry {entry.Position} written after {before}");
        if (Find(entry.Position) is { } known)
        {
            if (known.Before != before.Term)
                throw new Violation("S4", $"{entry.Position} follows term {before.Term} here and term {known.Before} elsewhere");
            if (!ReferenceEquals(known.Entry, entry))
                CompareContent(known.Entry, entry, dataless);
            return;
        }
        Add(entry, before);
    }

    /// <summary>True if the second position's history contains the first.</summary>
    public bool IsIn(LogPosition position, LogPosition history)
    {
        while (history.Index > position.Index)
        {
            if (Find(history) is not { } known)
                return false;
            history = new LogPosition(known.Before, history.Index.Previous);
        }
        return history == position;
    }

    public ulong HashAt(LogPosition position) => position.Index == LogIndex.Zero ? 0 : Find(position)?.Hash ?? throw new Violation("S10", $"nobody ever wrote {position}");

    private void Add(LogEntry entry, LogPosition before)
    {
        var predecessor = before.Index == LogIndex.Zero ? null : Find(before);
        if (before.Index != LogIndex.Zero && predecessor is null)
            throw new Violation("S4", $"{entry.Position} follows {before}, which nobody ever wrote");
        if (entry.Kind == EntryKind.Data)
        {
            var operation = Payload.Operation(entry.Payload.Span);
            if (!_operations.TryAdd(operation, entry.Position))
                throw new Violation("exactly-once", $"operation {operation} is at {_operations[operation]} and again at {entry.Position}");
        }
        if (entry.Kind == EntryKind.Config != entry.Config is not null)
            throw new Violation("S15", $"{entry.Position} of kind {entry.Kind} {(entry.Config is null ? "lacks" : "has")} a configuration");
        var configBefore = before.Index == LogIndex.Zero ? initial : predecessor!.Config;
        if (entry.Config is { } next && configBefore is { } previous)
            ConfigRules.RequireOneStep(previous, next, entry.Position);
        while (_byIndex.Count <= entry.Index.Value)
            _byIndex.Add(null);
        var other = _byIndex[(int)entry.Index.Value];
        _byIndex[(int)entry.Index.Value] = new Known(entry, before.Term, StateMachine.NextHash(predecessor?.Hash ?? 0, entry), entry.Config ?? configBefore, other);
        Positions++;
    }

    private static void CompareContent(LogEntry known, LogEntry entry, bool dataless)
    {
        if (known.Kind != entry.Kind || !ReferenceEquals(known.Config, entry.Config) && !Equals(known.Config, entry.Config))
            throw new Violation("S4", $"two contents at {entry.Position}: {known.Kind} and {entry.Kind}");
        if (!known.Payload.Span.SequenceEqual(entry.Payload.Span) && !(dataless && entry.Payload.IsEmpty))
            throw new Violation("S4", $"two payloads at {entry.Position}");
    }
}

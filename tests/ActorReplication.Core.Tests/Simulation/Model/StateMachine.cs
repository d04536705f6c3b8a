using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Simulation.Engine;

namespace ActorReplication.Core.Tests.Simulation.Model;

/// <summary>The database of a node: a few keys, each a list that writes append to (its end is the key's register), with the applied position
/// in the same transaction. Values are operation numbers. Copies are cheap: a checkpoint, a snapshot and a rewind are all copies of this.</summary>
internal sealed class StateMachine
{
    public const int Keys = 6;

    /// <summary>Before-image of one applied entry.</summary>
    private sealed record Undo(Undo? Before, LogPosition Position, ulong Hash, ClusterConfig? Config, int Key, long Value, int Length);

    private readonly long[] _last = new long[Keys];
    private readonly int[] _length = new int[Keys];
    private Undo? _undo;

    public LogPosition Position { get; private set; }

    /// <summary>Of everything applied, in order: equal positions must have equal hashes.</summary>
    public ulong Hash { get; private set; }

    /// <summary>The newest configuration at or before the position.</summary>
    public ClusterConfig? Config { get; private set; }

    public (long LastWrite, int Length) Read(int key) => (_last[key], _length[key]);

    public StateMachine Copy()
    {
        var copy = new StateMachine { Position = Position, Hash = Hash, Config = Config, _undo = _undo };
        _last.CopyTo(copy._last, 0);
        _length.CopyTo(copy._length, 0);
        return copy;
    }

    public void Apply(LogEntry entry)
    {
        if (entry.Index != Position.Index.Next)
            throw new Violation("S9", $"entry {entry.Position} applied on top of {Position}");
        var op = entry.Kind == EntryKind.Data && !entry.Payload.IsEmpty ? Payload.Operation(entry.Payload.Span) : 0;
        var key = op == 0 ? 0 : Payload.Key(entry.Payload.Span);
        _undo = new Undo(_undo, Position, Hash, Config, key, _last[key], _length[key]);
        if (op != 0)
        {
            _last[key] = op;
            _length[key]++;
        }
        Hash = NextHash(Hash, entry);
        Position = entry.Position;
        Config = entry.Config ?? Config;
    }

    /// <summary>Takes back everything after an index, from the before-images.</summary>
    public void RewindTo(LogIndex index)
    {
        while (Position.Index > index)
        {
            if (_undo is not { } undo)
                throw new Violation("rewind", $"nothing to go back from {Position} to {index}");
            (_last[undo.Key], _length[undo.Key]) = (undo.Value, undo.Length);
            (Position, Hash, Config, _undo) = (undo.Position, undo.Hash, undo.Config, undo.Before);
        }
    }

    public static ulong NextHash(ulong hash, LogEntry entry)
    {
        var content = entry.Kind == EntryKind.Data && !entry.Payload.IsEmpty ? (ulong)Payload.Operation(entry.Payload.Span) : ulong.MaxValue - (ulong)entry.Kind;
        return Dice.Mix(hash * 31 + Dice.Mix(content) + (ulong)entry.Term.Value);
    }
}

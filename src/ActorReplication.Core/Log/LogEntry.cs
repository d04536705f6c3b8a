using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Log;

public enum EntryKind : byte
{
    /// <summary>Opens a leader's term; no content. Once it is committed, everything before it is too.</summary>
    Barrier = 0,

    /// <summary>A client transaction. Core never looks inside.</summary>
    Data = 1,

    /// <summary>Members, durability policy, or both: <see cref="LogEntry.Config"/> is set.</summary>
    Config = 2,
}

/// <summary>One log entry. Immutable, the payload included: nobody writes to that memory after the entry is made.</summary>
/// <param name="Payload">What the state machine applies; empty for other kinds, and on a witness.</param>
/// <param name="Config">The whole configuration from this entry on; only for <see cref="EntryKind.Config"/>.</param>
public sealed record LogEntry(LogPosition Position, EntryKind Kind, ReadOnlyMemory<byte> Payload, ClusterConfig? Config = null)
{
    /// <summary>When the leader took it, by the leader's wall clock, in milliseconds since 1970-01-01 UTC; 0: with the entry before it. Core orders nothing by it.</summary>
    public long TimeMs { get; init; }

    public LogIndex Index => Position.Index;
    public Term Term => Position.Term;

    /// <summary>Bytes that this entry counts for in windows, caches and budgets: the payload and a fixed cost for the rest.</summary>
    public int SizeBytes => Payload.Length + OverheadBytes;

    public const int OverheadBytes = 32;
}

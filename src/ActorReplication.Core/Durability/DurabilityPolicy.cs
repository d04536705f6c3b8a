using System.Collections.Immutable;

namespace ActorReplication.Core.Durability;

public enum PolicyKind : byte { Async = 0, SemiSync = 1, Quorum = 2, Sync = 3, FirstOf = 4, AnyOf = 5 }

/// <summary>How many followers must hold an entry durably before it commits.</summary>
/// <param name="Count">k of <c>FIRST k</c> and <c>ANY k</c>; ignored by the four named kinds.</param>
/// <param name="Names">The followers that count, by preference; empty = every voter (<c>*</c>). Only for FirstOf and AnyOf.</param>
public sealed record DurabilityPolicy(PolicyKind Kind, int Count, ImmutableArray<NodeId> Names)
{
    /// <summary>When the followers that a commit waits for have got no further for so many milliseconds, it is content with copies on so many voters that no election can be won without one
    /// of them; 0 = it waits. What elects follows from the policy alone, so this needs no agreement when it happens, and loses nothing in a failover.</summary>
    public long DegradeAfterMs { get; init; }

    public static readonly DurabilityPolicy Async = new(PolicyKind.Async, 0, []);
    public static readonly DurabilityPolicy SemiSync = new(PolicyKind.SemiSync, 1, []);
    public static readonly DurabilityPolicy Quorum = new(PolicyKind.Quorum, 0, []);
    public static readonly DurabilityPolicy Sync = new(PolicyKind.Sync, 0, []);
    public static DurabilityPolicy FirstOf(int count, params ReadOnlySpan<NodeId> names) => new(PolicyKind.FirstOf, count, [.. names]);
    public static DurabilityPolicy AnyOf(int count, params ReadOnlySpan<NodeId> names) => new(PolicyKind.AnyOf, count, [.. names]);
}

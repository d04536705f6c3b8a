using ActorReplication.Core;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster.Replica;

/// <summary>A change or a handover that somebody asked for, until it is answered. Nothing of it is in the log while it is held.</summary>
/// <param name="Change">Null: a handover to <paramref name="To"/>, or to the best follower.</param>
/// <param name="IsForwarded">Another node put it to this one: not passed on again.</param>
/// <param name="Until">Then it is no longer held.</param>
/// <param name="Cancellation">Nobody waits for it any more: dropped where it is held.</param>
internal sealed record ControlWork(
    ConfigChange? Change, NodeId? To, bool IsForwarded, Instant Until, CancellationToken Cancellation, Action<RefusalReason, string?> Answer)
{
    /// <summary>For this node alone, and only while it leads and this holds; null: wherever the leader is, whatever there is.</summary>
    public SettingsBasis? Basis { get; init; }

    /// <summary>The answer when <see cref="Basis"/> does not hold.</summary>
    public Action? OnStale { get; init; }

    /// <summary>Why it is held.</summary>
    public RefusalReason Held { get; init; }

    public string? Explanation { get; init; }
}

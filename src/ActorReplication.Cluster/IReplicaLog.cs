using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.Cluster;

/// <summary>A node's log, to look at. Thread-safe.</summary>
public interface IReplicaLog
{
    LogExtent Extent { get; }

    /// <summary>Entries from <paramref name="first"/> on, at least one, at most as many as fit the bytes; empty when the first is not in the log.</summary>
    Task<IReadOnlyList<LogEntry>> ReadAsync(LogIndex first, LogIndex last, long maxBytes);

    /// <summary>Reads every entry back from the journal: decodable, each index once, terms that never fall.</summary>
    Task<LogCheck> CheckAsync(CancellationToken cancellation);
}

/// <param name="Start">The last index that is not in the log any more: entries begin after it.</param>
/// <param name="Bytes">What the entries take.</param>
public sealed record LogExtent(LogIndex Start, LogIndex Last, long Bytes);

/// <param name="Problem">The first thing that is wrong; null: nothing is.</param>
public sealed record LogCheck(LogIndex First, LogIndex Last, long Entries, long Bytes, string? Problem);

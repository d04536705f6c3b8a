using ActorReplication.Core;

namespace ActorReplication.Cluster.Archive;

/// <summary>How far a node's archiving is.</summary>
/// <param name="Archived">All committed entries up to here are in the archive, whoever put them there, or are lost to it (<paramref name="Lost"/>); null: not known yet.</param>
/// <param name="Segments">Written by this node since its start.</param>
/// <param name="Lost">Ranges that were compacted before they were archived, since this node's start.</param>
/// <param name="Problem">Why it does not go on; null: it does.</param>
public sealed record ArchiveStatus(
    string Directory, LogPosition? Archived, LogIndex Commit, long LagBytes, long Segments, DateTimeOffset? LastWritten, IReadOnlyList<LogRange> Lost, string? Problem);

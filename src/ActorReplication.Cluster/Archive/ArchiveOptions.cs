namespace ActorReplication.Cluster.Archive;

/// <param name="Directory">Full path; a folder for each cluster is made in it. The same for all nodes, or each its own.</param>
/// <param name="SegmentBytes">Bytes of entries after which a segment is written.</param>
/// <param name="TimeoutMs">How long a committed entry waits for its segment to fill.</param>
/// <param name="LogBudgetBytes">Log kept for the archive when it does not get on.</param>
public sealed record ArchiveOptions(string Directory, long SegmentBytes = 16L << 20, int TimeoutMs = 60_000, long LogBudgetBytes = 4L << 30);

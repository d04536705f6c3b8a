namespace ActorReplication.Cluster.Archive;

/// <summary>When a node writes a segment. A leader as soon as one is full or has waited long enough. A follower only when nobody else has for three times as long, or twice
/// as much: the leader does it, as a rule, but one that does not is noticed without being asked.</summary>
internal static class ArchivePace
{
    private const int FollowerPatience = 3;
    private const int FollowerSegments = 2;

    /// <param name="waitingBytes">Of committed entries that are not in the archive.</param>
    /// <param name="waitedMs">How long the oldest of them has been.</param>
    public static bool IsDue(ArchiveOptions options, bool leads, long waitingBytes, long waitedMs) =>
        waitingBytes >= options.SegmentBytes * (leads ? 1 : FollowerSegments) || waitedMs >= (long)options.TimeoutMs * (leads ? 1 : FollowerPatience);
}

namespace ActorReplication.Cluster.Peers;

/// <summary>How much of a clone may be sent now: all that fits on the way while nobody writes, and beside commits a steady share, because each piece takes processor, disk and
/// line from them. One thread.</summary>
internal sealed class ClonePace(long commits, long nowMs)
{
    /// <summary>Beside commits.</summary>
    public const long BytesPerSecond = 40L << 20;

    /// <summary>What was not used of the share is not kept for longer.</summary>
    private const long KeptMs = 100;

    private long _commits = commits;
    private long _atMs = nowMs;
    private long? _left;

    /// <summary>May the next piece go?</summary>
    public bool Allows => _left is not <= 0;

    public void Sent(int bytes) => _left -= bytes;

    /// <param name="commits">The log's commit index: it grows when somebody writes.</param>
    /// <param name="nowMs">Monotonic.</param>
    public void Look(long commits, long nowMs)
    {
        var passed = Math.Min(nowMs - _atMs, KeptMs);
        if (commits == _commits) _left = null;
        else _left = Math.Min((_left ?? 0) + BytesPerSecond * passed / 1000, BytesPerSecond * KeptMs / 1000);
        (_commits, _atMs) = (commits, nowMs);
    }
}

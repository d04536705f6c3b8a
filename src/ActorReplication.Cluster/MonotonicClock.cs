using ActorReplication.Core;

namespace ActorReplication.Cluster;

/// <summary>This node's monotonic clock in the unit that Core counts in.</summary>
internal sealed class MonotonicClock(TimeProvider time)
{
    private readonly long _ticksPerMillisecond = time.TimestampFrequency / 1000;

    public Instant Now => new(time.GetTimestamp() / _ticksPerMillisecond);

    /// <summary>The wall clock, in milliseconds since 1970-01-01 UTC: for people and for delays, never for the protocol.</summary>
    public long WallMs => time.GetUtcNow().ToUnixTimeMilliseconds();
}

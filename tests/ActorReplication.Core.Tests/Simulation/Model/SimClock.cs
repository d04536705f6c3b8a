namespace ActorReplication.Core.Tests.Simulation.Model;

/// <summary>A node's own monotonic clock: another origin after each start, and a rate that is off by up to half the stated drift bound.</summary>
internal readonly struct SimClock(long originMs, int ratePpm)
{
    public Instant At(long micros) => new(originMs + (micros + micros * ratePpm / 1_000_000) / 1000);

    /// <summary>Microseconds of true time in which this clock counts that many milliseconds.</summary>
    public long Micros(int milliseconds) => milliseconds * 1_000_000_000L / (1_000_000 + ratePpm);
}

using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ActorReplication.Cluster.Telemetry;

/// <summary>What the write gate measures. Costs a flag's test while nobody listens. One process is one node: the meter is the process's.</summary>
public static class GateMeters
{
    /// <summary>The meter's name, for whoever subscribes.</summary>
    public const string Name = "ActorReplication.Cluster";

    /// <summary>Seconds from a transaction's arrival at the gate to its answer; committed ones that changed something only.</summary>
    public const string CommitDuration = "actor_replication.commit.duration";

    private static readonly Meter Source = new(Name);
    private static readonly Histogram<double> Commits = Source.CreateHistogram<double>(CommitDuration, "s", "From a transaction's arrival at the write gate to its answer");

    /// <param name="arrived">As <see cref="Stopwatch.GetTimestamp"/> gave it.</param>
    internal static void Committed(long arrived)
    {
        if (Commits.Enabled) Commits.Record(Stopwatch.GetElapsedTime(arrived).TotalSeconds);
    }
}

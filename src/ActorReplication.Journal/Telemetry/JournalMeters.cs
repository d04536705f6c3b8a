using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ActorReplication.Journal.Telemetry;

/// <summary>What the journal measures. Costs a flag's test while nobody listens.</summary>
public static class JournalMeters
{
    /// <summary>The meter's name, for whoever subscribes.</summary>
    public const string Name = "ActorReplication.Journal";

    /// <summary>Seconds that one fdatasync of the current segment took.</summary>
    public const string SyncDuration = "actor_replication.journal.sync.duration";

    private static readonly Meter Source = new(Name);
    private static readonly Histogram<double> Syncs = Source.CreateHistogram<double>(SyncDuration, "s", "How long one fdatasync of the journal took");

    /// <param name="begun">As <see cref="Stopwatch.GetTimestamp"/> gave it.</param>
    internal static void Synced(long begun)
    {
        if (Syncs.Enabled) Syncs.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }
}

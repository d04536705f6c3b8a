using System.Diagnostics.Metrics;
using ActorReplication.Cluster.Telemetry;
using ActorReplication.Journal.Telemetry;

namespace ActorReplication.Node.Telemetry;

/// <summary>How busy the node is now: gathers what gate and journal measure, since the start for /metrics and over the last seconds for people.</summary>
internal sealed class Pulse : IDisposable
{
    private const int WindowSeconds = 5;
    private readonly MeterListener _listener = new();
    private readonly LatencyHistogram _commits = new(), _syncs = new();
    private readonly Lock _gate = new();
    private readonly Queue<Moment> _moments = new();
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;

    public Pulse(TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (HistogramOf(instrument) is { } histogram) listener.EnableMeasurementEvents(instrument, histogram);
        };
        _listener.SetMeasurementEventCallback<double>(static (_, seconds, _, histogram) => ((LatencyHistogram)histogram!).Record(seconds));
        _listener.Start();
        _moments.Enqueue(Now());
        _timer = _clock.CreateTimer(static pulse => ((Pulse)pulse!).Beat(), this, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>Since the start: from arrival at the write gate to the answer.</summary>
    public LatencyHistogram.Snapshot Commits => _commits.Take();

    /// <summary>Since the start: one fdatasync of the journal.</summary>
    public LatencyHistogram.Snapshot Syncs => _syncs.Take();

    /// <summary>Over the last five seconds, or since the start if that is less.</summary>
    public PulseView View()
    {
        var now = Now();
        Moment before;
        lock (_gate) before = _moments.Peek();
        var (commits, syncs) = (now.Commits.Since(before.Commits), now.Syncs.Since(before.Syncs));
        var seconds = Math.Max(0.05, _clock.GetElapsedTime(before.At, now.At).TotalSeconds);
        return new PulseView(now.Commits.Count, Math.Round(commits.Count / seconds, 1),
            commits.Percentile(0.5), commits.Percentile(0.99), commits.Percentile(0.999), Math.Round(syncs.Count / seconds, 1), syncs.Percentile(0.5), syncs.Percentile(0.99));
    }

    public void Dispose()
    {
        _timer.Dispose();
        _listener.Dispose();
    }

    private void Beat()
    {
        var now = Now();
        lock (_gate)
        {
            _moments.Enqueue(now);
            while (_moments.Count > WindowSeconds) _moments.Dequeue();
        }
    }

    private Moment Now() => new(_clock.GetTimestamp(), _commits.Take(), _syncs.Take());

    private LatencyHistogram? HistogramOf(Instrument instrument) => (instrument.Meter.Name, instrument.Name) switch
    {
        (GateMeters.Name, GateMeters.CommitDuration) => _commits,
        (JournalMeters.Name, JournalMeters.SyncDuration) => _syncs,
        _ => null,
    };

    private sealed record Moment(long At, LatencyHistogram.Snapshot Commits, LatencyHistogram.Snapshot Syncs);
}

/// <summary>Milliseconds, and pieces a second; percentiles are null while nothing was measured in the window.</summary>
/// <param name="Commits">Since the start.</param>
internal sealed record PulseView(
    long Commits, double CommitsPerSecond, double? CommitP50Ms, double? CommitP99Ms, double? CommitP999Ms, double SyncsPerSecond, double? SyncP50Ms, double? SyncP99Ms);

using System.Diagnostics;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Telemetry;

/// <summary>One write's way through the gate, as spans: <c>gate</c>, in it <c>queue</c>, <c>execute</c>, <c>replicate</c>, and in that one <c>ack NAME</c> for each node that had it on disk when the
/// answer went out. Made after the fact from a few clock readings, and only if somebody listens when the write arrives: else there is no object at all.</summary>
public sealed class WriteTrace
{
    /// <summary>The source's name, for whoever listens.</summary>
    public const string SourceName = "ActorReplication.Cluster";

    internal static readonly ActivitySource Source = new(SourceName);
    private readonly ActivityContext _parent;
    private readonly DateTimeOffset _arrived = DateTimeOffset.UtcNow;
    private DateTimeOffset _executing;
    private DateTimeOffset _executed;

    private WriteTrace(ActivityContext parent) => _parent = parent;

    /// <summary>Whether anybody listens.</summary>
    internal static bool IsOn => Source.HasListeners();

    /// <summary>Null: nobody listens, or the request that this belongs to is not among those that are recorded. A write that belongs to none is not traced by itself.</summary>
    internal static WriteTrace? Begin()
    {
        return IsOn && Activity.Current is { Recorded: true } request ? new WriteTrace(request.Context) : null;
    }

    internal void Executing() => _executing = DateTimeOffset.UtcNow;

    internal void Executed() => _executed = DateTimeOffset.UtcNow;

    /// <param name="position">Zero: it changed nothing.</param>
    internal void End(string outcome, LogPosition position)
    {
        var now = DateTimeOffset.UtcNow;
        using var gate = Source.StartActivity("gate", ActivityKind.Internal, _parent, startTime: _arrived);
        if (gate is null) return;
        gate.SetTag("replication.outcome", outcome);
        if (position != LogPosition.Zero)
        {
            gate.SetTag("replication.term", position.Term.Value);
            gate.SetTag("replication.index", position.Index.Value);
        }
        Part("queue", gate.Context, _arrived, _executing == default ? now : _executing)?.Dispose();
        if (_executing == default) return;
        var executed = _executed == default ? now : _executed;
        Part("execute", gate.Context, _executing, executed)?.Dispose();
        if (position == LogPosition.Zero) return;
        using var replicate = Part("replicate", gate.Context, executed, now);
        if (replicate is null) return;
        foreach (var (node, at) in AckTimes.Of(position))
            if (at >= executed && at <= now) Part($"ack {node.Name}", replicate.Context, executed, at)?.Dispose();
    }

    private static Activity? Part(string name, ActivityContext parent, DateTimeOffset begun, DateTimeOffset ended)
    {
        var part = Source.StartActivity(name, ActivityKind.Internal, parent, startTime: begun);
        part?.SetEndTime(ended.UtcDateTime);
        return part;
    }
}

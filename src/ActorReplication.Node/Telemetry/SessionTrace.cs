using System.Diagnostics;

namespace ActorReplication.Node.Telemetry;

/// <summary>The span around a session's statements; the gate's spans lie in it. Nothing is made while nobody listens.</summary>
internal static class SessionTrace
{
    public const string SourceName = "ActorReplication.Node";
    private static readonly ActivitySource Source = new(SourceName);

    /// <param name="statements">How many; their text stays out of traces, since it may hold what nobody else should see.</param>
    public static Activity? Write(int statements)
    {
        if (!Source.HasListeners()) return null;
        var span = Source.StartActivity("session", ActivityKind.Server);
        span?.SetTag("db.system.name", "postgresql");
        span?.SetTag("db.operation.batch.size", statements);
        return span;
    }
}

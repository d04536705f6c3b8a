namespace ActorReplication.Node.Telemetry;

/// <summary>Where telemetry is sent by OTLP, and what of it.</summary>
/// <param name="TracePercent">Of a hundred sessions' writes, so many are traced.</param>
internal sealed record TelemetrySettings(Uri Endpoint, bool Grpc, bool Metrics, int TracePercent, bool Logs, int MetricsIntervalMs);

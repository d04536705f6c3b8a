using ActorReplication.Cluster.Telemetry;
using ActorReplication.Journal.Telemetry;
using ActorReplication.Node.CommandLine;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ActorReplication.Node.Telemetry;

/// <summary>Sends metrics, traces and logs to a collector, if the configuration names one. Dispose sends what is left.</summary>
internal sealed class Export : IDisposable
{
    private const string Service = "actor-replication";
    private const int FlushMs = 2000;
    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    private Export(MeterProvider? metrics, TracerProvider? traces) => (_metrics, _traces) = (metrics, traces);

    /// <summary>Null: nothing is sent, and nothing of this costs anything.</summary>
    public static Export? Start(TelemetrySettings? settings, string node)
    {
        if (settings is null) return null;
        var metrics = !settings.Metrics ? null : Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(Resource(node))
            .AddMeter(GateMeters.Name, JournalMeters.Name, StatusMeters.Name)
            .AddOtlpExporter((otlp, reader) =>
            {
                Configure(otlp, settings, "metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = settings.MetricsIntervalMs;
            })
            .Build();
        var traces = settings.TracePercent == 0 ? null : Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(Resource(node))
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(settings.TracePercent / 100.0)))
            .AddSource(SessionTrace.SourceName, WriteTrace.SourceName)
            .AddOtlpExporter(otlp => Configure(otlp, settings, "traces"))
            .Build();
        return new Export(metrics, traces);
    }

    /// <summary>Log lines go there too, beside the console.</summary>
    public static void AddTo(ILoggingBuilder logging, TelemetrySettings? settings, string node)
    {
        if (settings is not { Logs: true }) return;
        logging.AddOpenTelemetry(options =>
        {
            options.SetResourceBuilder(Resource(node));
            options.IncludeFormattedMessage = true;
            options.AddOtlpExporter(otlp => Configure(otlp, settings, "logs"));
        });
    }

    public void Dispose()
    {
        _traces?.ForceFlush(FlushMs);
        _metrics?.ForceFlush(FlushMs);
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private static ResourceBuilder Resource(string node) => ResourceBuilder.CreateEmpty().AddService(Service, serviceVersion: Usage.Version, autoGenerateServiceInstanceId: false, serviceInstanceId: node);

    // The exporter adds the signal's path only where the address comes from its environment.
    private static void Configure(OtlpExporterOptions otlp, TelemetrySettings settings, string signal)
    {
        otlp.Protocol = settings.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        otlp.Endpoint = settings.Grpc ? settings.Endpoint : new Uri(settings.Endpoint, $"/v1/{signal}");
        otlp.TimeoutMilliseconds = FlushMs;
    }
}

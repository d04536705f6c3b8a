using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using ActorReplication.Node.Telemetry;
using ActorReplication.Node.Tests.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ActorReplication.Node.Tests.Http;

/// <summary>A collector that takes OTLP over HTTP, and what the node sends to it.</summary>
public sealed class ExportRules : IAsyncLifetime
{
    private readonly ConcurrentQueue<(string Path, string Body)> _received = new();
    private readonly int _port = FreePorts.Take();
    private WebApplication _collector = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{_port}");
        _collector = builder.Build();
        _collector.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            _received.Enqueue((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
        });
        await _collector.StartAsync();
    }

    public async Task DisposeAsync() => await _collector.DisposeAsync();

    [Fact]
    public void Metrics_traces_and_logs_reach_a_collector_and_say_whose_they_are()
    {
        var settings = new TelemetrySettings(new Uri($"http://127.0.0.1:{_port}"), Grpc: false, Metrics: true, TracePercent: 100, Logs: true, MetricsIntervalMs: 60_000);
        var node = new Gateway.FakeNode();
        using (var logging = LoggerFactory.Create(l => Export.AddTo(l, settings, "n7")))
        using (new StatusMeters(node))
        using (Export.Start(settings, "n7"))
        {
            SessionTrace.Write(3)!.Dispose();
            logging.CreateLogger("test").LogWarning("a line for the collector");
        }
        Assert.Contains("session", Body("/v1/traces"));
        Assert.Contains("actor_replication.log.applied_index", Body("/v1/metrics"));
        Assert.Contains("a line for the collector", Body("/v1/logs"));
        Assert.All((string[])["/v1/traces", "/v1/metrics", "/v1/logs"], path => Assert.Contains("n7", Body(path)));
    }

    [Fact]
    public void Without_a_collector_there_is_no_listener_and_no_span()
    {
        Assert.Null(Export.Start(null, "n1"));
        Assert.Null(Activity.Current);
    }

    [Theory]
    [InlineData("otlp-endpoint = \"localhost:4317\"", "telemetry.otlp-endpoint")]
    [InlineData("otlp-endpoint = \"http://127.0.0.1:4317\", otlp-protocol = carrier-pigeon", "telemetry.otlp-protocol")]
    [InlineData("trace-percent = 101", "telemetry.trace-percent")]
    public void A_wrong_address_is_told_with_its_key(string text, string key)
    {
        using var folder = new ConfigFolder();
        Assert.Contains(folder.Load(ConfigFolder.Minimal + $"telemetry {{ {text} }}\n").Errors, e => e.Path == key && e.Line > 0);
    }

    private string Body(string path) => string.Join('\n', _received.Where(r => r.Path == path).Select(r => r.Body));
}

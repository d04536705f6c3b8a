using ActorReplication.Cluster;
using ActorReplication.Node.Checks;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;
using ActorReplication.Node.Http.Config;
using ActorReplication.Node.Http.Description;
using ActorReplication.Node.Http.Events;
using ActorReplication.Node.Http.Outlook;
using ActorReplication.Node.Http.Sessions;
using ActorReplication.Node.Http.Sql;
using ActorReplication.Node.Telemetry;
using ActorReplication.Node.Ui;
using ActorReplication.Postgres.Session;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Http;

/// <summary>The node's HTTP port. Started last, stopped first.</summary>
internal sealed class HttpApi : IAsyncDisposable
{
    private const int BodyBytes = 64 << 10;
    private const int Connections = 512;
    private readonly WebApplication _app;
    private readonly Survey _survey;
    private readonly Metrics _metrics;

    private readonly CheckEndpoints _checks;

    private readonly EventFeed _feed;
    private readonly Pulse _pulse;

    private HttpApi(WebApplication app, Survey survey, Metrics metrics, CheckEndpoints checks, EventFeed feed, Pulse pulse) =>
        (_app, _survey, _metrics, _checks, _feed, _pulse) = (app, survey, metrics, checks, feed, pulse);

    /// <param name="postgres">The SQL front end; null: there is none.</param>
    public static async Task<HttpApi> StartAsync(IReplicaNode node, NodeSettings settings, ILoggerFactory logging, PgServer? postgres, CancellationToken cancellation, RoleStore? roles = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [], ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.Sources.Clear();
        builder.Services.AddSingleton(logging);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = BodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
            kestrel.Limits.MaxRequestLineSize = 4 << 10;
            kestrel.Limits.MaxConcurrentConnections = Connections;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            if (settings.HttpSecurity.Tls is { } files) kestrel.Listen(settings.Http, listen => HttpTls.Serve(listen, files, logging));
            else kestrel.Listen(settings.Http);
        });
        if (settings.HttpSecurity.Tls is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        app.Use(AnswerFailuresAsync);
        roles ??= new RoleStore(node);
        app.Use(new HttpGuard(settings.HttpSecurity, roles, logging.CreateLogger<HttpGuard>()).RequireAsync);

        app.Use(new ForeignRequests(settings).RefuseAsync);
        var pulse = new Pulse();
        var report = new NodeReport(node, settings, pulse);
        var survey = new Survey(report, settings.Name.Name, settings.HttpPeers, HttpTls.PeerClient(settings.HttpSecurity, logging), settings.HttpSecurity.Tls is null ? "http" : "https");
        app.Use(survey.RefuseForAnotherAsync);
        var metrics = new Metrics(node, report, pulse);
        var feed = new EventFeed(node, survey.ClusterAsync);
        new EventEndpoints(feed).Map(app);
        new SqlEndpoints(survey, settings.Name.Name, postgres is null ? null : postgres.OpenInside, new SqlAccess(settings.PostgresAccess)).Map(app);
        new SessionEndpoints(survey, settings.Name.Name, postgres).Map(app);
        new ConfigEndpoints(node, new SystemSettings(node, settings.InitialPolicy)).Map(app);
        WhatIf.Map(app, survey, settings);
        new HealthEndpoints(report, survey, settings).Map(app);
        new ClusterEndpoints(report, survey, metrics, settings).Map(app);
        new LogEndpoints(node, survey, settings).Map(app);
        new SalvageEndpoints(node, survey).Map(app);
        var checks = new CheckEndpoints(node, survey);
        checks.Map(app);
        new ControlEndpoints(node, report, survey).Map(app);
        new BackupEndpoints(node).Map(app);
        new MemberEndpoints(node, survey).Map(app);
        new MemberReinit(node, survey).Map(app);
        new UserEndpoints(node, survey, roles).Map(app);
        OpenApi.Map(app);
        UiEndpoints.Map(app);
        await app.StartAsync(cancellation);
        return new HttpApi(app, survey, metrics, checks, feed, pulse);
    }

    /// <summary>Methods and paths of everything that is answered.</summary>
    internal IEnumerable<(string Method, string Path)> Routes =>
        from endpoint in ((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)_app).DataSources.SelectMany(d => d.Endpoints).OfType<Microsoft.AspNetCore.Routing.RouteEndpoint>()
        from method in endpoint.Metadata.GetMetadata<Microsoft.AspNetCore.Routing.HttpMethodMetadata>()!.HttpMethods
        select (method, endpoint.RoutePattern.RawText!);

    public async ValueTask DisposeAsync()
    {
        await _feed.DisposeAsync();
        using var hurry = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(hurry.Token);
        await _app.DisposeAsync();
        _checks.Dispose();
        _survey.Dispose();
        _metrics.Dispose();
        _pulse.Dispose();
    }

    // What routing and Kestrel refuse gets a body too.
    private static async Task AnswerFailuresAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await context.ProblemAsync(e.StatusCode, "Bad request", e.Message);
            return;
        }
        if (context.Response.HasStarted || context.Response.ContentLength is not null) return;
        if (context.Response.StatusCode == 404) await context.ProblemAsync(404, "No such path", $"{context.Request.Path}: GET / and /api/cluster are good places to start");
        if (context.Response.StatusCode == 405) await context.ProblemAsync(405, "Wrong method", $"{context.Request.Path} does not take {context.Request.Method}");
    }

    /// <summary>The node decides when it stops, not the web host.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http.Events;

/// <summary><c>GET /api/events</c>: server-sent events. Each event "cluster" holds what <c>GET /api/cluster</c> answers; a comment keeps a silent connection alive.</summary>
internal sealed class EventEndpoints(EventFeed feed)
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    public void Map(IEndpointRouteBuilder routes) => routes.MapMethods("/api/events", ["GET"], StreamAsync);

    private async Task StreamAsync(HttpContext context)
    {
        using var watch = feed.Open();
        if (watch is null)
        {
            context.Response.Headers.RetryAfter = "5";
            await context.ProblemAsync(503, "Too many watchers", $"{EventFeed.MostWatchers} connections watch already; close one, or ask GET /api/cluster now and then");
            return;
        }
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, feed.Stopping);
        try
        {
            await context.Response.Body.WriteAsync("retry: 1000\n\n"u8.ToArray(), ended.Token);
            await context.Response.Body.FlushAsync(ended.Token);
            while (true)
            {
                await context.Response.Body.WriteAsync(await NextAsync(watch, ended.Token), ended.Token);
                await context.Response.Body.FlushAsync(ended.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The watcher went, or the node does.
        }
    }

    private static async Task<ReadOnlyMemory<byte>> NextAsync(EventFeed.Watch watch, CancellationToken ended)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ended);
        patience.CancelAfter(Heartbeat);
        try
        {
            return await watch.Events.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!ended.IsCancellationRequested)
        {
            return ": still here\n\n"u8.ToArray();
        }
    }
}

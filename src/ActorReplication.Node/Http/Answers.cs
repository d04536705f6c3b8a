using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ActorReplication.Cluster;
using ActorReplication.Core;
using Microsoft.AspNetCore.Http;

namespace ActorReplication.Node.Http;

internal static class Answers
{
    public static Task JsonAsync<T>(this HttpContext context, int status, T value, JsonTypeInfo<T> type)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return HasNoBody(context) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    public static Task ProblemAsync(this HttpContext context, int status, string title, string detail)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new Problem(title, status, detail), ApiJson.Default.Problem);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        context.Response.ContentLength = body.Length;
        return HasNoBody(context) ? Task.CompletedTask : context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    // Load balancers ask with OPTIONS, as Patroni lets them: the status is the answer.
    private static bool HasNoBody(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method)) return true;
        if (!HttpMethods.IsOptions(context.Request.Method)) return false;
        context.Response.ContentLength = 0;
        return true;
    }

    /// <summary>A node that was let into no cluster yet, or whose folder was emptied, knows only what its configuration file says: it answers 421, and actorctl asks another one.</summary>
    public static async Task<bool> IsOfNoClusterAsync(this HttpContext context, IReplicaNode node)
    {
        if (node.Status.Cluster != ClusterId.None) return false;
        await context.ProblemAsync(421, "Not of a cluster yet", $"{node.Status.Name} belongs to no cluster yet{(node.Status.LastProblem is { } problem ? $" ({problem})" : "")}: ask a node that does");
        return true;
    }

    /// <summary>The one translation of a refused control request into an HTTP status (Patroni's 412 for a precondition, 503 without a leader).</summary>
    public static int StatusOf(ControlResult result) => result.Reason switch
    {
        RefusalReason.None => 200,
        RefusalReason.Invalid => 412,
        RefusalReason.ChangeUnderWay or RefusalReason.TransferUnderWay => 409,
        RefusalReason.TimedOut => 504,
        _ => 503,
    };

    public static string AdviceOf(ControlResult result) => result.Message ?? result.Reason switch
    {
        RefusalReason.NotLeader => "no leader was found; look at GET /api/cluster and try again",
        RefusalReason.NotReady => "the leader is not serving yet; try again in a moment",
        RefusalReason.ChangeUnderWay => "another change is under way; try again when it is done",
        RefusalReason.TransferUnderWay => "a handover is under way; try again when it is done",
        RefusalReason.TimedOut => "it did not end in time and may still happen; look at GET /api/cluster",
        RefusalReason.LeadershipLost => "the leader changed meanwhile; look at GET /api/cluster and try again",
        RefusalReason.Overloaded => "the leader has too much to do; try again",
        _ => "not possible in the cluster's present state; look at GET /api/cluster",
    };

    /// <summary>The request's body; null after a problem was already answered.</summary>
    public static async Task<T?> BodyAsync<T>(this HttpContext context, JsonTypeInfo<T> type) where T : class
    {
        if (context.Request.ContentLength is null or 0 && !context.Request.Headers.ContainsKey("Transfer-Encoding")) return JsonSerializer.Deserialize("{}", type);
        if (!context.Request.HasJsonContentType())
        {
            await context.ProblemAsync(415, "Not JSON", "send Content-Type: application/json");
            return null;
        }
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted) ?? JsonSerializer.Deserialize("{}", type);
        }
        catch (JsonException e)
        {
            await context.ProblemAsync(400, "Not the JSON that is expected", e.Message);
            return null;
        }
    }
}

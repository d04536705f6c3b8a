using System.Buffers;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;

namespace ActorReplication.Node.Http.Sql;

/// <summary><c>POST /api/sql</c>: SQL for those who have no driver. A session of its own for each request, over the node's SQL front end, so everything that holds there holds here.</summary>
/// <param name="connect">A connection to the front end; null: this node has none.</param>
internal sealed class SqlEndpoints(Survey survey, string nodeName, Func<Socket>? connect, SqlAccess access)
{
    public const string Path = "/api/sql";
    private const string UserKey = "user";
    private const int BodyBytes = 1 << 20;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public void Map(IEndpointRouteBuilder routes) =>
        ControlEndpoints.Post(routes, Path, RunAsync, TimeSpan.FromMilliseconds(SqlRequest.MostTimeoutMs) + Grace);

    private async Task RunAsync(HttpContext context, CancellationToken cancellation)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = BodyBytes;
        if (await UserOfAsync(context) is not { } user) return;
        if (context.Request.Query.ContainsKey("leader") && !Survey.IsForwarded(context))
        {
            // The leader is told by this node, which shows its own token, as whom.
            context.Request.Query = new QueryCollection(new Dictionary<string, StringValues>(context.Request.Query.Where(q => !q.Key.Equals(UserKey, StringComparison.OrdinalIgnoreCase))) { [UserKey] = user });
            if (await survey.TryForwardToLeaderAsync(context, Path)) return;
        }
        if (await context.BodyAsync(SqlJsonContext.Default.SqlRequest) is not { } request) return;
        if (request.Problem() is { } problem)
        {
            await context.ProblemAsync(400, "Not such a request", problem);
            return;
        }
        if (connect is null)
        {
            await context.ProblemAsync(503, "No SQL", "this node serves no SQL");
            return;
        }
        var answer = new ArrayBufferWriter<byte>(4096);
        using var json = new Utf8JsonWriter(answer);
        json.WriteStartObject();
        json.WriteString("node", nodeName);
        SqlFault? fault;
        await using (var wire = new SqlWire(connect())) fault = await new SqlRun(wire, request, json).RunAsync(user, cancellation);
        if (fault is not null)
        {
            await FailAsync(context, fault);
            return;
        }
        json.WriteEndObject();
        await json.FlushAsync(cancellation);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = answer.WrittenCount;
        await context.Response.Body.WriteAsync(answer.WrittenMemory, context.RequestAborted);
    }

    /// <summary>As whom; null: it is refused, and answered.</summary>
    private async Task<string?> UserOfAsync(HttpContext context)
    {
        var users = context.Request.Query[UserKey];
        var named = users is [{ Length: > 0 } one] ? one : null;
        // Two readers of such a request could take it for two users'. And who hands a request on has decided.
        if (named is null && (users.Count > 0 || Survey.IsForwarded(context)))
        {
            await context.ProblemAsync(400, "Which user?", "user= names one role, once");
            return null;
        }
        switch (access.Decide(Caller.Of(context), context.Connection.RemoteIpAddress, context.Request.IsHttps, named))
        {
            case SqlUser.Is(var user) when user.Any(char.IsControl):
                await context.ProblemAsync(400, "No such user", "a role's name has no control characters");
                return null;
            case SqlUser.Is(var user): return user;
            case SqlUser.Refused refused:
                await context.ProblemAsync(403, "Not allowed", refused.Why);
                return null;
            default:
                await HttpGuard.AskAsync(context, "postgres.hba asks SQL clients for a password: show a role's name and password (Authorization: Basic), or the token of http.token-file (Authorization: Bearer; actorctl --token-file)");
                return null;
        }
    }

    private static async Task FailAsync(HttpContext context, SqlFault fault)
    {
        var problem = new SqlProblem(fault.Message, fault.Status, fault.Detail ?? fault.Message, fault.SqlState, fault.Statement, fault.Hint, fault.Position);
        var body = JsonSerializer.SerializeToUtf8Bytes(problem, SqlJsonContext.Default.SqlProblem);
        context.Response.StatusCode = fault.Status;
        context.Response.ContentType = "application/problem+json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}

using System.Text.Json.Serialization;
using ActorReplication.Postgres.Session;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http.Sessions;

/// <summary>The SQL sessions of one node (<c>?node=</c>: of another): who is there, and an end to what one runs, or to one.</summary>
/// <param name="server">Null: this node serves no SQL.</param>
internal sealed class SessionEndpoints(Survey survey, string nodeName, PgServer? server)
{
    private const string ListPath = "/api/sessions", CancelPath = "/api/sessions/cancel", TerminatePath = "/api/sessions/terminate";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods(ListPath, ["GET", "HEAD"], async c =>
        {
            if (!await survey.TryForwardAsync(c, ListPath)) await c.JsonAsync(200, new SessionsView(nodeName, [.. (server?.Sessions() ?? []).Select(RowOf).OrderBy(r => r.Id)]), SessionJson.Default.SessionsView);
        });
        ControlEndpoints.Post(routes, CancelPath, (c, _) => EndAsync(c, CancelPath, id => server?.CancelBackend(id) == true, "the statement of session {0} is cancelled"));
        ControlEndpoints.Post(routes, TerminatePath, (c, _) => EndAsync(c, TerminatePath, id => server?.TerminateBackend(id) == true, "session {0} is ended"));
    }

    private async Task EndAsync(HttpContext context, string path, Func<int, bool> end, string done)
    {
        if (await survey.TryForwardAsync(context, path) || await context.BodyAsync(SessionJson.Default.SessionRequest) is not { } request) return;
        if (request.Id is not { } id) await context.ProblemAsync(400, "Which session?", "say {\"id\": 12345}, as GET /api/sessions shows it");
        else if (end(id)) await context.JsonAsync(200, new Done(string.Format(done, id), null, null), ApiJson.Default.Done);
        else await context.ProblemAsync(404, "No such session", $"{nodeName} has no session {id}");
    }

    private static SessionRow RowOf(SessionInfo s) =>
        new(s.ProcessId, s.User, s.Database, s.ApplicationName, s.Address?.ToString(), s.IsRunning ? "active" : s.InTransaction ? "idle in transaction" : "idle");
}

internal sealed record SessionRequest(int? Id);

internal sealed record SessionsView(string Node, IReadOnlyList<SessionRow> Sessions);

/// <param name="Id">pg_stat_activity's pid.</param>
/// <param name="State">active, idle in transaction, idle.</param>
internal sealed record SessionRow(int Id, string User, string Database, string Application, string? Address, string State);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 8)]
[JsonSerializable(typeof(SessionsView))]
[JsonSerializable(typeof(SessionRequest))]
internal sealed partial class SessionJson : JsonSerializerContext;

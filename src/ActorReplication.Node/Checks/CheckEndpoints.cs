using System.Text.Json;
using ActorReplication.Cluster;
using ActorReplication.Node.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Checks;

/// <summary>Are all databases the same, and if one is not, make it so. The paths below <c>/api/db/check/</c> are what the leader asks the others.</summary>
internal sealed class CheckEndpoints(IReplicaNode node, Survey survey) : IDisposable
{
    /// <summary>A whole database is read, or copied.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private readonly CheckDesk _desk = new(node);

    public void Map(IEndpointRouteBuilder routes)
    {
        ControlEndpoints.Post(routes, "/api/db/check", CheckAsync, Patience);
        ControlEndpoints.Post(routes, "/api/db/repair", RepairAsync, Patience);
        Answer(routes, "arm", (r, _) =>
        {
            _desk.Arm(r.Marker!);
            return Task.FromResult(JsonSerializer.SerializeToUtf8Bytes(new Done("armed", null, null), ApiJson.Default.Done));
        });
        Answer(routes, "end", (r, _) =>
        {
            _desk.End(r.Marker!);
            return Task.FromResult(JsonSerializer.SerializeToUtf8Bytes(new Done("ended", null, null), ApiJson.Default.Done));
        });
        Answer(routes, "hashes", async (r, c) => JsonSerializer.SerializeToUtf8Bytes(await CheckRun.HashesAsync(_desk, node, r.Marker!, c), CheckJson.Default.CheckHashes));
        Answer(routes, "sums", async (r, c) => JsonSerializer.SerializeToUtf8Bytes(await CheckRun.SumsAsync(_desk, r.Marker!, r.Table ?? "", c), CheckJson.Default.CheckSums));
        Answer(routes, "rows", async (r, c) => JsonSerializer.SerializeToUtf8Bytes(await CheckRun.RowsAsync(_desk, r.Marker!, r.Table ?? "", r.Parts ?? [], c), CheckJson.Default.CheckRows));
    }

    public void Dispose() => _desk.Dispose();

    private static void Answer(IEndpointRouteBuilder routes, string question, Func<CheckRequest, CancellationToken, Task<byte[]>> answer) =>
        ControlEndpoints.Post(routes, "/api/db/check/" + question, async (context, cancellation) =>
        {
            if (await context.BodyAsync(CheckJson.Default.CheckRequest) is not { } request) return;
            if (request.Marker is not { Length: > 0 and <= 64 })
            {
                await context.ProblemAsync(400, "No marker", "this is what nodes ask each other in the course of POST /api/db/check");
                return;
            }
            try
            {
                var body = await answer(request, cancellation);
                context.Response.ContentType = "application/json";
                context.Response.ContentLength = body.Length;
                await context.Response.Body.WriteAsync(body, cancellation);
            }
            catch (CheckException e)
            {
                await context.ProblemAsync(409, "Not compared", e.Message);
            }
        }, Patience);

    private async Task CheckAsync(HttpContext context, CancellationToken cancellation)
    {
        if (await survey.TryForwardToLeaderAsync(context, "/api/db/check")) return;
        try
        {
            await context.JsonAsync(200, await new CheckRun(node, survey, _desk).CompareAsync(cancellation), CheckJson.Default.CheckView);
        }
        catch (CheckException e)
        {
            await context.ProblemAsync(503, "Not compared", e.Message);
        }
    }

    private async Task RepairAsync(HttpContext context, CancellationToken cancellation)
    {
        if (await context.BodyAsync(CheckJson.Default.RepairRequest) is not { } request) return;
        if (request.Node is not { Length: > 0 } name)
        {
            await context.ProblemAsync(400, "Nobody named", "say which follower is to take a clone: {\"node\": \"n2\"}");
            return;
        }
        if (name != node.Status.Name.Name)
        {
            var (done, problem) = await survey.PostAsync(name, "/api/db/repair", JsonSerializer.Serialize(request, CheckJson.Default.RepairRequest), ApiJson.Default.Done, Patience, cancellation);
            if (done is not null) await context.JsonAsync(200, done, ApiJson.Default.Done);
            else await context.ProblemAsync(503, "Not repaired", $"{name}: {problem}");
            return;
        }
        if (await node.CloneAsync(cancellation) is { } refusal) await context.ProblemAsync(409, "Not repaired", refusal);
        else await context.JsonAsync(200, new Done($"{name} has taken a clone of {node.Status.Leader?.Name ?? "the leader"}'s database, and stands at {node.Status.Applied}", null, null), ApiJson.Default.Done);
    }
}

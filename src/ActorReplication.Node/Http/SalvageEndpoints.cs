using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorReplication.Cluster;
using ActorReplication.Cluster.Salvage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http;

/// <summary>What nodes have put aside of their own logs: listed, shown, put back through the leader, dropped. A file lies on the node that wrote it.</summary>
internal sealed class SalvageEndpoints(IReplicaNode node, Survey survey)
{
    private const long MostFileBytes = 1L << 30;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/api/salvage/own", ["GET"], c => c.JsonAsync(200, Own(), SalvageJson.Default.SalvageListView));
        routes.MapMethods("/api/salvage", ["GET"], ListAsync);
        routes.MapMethods("/api/salvage/show", ["GET"], ShowAsync);
        ControlEndpoints.Post(routes, "/api/salvage/apply", ApplyAsync, Patience);
        ControlEndpoints.Post(routes, "/api/salvage/put", PutAsync, Patience);
        ControlEndpoints.Post(routes, "/api/salvage/drop", DropAsync);
    }

    private SalvageListView Own() => new([.. node.Salvage.List().Select(s => new SalvageRow(node.Status.Name.Name, s.Name, s.Bytes, s.Written, s.Term, s.From, s.To, s.Transactions, s.Changes, s.Problem))]);

    private async Task ListAsync(HttpContext context)
    {
        var others = await survey.AskAllAsync("/api/salvage/own", SalvageJson.Default.SalvageListView, context.RequestAborted);
        await context.JsonAsync(200, new SalvageListView([.. others.Append(Own()).SelectMany(o => o.Files).OrderBy(f => f.Node, StringComparer.Ordinal).ThenBy(f => f.Written)]), SalvageJson.Default.SalvageListView);
    }

    /// <summary>The file as it is: JSON lines.</summary>
    private async Task ShowAsync(HttpContext context)
    {
        if (await survey.TryForwardAsync(context, "/api/salvage/show")) return;
        try
        {
            var text = Encoding.UTF8.GetBytes(node.Salvage.Read(context.Request.Query["file"].ToString()));
            context.Response.ContentType = "application/jsonl";
            context.Response.ContentLength = text.Length;
            await context.Response.Body.WriteAsync(text, context.RequestAborted);
        }
        catch (SalvageException e)
        {
            await context.ProblemAsync(404, "No such file", e.Message);
        }
    }

    /// <summary>On the node that has the file, or any other: takes it to the leader.</summary>
    private async Task ApplyAsync(HttpContext context, CancellationToken cancellation)
    {
        if (await context.BodyAsync(SalvageJson.Default.SalvageRequest) is not { } request) return;
        if (request.File is not { Length: > 0 } file || request.Node is not { Length: > 0 } name)
        {
            await context.ProblemAsync(400, "No file named", "say which: {\"node\": \"n1\", \"file\": \"3-10-12.jsonl\"}; GET /api/salvage lists them");
            return;
        }
        try
        {
            var text = name == node.Status.Name.Name ? node.Salvage.Read(file) : await survey.TextAsync(name, $"/api/salvage/show?file={Uri.EscapeDataString(file)}", cancellation);
            if (node.Status is { Role: Core.Role.Leader, Serving: true })
            {
                await AnswerAsync(context, text, request.SkipConflicts, cancellation);
                return;
            }
            if (node.Status.Leader is not { } leader) throw new SalvageException("no leader is known: try again");
            var (view, problem) = await survey.PostAsync(leader.Name, "/api/salvage/put", JsonSerializer.Serialize(new SalvagePut(text, request.SkipConflicts), SalvageJson.Default.SalvagePut),
                SalvageJson.Default.SalvageView, Patience, cancellation);
            if (view is not null) await context.JsonAsync(200, view, SalvageJson.Default.SalvageView);
            else await context.ProblemAsync(409, "Not put back", problem ?? "the leader gave no reason");
        }
        catch (SalvageException e)
        {
            await context.ProblemAsync(409, "Not put back", e.Message);
        }
    }

    /// <summary>What the other nodes send their leader: the file itself.</summary>
    private async Task PutAsync(HttpContext context, CancellationToken cancellation)
    {
        // The one body that may be large; it comes from another node.
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MostFileBytes;
        if (await context.BodyAsync(SalvageJson.Default.SalvagePut) is not { } put) return;
        try
        {
            await AnswerAsync(context, put.Text ?? "", put.SkipConflicts, cancellation);
        }
        catch (SalvageException e)
        {
            await context.ProblemAsync(409, "Not put back", e.Message);
        }
    }

    private async Task AnswerAsync(HttpContext context, string text, bool skipConflicts, CancellationToken cancellation)
    {
        var outcome = await node.Salvage.ApplyAsync(text, skipConflicts, cancellation);
        await context.JsonAsync(200, new SalvageView(outcome.IsDone, outcome.Transactions, outcome.PutBack, outcome.AlreadyThere, outcome.Conflicts), SalvageJson.Default.SalvageView);
    }

    private async Task DropAsync(HttpContext context, CancellationToken cancellation)
    {
        if (await context.BodyAsync(SalvageJson.Default.SalvageRequest) is not { } request) return;
        if (request.Node is { } name && name != node.Status.Name.Name)
        {
            var (done, problem) = await survey.PostAsync(name, "/api/salvage/drop", JsonSerializer.Serialize(request, SalvageJson.Default.SalvageRequest), ApiJson.Default.Done, Patience, cancellation);
            if (done is not null) await context.JsonAsync(200, done, ApiJson.Default.Done);
            else await context.ProblemAsync(404, "Not dropped", problem ?? $"{name} gave no reason");
            return;
        }
        try
        {
            node.Salvage.Drop(request.File ?? "");
            await context.JsonAsync(200, new Done($"{request.File} is gone from {node.Status.Name}", null, null), ApiJson.Default.Done);
        }
        catch (SalvageException e)
        {
            await context.ProblemAsync(404, "Not dropped", e.Message);
        }
    }
}

internal sealed record SalvageRequest(string? Node, string? File, bool SkipConflicts);

internal sealed record SalvagePut(string? Text, bool SkipConflicts);

internal sealed record SalvageListView(IReadOnlyList<SalvageRow> Files);

/// <param name="Problem">Why it is of no use (edited, damaged); then the numbers are 0.</param>
internal sealed record SalvageRow(string Node, string File, long Bytes, DateTimeOffset Written, long Term, long From, long To, int Transactions, int Changes, string? Problem);

/// <param name="Done">False: there were conflicts, and nothing was changed.</param>
internal sealed record SalvageView(bool Done, int Transactions, int PutBack, int AlreadyThere, IReadOnlyList<SalvageConflict> Conflicts);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.Never, MaxDepth = 8)]
[JsonSerializable(typeof(SalvageRequest))]
[JsonSerializable(typeof(SalvagePut))]
[JsonSerializable(typeof(SalvageListView))]
[JsonSerializable(typeof(SalvageView))]
internal sealed partial class SalvageJson : JsonSerializerContext;

using ActorReplication.Node.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http;

/// <summary>What can be read: this node, the whole cluster, elections, metrics; in our shape under /api and in Patroni's beside it.</summary>
internal sealed class ClusterEndpoints(NodeReport report, Survey survey, Metrics metrics, NodeSettings settings)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        Get(routes, "/api/node", c => c.JsonAsync(200, MayKnow(c) ? report.Own() : report.Own() with { Cluster = "", Incarnation = "" }, ApiJson.Default.NodeView));
        Get(routes, "/api/cluster", async c =>
        {
            var cluster = await survey.ClusterAsync(c.RequestAborted);
            await c.JsonAsync(200, MayKnow(c) ? cluster : cluster with { Cluster = "" }, ApiJson.Default.ClusterView);
        });
        Get(routes, "/api/replication/status", async c => await c.JsonAsync(200, await survey.ClusterAsync(c.RequestAborted), ApiJson.Default.ClusterView));
        Get(routes, "/api/elections", async c => await c.JsonAsync(200,
            c.Request.Query.ContainsKey("own") ? report.Elections() : await survey.ElectionsAsync(c.RequestAborted), ApiJson.Default.IReadOnlyListElectionView));
        Get(routes, "/cluster", async c => await c.JsonAsync(200, ToPatroni(await survey.ClusterAsync(c.RequestAborted)), PatroniJson.Default.PatroniCluster));
        Get(routes, "/history", HistoryAsync);
        Get(routes, "/metrics", c =>
        {
            c.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return c.Response.WriteAsync(metrics.Write(), c.RequestAborted);
        }).WithMetadata(UnderAnyName.Mark);
    }

    /// <summary>Which cluster it is, and which data folder, nodes tell each other so that strangers are kept out: nobody who is not known needs to know.</summary>
    private bool MayKnow(HttpContext context) => !settings.HttpSecurity.IsGuarded || Caller.Of(context).IsKnown;

    private static IEndpointConventionBuilder Get(IEndpointRouteBuilder routes, string path, RequestDelegate handler) => routes.MapMethods(path, ["GET", "HEAD"], handler);

    private PatroniCluster ToPatroni(ClusterView cluster) => new([.. cluster.Nodes.Select(n =>
    {
        var role = n.Role == "leader" ? "leader" : n.Sync switch { "sync" => "sync_standby", "quorum" => "quorum_standby", _ => "replica" };
        var colon = n.Postgres?.LastIndexOf(':') ?? -1;
        return new PatroniMember(n.Name, role, n.State, n.Http is null ? null : $"http://{n.Http}/patroni",
            colon > 0 ? n.Postgres![..colon] : null, colon > 0 ? int.Parse(n.Postgres![(colon + 1)..]) : null, n.Term, n.Role == "leader" ? null : n.LagBytes);
    })], settings.SystemName);

    // Patroni's rows: timeline, position, reason, time, new leader. Our terms are its timelines.
    private async Task HistoryAsync(HttpContext context)
    {
        var won = (await survey.ElectionsAsync(context.RequestAborted)).Where(e => e.Event == "Won");
        using var buffer = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var e in won)
            {
                json.WriteStartArray();
                json.WriteNumberValue(e.Term);
                json.WriteNullValue();
                json.WriteStringValue("elected by its voters");
                json.WriteStringValue(e.At);
                json.WriteStringValue(e.Node);
                json.WriteEndArray();
            }
            json.WriteEndArray();
        }
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), context.RequestAborted);
    }
}

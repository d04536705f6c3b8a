using ActorReplication.Node.CommandLine;
using ActorReplication.Node.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ActorReplication.Node.Http;

/// <summary>Patroni's health checks, with Patroni's answers: 200 for yes, 503 for no, and a body that says what the node is, so
/// that a load balancer set up for Patroni works here unchanged.</summary>
internal sealed class HealthEndpoints(NodeReport report, Survey survey, NodeSettings settings)
{
    private static readonly string[] Methods = ["GET", "HEAD", "OPTIONS"];

    public void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in (string[])["/", "/primary", "/master", "/read-write", "/leader"]) Map(routes, path, (_, n) => Yes(Leads(n)));
        Map(routes, "/replica", async (c, n) => Follows(n) && await LagAllowsAsync(c, n));
        Map(routes, "/read-only", async (c, n) => Leads(n) || (Follows(n) && await LagAllowsAsync(c, n)));
        Map(routes, "/synchronous", (c, n) => SyncIsAsync(c, n, "sync"));
        Map(routes, "/sync", (c, n) => SyncIsAsync(c, n, "sync"));
        Map(routes, "/read-only-sync", async (c, n) => Leads(n) || await SyncIsAsync(c, n, "sync"));
        Map(routes, "/read-only-quorum", async (c, n) => Leads(n) || await SyncIsAsync(c, n, "quorum"));
        // There are no standby clusters here, so no leader of one.
        Map(routes, "/standby-leader", (_, _) => Yes(false));
        Map(routes, "/quorum", (c, n) => SyncIsAsync(c, n, "quorum"));
        Map(routes, "/asynchronous", async (c, n) => await SyncIsAsync(c, n, "async", "potential") && await LagAllowsAsync(c, n));
        Map(routes, "/async", async (c, n) => await SyncIsAsync(c, n, "async", "potential") && await LagAllowsAsync(c, n));
        Map(routes, "/readiness", async (c, n) => Leads(n) || (Follows(n) && await LagAllowsAsync(c, n)));
        // That this code runs at all is the answer: a node that cannot go on ends its process.
        Map(routes, "/health", (_, _) => Yes(true));
        Map(routes, "/liveness", (_, _) => Yes(true));
        Map(routes, "/patroni", (_, _) => Yes(true));
    }

    /// <summary>Patroni's max lag: bytes, or with kB, MB, GB. Null: not such a value.</summary>
    internal static long? ParseLag(string text) => text.Length == 0 ? null : ConfigValue.Bytes(text);

    private static Task<bool> Yes(bool value) => Task.FromResult(value);

    private static bool Leads(NodeView node) => node is { Role: "leader", Serving: true };

    private static bool Follows(NodeView node) => node is { Role: "follower", Serving: true };

    private void Map(IEndpointRouteBuilder routes, string path, Func<HttpContext, NodeView, Task<bool>> check) => routes.MapMethods(path, Methods, async context =>
    {
        var node = report.Own();
        if (context.Request.Query["lag"] is [{ } lag] && ParseLag(lag) is null)
        {
            await context.ProblemAsync(400, "Wrong lag", $"lag={lag}: bytes are expected, such as 1048576, 1024kB or 16MB");
            return;
        }
        await context.JsonAsync(await check(context, node) ? 200 : 503, Body(node, settings.HttpSecurity.IsGuarded && !Caller.Of(context).IsKnown ? null : node.Cluster), PatroniJson.Default.PatroniView);
    }).WithMetadata(UnderAnyName.Mark);

    private async Task<bool> LagAllowsAsync(HttpContext context, NodeView node)
    {
        if (context.Request.Query["lag"] is not [{ } text] || ParseLag(text) is not { } most) return true;
        return await AsLeaderSeesAsync(context, node) is { } peer && peer.LagBytes <= most;
    }

    private async Task<bool> SyncIsAsync(HttpContext context, NodeView node, params string[] states) =>
        Follows(node) && await AsLeaderSeesAsync(context, node) is { } peer && states.Contains(peer.Sync);

    // Only the leader knows how far behind a follower is and whether commits wait for it.
    private async Task<PeerView?> AsLeaderSeesAsync(HttpContext context, NodeView node) =>
        (await survey.LeaderAsync(context.RequestAborted))?.Peers.FirstOrDefault(p => p.Name == node.Name);

    /// <param name="cluster">Null: whoever asks does not need to know.</param>
    private PatroniView Body(NodeView node, string? cluster)
    {
        var leads = node.Role == "leader";
        var replication = leads ? node.Peers.Select(p => new PatroniReplication(p.Name, p.State, p.Sync, p.Sync == "async" ? 0 : 1)).ToArray() : null;
        return new PatroniView(
            node.Serving ? "running" : "starting", leads ? "primary" : "replica", 150000,
            leads ? new PatroniXlog(node.Last, null, null, null) : new PatroniXlog(null, node.Last, node.Applied, false),
            node.Term, node.Leader is null, cluster, replication, new PatroniSelf(Usage.Version, settings.SystemName, node.Name));
    }
}

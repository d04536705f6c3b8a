using System.Net.Http.Json;
using System.Text.Json;
using ActorReplication.Cluster;
using ActorReplication.Node.Configuration;
using Microsoft.AspNetCore.Http;

namespace ActorReplication.Node.Http;

/// <summary>Asks the other nodes' HTTP ports, all at once and not for long, so that any node can answer for the cluster.</summary>
/// <param name="http">Shows what the nodes show to each other; disposed with this.</param>
/// <param name="scheme">http or https: the same on all nodes.</param>
internal sealed class Survey(NodeReport report, string ownName, IReadOnlyList<NodeAddress> peers, HttpClient http, string scheme) : IDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);

    /// <summary>The query's key by which a node that asks another says which one it means.</summary>
    private const string Forwarded = "forwarded";

    public async Task<ClusterView> ClusterAsync(CancellationToken cancellation)
    {
        var views = await ViewsAsync(cancellation);
        return Combine(views[0], views);
    }

    /// <summary>This node's own view, and those of all others that answer.</summary>
    public async Task<IReadOnlyList<NodeView>> ViewsAsync(CancellationToken cancellation)
    {
        var own = report.Own();
        var others = await Task.WhenAll(Others(own).Select(p => NodeAsync(p, cancellation)));
        return [own, .. others.OfType<NodeView>()];
    }

    /// <summary>The leader's own view; null if it is unknown or does not answer.</summary>
    public async Task<NodeView?> LeaderAsync(CancellationToken cancellation)
    {
        var own = report.Own();
        if (own.Role == "leader") return own;
        return own.Leader is { } leader ? await NodeAsync(leader, own, cancellation) : null;
    }

    /// <summary>A node's own view; null if it is unknown, does not answer, or another one answers where it is looked for.</summary>
    public async Task<NodeView?> ViewAsync(string name, CancellationToken cancellation)
    {
        var own = report.Own();
        return name == ownName ? own : await NodeAsync(name, own, cancellation);
    }

    /// <summary>Without http.peers several nodes on one host are all looked for at the same port: whoever answers there is not taken for the one that was meant.</summary>
    private async Task<NodeView?> NodeAsync(string name, NodeView own, CancellationToken cancellation) =>
        Find(name, own) is { } address && await NodeAsync(address, cancellation) is { } view && view.Name == name ? view : null;

    /// <summary>All nodes' election records that can be had, oldest first.</summary>
    public async Task<IReadOnlyList<ElectionView>> ElectionsAsync(CancellationToken cancellation)
    {
        var others = await Task.WhenAll(Others(report.Own()).Select(p => GetAsync<IReadOnlyList<ElectionView>>(p, "/api/elections?own=true", cancellation)));
        return [.. others.OfType<IReadOnlyList<ElectionView>>().Append(report.Elections()).SelectMany(e => e).OrderBy(e => e.At)];
    }

    /// <summary>The other nodes' answers to a question that each answers for itself; who does not answer is left out.</summary>
    public async Task<IReadOnlyList<T>> AskAllAsync<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, CancellationToken cancellation) where T : class =>
        [.. (await Task.WhenAll(Others(report.Own()).Select(p => GetAsync(p, path, type, Patience, cancellation)))).OfType<T>()];

    /// <summary>If <c>?node=</c> names another node, hands its answer on.</summary>
    /// <returns>False: this node itself is asked.</returns>
    public async Task<bool> TryForwardAsync(HttpContext context, string path)
    {
        if (context.Request.Query["node"] is not [{ } name] || name == ownName) return false;
        return await ForwardToAsync(context, name, path);
    }

    private async Task<bool> ForwardToAsync(HttpContext context, string name, string path)
    {
        if (Find(name, report.Own()) is not { } address)
        {
            await context.ProblemAsync(412, "No such node", $"\"{name}\" is none of {string.Join(", ", Others(report.Own()).Select(p => p.Name.Name))}");
            return true;
        }
        var query = string.Join('&', context.Request.Query.Where(q => q.Key is not ("node" or Forwarded)).Select(q => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(q.Value.ToString())}"));
        try
        {
            using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), Url(address, $"{path}?{query}"));
            if (context.Request.ContentLength > 0 || context.Request.Headers.ContainsKey("Transfer-Encoding")) request.Content = new StreamContent(context.Request.Body) { Headers = { ContentType = new("application/json") } };
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            context.Response.ContentLength = answer.Content.Headers.ContentLength;
            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
        catch (HttpRequestException e) when (!context.Response.HasStarted)
        {
            var wasSent = e.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError);
            // What may have reached the other node may have been done there.
            if (wasSent && HttpMethods.IsPost(context.Request.Method)) await context.ProblemAsync(504, "Outcome unknown", $"{name} was asked and has not answered: it may have happened; look before asking again ({e.Message})");
            else await context.ProblemAsync(503, "No answer", $"{name} does not answer on its HTTP port: {e.Message}");
        }
        return true;
    }

    /// <summary>As <see cref="TryForwardAsync"/>, to the leader; a problem if there is none.</summary>
    public async Task<bool> TryForwardToLeaderAsync(HttpContext context, string path)
    {
        var own = report.Own();
        if (own is { Role: "leader", Serving: true }) return false;
        if (!IsForwarded(context) && own.Leader is { } leader && leader != ownName) return await ForwardToAsync(context, leader, path);
        await context.ProblemAsync(503, "No leader", "no leader is known; look at GET /api/cluster and try again");
        return true;
    }

    /// <summary>A text that another node has.</summary>
    /// <exception cref="Cluster.Salvage.SalvageException">It has not, or does not answer.</exception>
    public async Task<string> TextAsync(string name, string path, CancellationToken cancellation)
    {
        if (Find(name, report.Own()) is not { } address) throw new Cluster.Salvage.SalvageException($"\"{name}\" is none of {string.Join(", ", Others(report.Own()).Select(p => p.Name.Name))}");
        try
        {
            using var answer = await http.GetAsync(Url(address, path), HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (answer.IsSuccessStatusCode) return await answer.Content.ReadAsStringAsync(cancellation);
            throw new Cluster.Salvage.SalvageException((await answer.Content.ReadFromJsonAsync(ApiJson.Default.Problem, cancellation))?.Detail ?? $"{name} gave no reason");
        }
        catch (HttpRequestException e)
        {
            throw new Cluster.Salvage.SalvageException($"{name} does not answer on its HTTP port: {e.Message}");
        }
    }

    /// <summary>Puts a question to another node that it answers for itself. The value, or why there is none.</summary>
    public async Task<(T? Value, string? Problem)> PostAsync<T>(string name, string path, string body, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, TimeSpan patience, CancellationToken cancellation) where T : class
    {
        if (Find(name, report.Own()) is not { } address) return (null, "its HTTP port is not known here");
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Url(address, path)) { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limited.Token);
            if (answer.IsSuccessStatusCode) return (await answer.Content.ReadFromJsonAsync(type, limited.Token), null);
            return (null, (await answer.Content.ReadFromJsonAsync(ApiJson.Default.Problem, limited.Token))?.Detail);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return (null, $"no answer: {e.Message}");
        }
    }

    /// <summary>Whether another node has passed the request on to this one: it is not passed on again.</summary>
    public static bool IsForwarded(HttpContext context) => context.Request.Query.ContainsKey(Forwarded);

    /// <summary>Goes before everything: what another node sent to a third one and has come here instead is answered with a problem, and nothing is done or passed on.</summary>
    public async Task RefuseForAnotherAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Query[Forwarded] is not [{ } meant] || meant == ownName) await next(context);
        else await context.ProblemAsync(503, "Another node answers there", $"this is {ownName}, and {meant} was meant; nothing was done. Set http.peers to where each node's HTTP is");
    }

    /// <summary>Has a node carry out a request that is its own affair, and hands its answer on.</summary>
    /// <returns>False: it did not answer; nothing is written.</returns>
    public async Task<bool> TryPassOnAsync(HttpContext context, string name, string path, string body, CancellationToken cancellation)
    {
        if (Find(name, report.Own()) is not { } address) return false;
        int status;
        string text;
        try
        {
            using var answer = await http.PostAsync(Url(address, path), new StringContent(body, System.Text.Encoding.UTF8, "application/json"), cancellation);
            (status, text) = ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation));
        }
        catch (HttpRequestException)
        {
            return false;
        }
        context.Response.StatusCode = status;
        context.Response.ContentType = status == 200 ? "application/json" : "application/problem+json";
        await context.Response.WriteAsync(text, cancellation);
        return true;
    }

    /// <summary>Where a node said that its HTTP is, else where the configuration file has it.</summary>
    private NodeAddress? Find(string name, NodeView own) =>
        own.Members.Where(m => m.Name == name).Select(m => ConfigValue.Peer($"{m.Name}@{m.Http}")).FirstOrDefault(a => a is not null) ?? peers.FirstOrDefault(p => p.Name.Name == name);

    /// <summary>The configured ones, members or not, and the members.</summary>
    private IEnumerable<NodeAddress> Others(NodeView own) =>
        own.Members.Select(m => m.Name).Union(peers.Select(p => p.Name.Name)).Where(name => name != ownName).Select(name => Find(name, own)).OfType<NodeAddress>();

    public void Dispose() => http.Dispose();

    internal static ClusterView Combine(NodeView asked, IReadOnlyList<NodeView> answered)
    {
        var leader = answered.Where(n => n.Role == "leader").MaxBy(n => n.Term);
        var newest = leader ?? answered.MaxBy(n => n.Term)!;
        var names = newest.Members.Select(m => m.Name).Union(answered.Select(n => n.Name)).Order(StringComparer.Ordinal);
        var rows = names.Select(name => Row(name, answered.FirstOrDefault(n => n.Name == name), leader, newest)).ToArray();
        return new ClusterView(newest.Cluster, asked.Name, leader?.Name, newest.Term, newest.Policy, newest.PolicyPostgres, newest.PolicyChanging, rows,
            [.. rows.Where(r => r.State == "unreachable").Select(r => r.Name)]) { Degraded = newest.Degraded, Method = newest.Method, Format = newest.Format, Paused = newest.Paused };
    }

    private static ClusterRow Row(string name, NodeView? node, NodeView? leader, NodeView newest)
    {
        var kind = newest.Members.FirstOrDefault(m => m.Name == name)?.Kind ?? "outsider";
        var peer = leader?.Peers.FirstOrDefault(p => p.Name == name);
        var isLeader = leader is not null && name == leader.Name;
        var sync = isLeader ? null : peer?.Sync;
        if (node is null)
            return new ClusterRow(name, kind, "unknown", "unreachable", null, null, peer?.Flushed, null, peer?.Applied, peer?.LagEntries, peer?.LagBytes, peer?.LastHeardMs, sync, null, null, null);
        var state = isLeader ? (node.Serving ? "running" : "starting") : peer?.State ?? (node.Serving ? "running" : "waiting");
        return new ClusterRow(name, kind, node.Role, state, node.Term, node.Last, node.Durable, node.Commit, node.Applied,
            isLeader ? 0 : leader is null ? null : Math.Max(0, leader.Commit - node.Applied), isLeader ? 0 : peer?.LagBytes, peer?.LastHeardMs, sync, node.Postgres, node.Http, node.LastProblem)
        {
            Version = node.Version,
            NewestFormat = node.NewestFormat,
            Follows = isLeader || node.Leader == name ? null : node.Leader,
            Salvaged = node.SalvagedEntries,
            Divergences = node.DivergencesFound,
            Queued = node.Queued,
            Pulse = node.Pulse,
        };
    }

    private Task<NodeView?> NodeAsync(NodeAddress peer, CancellationToken cancellation) => GetAsync<NodeView>(peer, "/api/node", cancellation);

    private Task<T?> GetAsync<T>(NodeAddress peer, string path, CancellationToken cancellation) where T : class =>
        GetAsync(peer, path, (System.Text.Json.Serialization.Metadata.JsonTypeInfo<T>)ApiJson.Default.GetTypeInfo(typeof(T))!, Patience, cancellation);

    private async Task<T?> GetAsync<T>(NodeAddress peer, string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, TimeSpan patience, CancellationToken cancellation) where T : class
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(patience);
        try
        {
            return await http.GetFromJsonAsync(Url(peer, path), type, limited.Token);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or IOException or OperationCanceledException)
        {
            // Not answering is an answer: the node is shown as unreachable.
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// <summary>Every request says whom it is meant for.</summary>
    private Uri Url(NodeAddress peer, string path) =>
        new($"{scheme}://{(peer.Host.Contains(':') ? $"[{peer.Host}]" : peer.Host)}:{peer.Port}{path}{(path.Contains('?') ? '&' : '?')}{Forwarded}={Uri.EscapeDataString(peer.Name.Name)}");
}

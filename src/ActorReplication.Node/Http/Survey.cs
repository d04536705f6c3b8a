using System.Net.Http.Json;
using System.Text.Json;
using ActorReplication.Cluster;
using ActorReplication.Node.Configuration;

namespace ActorReplication.Node.Http;

/// <summary>Asks the other nodes' HTTP ports, all at once and not for long, so that any node can answer for the cluster.</summary>
internal sealed class Survey(NodeReport report, string ownName, IReadOnlyList<NodeAddress> peers) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Patience, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) })
    {
        MaxResponseContentBufferSize = 1 << 20,
    };

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
        return own.Leader is { } leader && Find(leader, own) is { } address ? await NodeAsync(address, cancellation) : null;
    }

    /// <summary>A node's own view; null if it is unknown or does not answer.</summary>
    public async Task<NodeView?> ViewAsync(string name, CancellationToken cancellation)
    {
        var own = report.Own();
        if (name == ownName) return own;
        return Find(name, own) is { } address ? await NodeAsync(address, cancellation) : null;
    }

    /// <summary>All nodes' election records that can be had, oldest first.</summary>
    public async Task<IReadOnlyList<ElectionView>> ElectionsAsync(CancellationToken cancellation)
    {
        var others = await Task.WhenAll(Others(report.Own()).Select(p => GetAsync<IReadOnlyList<ElectionView>>(p, "/api/elections?own=true", cancellation)));
        return [.. others.OfType<IReadOnlyList<ElectionView>>().Append(report.Elections()).SelectMany(e => e).OrderBy(e => e.At)];
    }

    /// <summary>Passes a control request on to a node that has to carry it out itself.</summary>
    public async Task<(int Status, string Body)?> ForwardAsync(string name, string path, string body, CancellationToken cancellation)
    {
        if (Find(name, report.Own()) is not { } address) return null;
        try
        {
            using var answer = await _http.PostAsync(Url(address, path), new StringContent(body, System.Text.Encoding.UTF8, "application/json"), cancellation);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation));
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Where a node said that its HTTP is, else where the configuration file has it.</summary>
    private NodeAddress? Find(string name, NodeView own) =>
        own.Members.Where(m => m.Name == name).Select(m => ConfigValue.Peer($"{m.Name}@{m.Http}")).FirstOrDefault(a => a is not null) ?? peers.FirstOrDefault(p => p.Name.Name == name);

    /// <summary>The configured ones, members or not, and the members.</summary>
    private IEnumerable<NodeAddress> Others(NodeView own) =>
        own.Members.Select(m => m.Name).Union(peers.Select(p => p.Name.Name)).Where(name => name != ownName).Select(name => Find(name, own)).OfType<NodeAddress>();

    public void Dispose() => _http.Dispose();

    internal static ClusterView Combine(NodeView asked, IReadOnlyList<NodeView> answered)
    {
        var leader = answered.Where(n => n.Role == "leader").MaxBy(n => n.Term);
        var newest = leader ?? answered.MaxBy(n => n.Term)!;
        var names = newest.Members.Select(m => m.Name).Union(answered.Select(n => n.Name)).Order(StringComparer.Ordinal);
        var rows = names.Select(name => Row(name, answered.FirstOrDefault(n => n.Name == name), leader, newest)).ToArray();
        return new ClusterView(newest.Cluster, asked.Name, leader?.Name, newest.Term, newest.Policy, newest.PolicyPostgres, newest.PolicyChanging, rows,
            [.. rows.Where(r => r.State == "unreachable").Select(r => r.Name)]);
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
            isLeader ? 0 : leader is null ? null : Math.Max(0, leader.Commit - node.Applied), isLeader ? 0 : peer?.LagBytes, peer?.LastHeardMs, sync, node.Postgres, node.Http, node.LastProblem);
    }

    private Task<NodeView?> NodeAsync(NodeAddress peer, CancellationToken cancellation) => GetAsync<NodeView>(peer, "/api/node", cancellation);

    private async Task<T?> GetAsync<T>(NodeAddress peer, string path, CancellationToken cancellation) where T : class
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(Patience);
        try
        {
            return await _http.GetFromJsonAsync(Url(peer, path), typeof(T), ApiJson.Default, limited.Token) as T;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or (OperationCanceledException and not null))
        {
            // Not answering is an answer: the node is shown as unreachable.
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
    }

    private static Uri Url(NodeAddress peer, string path) => new($"http://{(peer.Host.Contains(':') ? $"[{peer.Host}]" : peer.Host)}:{peer.Port}{path}");
}

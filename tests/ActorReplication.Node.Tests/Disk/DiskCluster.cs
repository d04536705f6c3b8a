using System.Diagnostics;
using ActorReplication.Node.Http;
using ActorReplication.Node.Tests.EndToEnd;
using ActorReplication.Node.Tests.Nemesis;
using ActorReplication.Node.Tests.Nemesis.Clients;
using ActorReplication.Node.Tests.Nemesis.Hosts;
using Npgsql;

namespace ActorReplication.Node.Tests.Disk;

/// <summary>A cluster of its own for a test that does something to disks: <c>quorum</c>, <c>row</c>, small segments, on this machine.</summary>
internal sealed class DiskCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Between = TimeSpan.FromMilliseconds(25);
    private readonly NemesisCluster _cluster;
    private readonly Endpoints _endpoints;
    private readonly int _nodes;

    /// <param name="launch">Put before the node's program.</param>
    public DiskCluster(int nodes, IReadOnlyList<string>? launch = null)
    {
        _nodes = nodes;
        _cluster = new NemesisCluster(new NemesisPlan(1, nodes, "quorum", "row", TimeSpan.Zero), new Loopback(nodes), launch is null ? null : [.. launch, "dotnet", Programs.NodeDll]);
        _endpoints = new Endpoints(_cluster);
    }

    public NodeProcess Node(int node) => _cluster.Nodes[node];

    public string FolderOf(int node) => _cluster.FolderOf(node);

    /// <summary>For Npgsql: the leader, wherever it is.</summary>
    public string Connection => $"{Hosts};Username=postgres;Database=postgres;Timeout=2;Command Timeout=3{(_nodes > 1 ? ";Target Session Attributes=primary;Host Recheck Seconds=0" : "")}";

    private string Hosts =>
        $"Host={string.Join(",", _cluster.Hosts.Addresses.Select(a => $"127.0.0.1:{a.ClientPgPort}"))}";

    public async Task StartAsync()
    {
        foreach (var node in _cluster.Nodes) node.Start();
        await ConvergesAsync();
    }

    /// <summary>All follow one leader and have applied the same.</summary>
    public async Task ConvergesAsync()
    {
        if (await _cluster.ConvergeAsync(Patience) is null) throw new TimeoutException($"it does not converge: {_cluster.Describe(await _cluster.ViewsAsync())}\n{Logs}");
    }

    public async Task<int> LeaderAsync(int not = -1)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await _cluster.FindLeaderAsync() is >= 0 and var leader && leader != not) return leader;
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"nobody leads\n{Logs}");
            await Task.Delay(Between);
        }
    }

    public Task<NodeView?> ViewAsync(int node) => _cluster.ViewAsync(node);

    public Task ServesAsync(int node) => UntilAsync(node, view => view is { Serving: true }, "the node serves");

    public async Task UntilAsync(int node, Func<NodeView?, bool> met, string what)
    {
        var started = Stopwatch.GetTimestamp();
        while (!met(await ViewAsync(node)))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience) throw new TimeoutException($"it never came to be that {what}: {_cluster.Describe(await _cluster.ViewsAsync())}\n{Logs}");
            await Task.Delay(Between);
        }
    }

    public async Task ExecuteAsync(int node, string sql, params object[] values)
    {
        await using var connection = _endpoints.Source(node).CreateConnection();
        await connection.OpenAsync();
        await Session.RunAsync(connection, sql, values);
    }

    public Task<List<long>> IdsAsync(int node) => QueryAsync<long>(node, "SELECT id FROM t ORDER BY id");

    /// <returns>The first column.</returns>
    public async Task<List<T>> QueryAsync<T>(int node, string sql)
    {
        await using var connection = _endpoints.Source(node).CreateConnection();
        await connection.OpenAsync();
        return await Session.QueryAsync<T>(connection, sql);
    }

    public async ValueTask DisposeAsync()
    {
        await _endpoints.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    private string Logs => string.Join("\n", Enumerable.Range(0, _nodes).Select(n => $"--- {Node(n).Name}\n{Node(n).Log}"));
}

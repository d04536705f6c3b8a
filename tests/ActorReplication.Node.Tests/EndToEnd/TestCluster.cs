using System.Net.Http.Json;
using ActorReplication.Node.Dev;
using ActorReplication.Node.Http;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>Three nodes, each a process of its own, on free ports, in a folder that is gone afterwards. One for all end-to-end tests, which
/// run in turn: each asks for <see cref="HealthyAsync"/> first and may leave nodes killed behind.</summary>
public sealed class TestCluster : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(25);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ar-cluster-");
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMilliseconds(500) };
    private readonly DevOptions _options;
    private readonly NodeProcess[] _nodes;

    public TestCluster()
    {
        _options = new DevOptions(_folder.FullName, 3, FreePorts.TakeRow(3), FreePorts.TakeRow(3), FreePorts.TakeRow(3), "quorum", "row", false);
        _nodes = [.. Enumerable.Range(0, 3).Select(i => new NodeProcess(_options.NameOf(i), _options.ConfigFileOf(i)))];
    }

    internal IReadOnlyList<NodeProcess> Nodes => _nodes;
    internal DevOptions Options => _options;
    internal string HttpHosts => string.Join(",", Enumerable.Range(0, 3).Select(i => $"127.0.0.1:{_options.HttpPort + i}"));

    /// <summary>For psql: one node, whatever its role.</summary>
    internal string PsqlTo(NodeProcess node) => $"postgresql://postgres@127.0.0.1:{_options.PgPort + IndexOf(node)}/postgres";

    /// <summary>For psql: the leader, wherever it is.</summary>
    internal string PsqlToLeader => $"postgresql://{string.Join(",", Enumerable.Range(0, 3).Select(i => $"127.0.0.1:{_options.PgPort + i}"))}/postgres?user=postgres&target_session_attrs=read-write";

    /// <summary>For Npgsql: the leader, wherever it is.</summary>
    internal string Npgsql(string more = "") =>
        $"Host={string.Join(",", Enumerable.Range(0, 3).Select(i => $"127.0.0.1:{_options.PgPort + i}"))};Username=postgres;Database=postgres;Target Session Attributes=primary;Host Recheck Seconds=0;{more}";

    internal string NpgsqlTo(NodeProcess node) => $"Host=127.0.0.1;Port={_options.PgPort + IndexOf(node)};Username=postgres;Database=postgres;Pooling=false";

    internal string DataOf(NodeProcess node) => Path.Combine(_options.Data, node.Name);

    public async Task InitializeAsync()
    {
        DevConfigFile.WriteAll(_options);
        await HealthyAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var node in _nodes) node.Dispose();
        _http.Dispose();
        _folder.Delete(true);
        await Task.CompletedTask;
    }

    /// <summary>Starts what does not run and waits until a leader serves, every node follows it, and all have applied the same.</summary>
    /// <param name="settled">False, while clients write: all serve and none lacks more than a little.</param>
    /// <returns>The leader.</returns>
    internal async Task<NodeProcess> HealthyAsync(bool settled = true)
    {
        foreach (var node in _nodes) if (!node.IsRunning) node.Start();
        var views = await UntilAsync(all => all.All(v => v is { Serving: true }) && all.Count(v => v!.Role == "leader") == 1
            && all.Select(v => (v!.Leader, v.Term, Applied: settled ? v.Applied : 0)).Distinct().Count() == 1
            && all.Max(v => v!.Applied) - all.Min(v => v!.Applied) < 500, "all three serve and agree");
        return _nodes[Array.FindIndex(views, v => v!.Role == "leader")];
    }

    /// <summary>A leader that serves, among the nodes that answer.</summary>
    internal async Task<NodeProcess> LeaderAsync(NodeProcess? other = null)
    {
        var views = await UntilAsync(all => FindLeader(all, other) >= 0, "another leader serves");
        return _nodes[FindLeader(views, other)];
    }

    internal Task<NodeView?> ViewAsync(NodeProcess node) => AskAsync(IndexOf(node));

    internal Task<NodeView?[]> UntilAsync(Func<NodeView?[], bool> met, string what) => EventuallyAsync(() => Task.WhenAll(Enumerable.Range(0, 3).Select(AskAsync)), met, what);

    /// <summary>Asks again until the answer is as wanted; tells what the nodes logged if it never is.</summary>
    internal async Task<T> EventuallyAsync<T>(Func<Task<T>> ask, Func<T, bool> met, string what)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var answer = await ask();
            if (met(answer)) return answer;
            var ended = _nodes.FirstOrDefault(n => !n.IsRunning && n.Log.Contains("fatal", StringComparison.Ordinal));
            if (patience.IsCancellationRequested || ended is not null) throw new TimeoutException($"it never came to be that {what}; last: {Shown(answer)}\n{string.Join("\n---\n", _nodes.Select(n => n.Log))}");
            await Task.Delay(Between);
        }
    }

    /// <summary>Sets the policy through whichever node leads.</summary>
    internal Task SetPolicyAsync(string policy) => AlterSystemAsync("synchronous_standby_names", policy);

    /// <summary>ALTER SYSTEM SET through whichever node leads.</summary>
    internal async Task AlterSystemAsync(string name, string value)
    {
        await using var source = NpgsqlDataSource.Create(Npgsql());
        await WriteLoad.PatientlyAsync(async () =>
        {
            await using var command = source.CreateCommand($"ALTER SYSTEM SET {name} = '{value}'");
            await command.ExecuteNonQueryAsync();
        });
    }

    internal async Task<T> ScalarAsync<T>(NodeProcess node, string sql)
    {
        await using var connection = new NpgsqlConnection(NpgsqlTo(node));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    internal async Task<List<long>> IdsAsync(NodeProcess node, string table)
    {
        await using var connection = new NpgsqlConnection(NpgsqlTo(node));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT id FROM {table} ORDER BY id", connection);
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new List<long>();
        while (await reader.ReadAsync()) ids.Add(reader.GetInt64(0));
        return ids;
    }

    internal int IndexOf(NodeProcess node) => Array.IndexOf(_nodes, node);

    private int FindLeader(NodeView?[] views, NodeProcess? other) => Array.FindIndex(views, v => v is { Role: "leader", Serving: true } && v.Name != other?.Name);

    private static string Shown<T>(T answer) => answer is System.Collections.IEnumerable many and not string ? string.Join(", ", many.Cast<object?>()) : $"{answer}";

    private async Task<NodeView?> AskAsync(int node)
    {
        if (!_nodes[node].IsRunning) return null;
        try
        {
            return await _http.GetFromJsonAsync(new Uri(_options.HttpOf(node), "api/node"), ApiJson.Default.NodeView);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }
}

/// <summary>The end-to-end tests share the cluster and run one after the other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class SharedCluster : ICollectionFixture<TestCluster>
{
    public const string Name = "cluster";
}

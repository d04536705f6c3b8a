using System.Diagnostics;
using System.Net.Http.Json;
using ActorReplication.Node.Http;
using ActorReplication.Node.Tests.Disk;
using ActorReplication.Node.Tests.EndToEnd;
using ActorReplication.Node.Tests.Nemesis.Hosts;

namespace ActorReplication.Node.Tests.Nemesis;

/// <summary>The cluster that is tormented: a process for each node, each on a machine of its own where that can be had. Its folder is gone afterwards.</summary>
internal sealed class NemesisCluster : IAsyncDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ar-nemesis-");
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(1) };
    private volatile int _leaderHint;

    /// <param name="program">What runs a node: dotnet and a program.</param>
    /// <param name="power">Null: what a killed node has written stays.</param>
    public NemesisCluster(NemesisPlan plan, IHosts hosts, IReadOnlyList<string>? program = null, PowerSupply? power = null)
    {
        Hosts = hosts;
        Nodes = [.. Enumerable.Range(0, plan.Nodes).Select(i => new NodeProcess(NameOf(i), ConfigOf(i), [.. hosts.LaunchOn(i), .. program ?? ["dotnet", Programs.NodeDll]])
        {
            WhenKilled = power is null ? null : () => power.FailUnder(FolderOf(i)),
        })];
        for (var i = 0; i < plan.Nodes; i++) File.WriteAllText(ConfigOf(i), ConfigText(plan, i));
    }

    public IHosts Hosts { get; }
    public IReadOnlyList<NodeProcess> Nodes { get; }

    /// <summary>Where somebody wrote last.</summary>
    public int LeaderHint { get => _leaderHint; set => _leaderHint = value; }

    public string FolderOf(int node) => Path.Combine(_folder.FullName, NameOf(node));

    public static string NameOf(int node) => $"n{node + 1}";

    public async Task<NodeView?[]> ViewsAsync() => await Task.WhenAll(Enumerable.Range(0, Nodes.Count).Select(ViewAsync));

    public async Task<NodeView?> ViewAsync(int node)
    {
        if (!Nodes[node].IsRunning) return null;
        try
        {
            return await _http.GetFromJsonAsync(Url(node, "api/node"), ApiJson.Default.NodeView);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>The node that serves as leader of the highest term, or −1.</summary>
    public async Task<int> FindLeaderAsync()
    {
        var views = await ViewsAsync();
        return Enumerable.Range(0, views.Length).Where(i => views[i] is { Role: "leader", Serving: true }).OrderByDescending(i => views[i]!.Term).FirstOrDefault(-1);
    }

    /// <summary>False: whoever was asked refused, or did not answer.</summary>
    public async Task<bool> PostAsync(int node, string path, string body, CancellationToken cancellation)
    {
        try
        {
            using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
            using var patient = new HttpClient { Timeout = TimeSpan.FromSeconds(12) };
            using var answer = await patient.PostAsync(Url(node, path), content, cancellation);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>All nodes follow one leader and have applied the same.</summary>
    /// <returns>How long it took; null: it did not come to that.</returns>
    public async Task<TimeSpan?> ConvergeAsync(TimeSpan patience)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < patience)
        {
            var views = await ViewsAsync();
            if (views.All(v => v is { Serving: true }) && views.Count(v => v!.Role == "leader") == 1 && views.Select(v => (v!.Leader, v.Term, v.Applied, v.Commit)).Distinct().Count() == 1
                && views.All(v => v!.Applied == v.Commit)) return Stopwatch.GetElapsedTime(started);
            await Task.Delay(Between);
        }
        return null;
    }

    public string Describe(NodeView?[] views) => string.Join("; ", views.Select((v, i) =>
        v is null ? $"{NameOf(i)} {(Nodes[i].IsRunning ? "silent" : "down")}" : $"{v.Name} {v.Role}{(v.Serving ? "" : " not serving")} term {v.Term} leader {v.Leader} last {v.Last} commit {v.Commit} applied {v.Applied}{(v.LastProblem is null ? "" : $" ({v.LastProblem})")}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes) node.Dispose();
        _http.Dispose();
        Hosts.Dispose();
        _folder.Delete(true);
        await Task.CompletedTask;
    }

    private Uri Url(int node, string path) => new($"http://127.0.0.1:{Hosts.Addresses[node].ClientHttpPort}/{path}");

    private string ConfigOf(int node) => Path.Combine(_folder.FullName, NameOf(node) + ".conf");

    private string ConfigText(NemesisPlan plan, int node) => $$"""
        node { name = "{{NameOf(node)}}", data = "{{FolderOf(node)}}" }
        cluster {
          initial-voters = [{{string.Join(", ", Hosts.Addresses.Select((a, i) => $"\"{NameOf(i)}@{a.Host}:{a.AkkaPort}\""))}}]
          policy = "{{plan.Policy}}"
          method = {{plan.Method}}
        }
        postgres.port = {{Hosts.Addresses[node].PgPort}}
        http.port = {{Hosts.Addresses[node].HttpPort}}
        replication { checkpoint = 256KiB, log-budget = 4MiB }
        journal.segment = 1MiB
        # The machines are namespaces, joined by nothing but the test's own router.
        security.open-nodes-without-tls = true

        """;
}

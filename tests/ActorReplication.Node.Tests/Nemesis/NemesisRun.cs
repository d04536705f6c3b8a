using System.Diagnostics;
using ActorReplication.Node.Tests.Disk;
using ActorReplication.Node.Tests.EndToEnd;
using ActorReplication.Node.Tests.Histories;
using ActorReplication.Node.Tests.Nemesis.Clients;
using ActorReplication.Node.Tests.Nemesis.Faults;
using ActorReplication.Node.Tests.Nemesis.Hosts;

namespace ActorReplication.Node.Tests.Nemesis;

/// <param name="Converged">From the last fault's end until all nodes had applied the same.</param>
internal sealed record NemesisResult(
    NemesisPlan Plan, bool HasNetwork, IReadOnlyList<Anomaly> Anomalies, IReadOnlyList<Injected> Faults, Recorder Recorder, int UndecidedKeys, TimeSpan? Converged, long HighestTerm, string Logs)
{
    /// <summary>Acknowledged rows that are gone, under a policy that allows it, and transactions that nodes have named in salvage files.</summary>
    public long LostUnderAsync { get; init; }
    public long Salvaged { get; init; }
}

/// <summary>One round: a new cluster, clients, faults; then peace, and what everybody saw is checked.</summary>
internal sealed class NemesisRun(NemesisPlan plan, Action<string> tell, IReadOnlyList<string>? program = null, bool onLoopback = false, PowerSupply? power = null)
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60), ConvergePatience = TimeSpan.FromSeconds(60), EndPatience = TimeSpan.FromSeconds(20);
    private readonly Recorder _recorder = new();
    private readonly FaultJournal _journal = new(tell);
    private readonly List<Anomaly> _anomalies = [];

    public async Task<NemesisResult> RunAsync()
    {
        tell(plan.ToString());
        var hosts = (IHosts?)(onLoopback ? null : Namespaces.TryMake(plan.Nodes, plan.Seed)) ?? new Loopback(plan.Nodes);
        await using var cluster = new NemesisCluster(plan, hosts, program, power);
        await using var endpoints = new Endpoints(cluster);
        foreach (var node in cluster.Nodes) node.Start();
        if (await cluster.ConvergeAsync(StartPatience) is null) throw new InvalidOperationException($"the cluster never came up: {cluster.Describe(await cluster.ViewsAsync())}\n{Logs(cluster)}");
        await PrepareAsync(cluster, endpoints);

        using var clientsEnd = new CancellationTokenSource();
        var clients = MakeClients(endpoints);
        var running = clients.Select(c => Task.Run(() => c.RunAsync(clientsEnd.Token))).ToArray();
        await TormentAsync(cluster, endpoints);
        var healed = Stopwatch.GetTimestamp();
        HealAll(cluster);
        await Task.Delay(TimeSpan.FromSeconds(1));
        await clientsEnd.CancelAsync();
        await Task.WhenAll(running).WaitAsync(EndPatience);
        foreach (var client in clients.OfType<InsertClient>()) client.End();

        var converged = await cluster.ConvergeAsync(ConvergePatience);
        var views = await cluster.ViewsAsync();
        if (converged is null) _anomalies.Add(new Anomaly("does not converge", cluster.Describe(views)));
        else converged = Stopwatch.GetElapsedTime(healed);
        var end = converged is null ? null : await Ending.ReadAsync(cluster, endpoints, _recorder, _anomalies);
        foreach (var view in views)
            if (view is { DivergencesFound: > 0 }) _anomalies.Add(new Anomaly("divergence", $"{view.Name} has found its rows to differ: {view.LastProblem}"));
        for (var i = 0; i < plan.Nodes; i++)
            if (cluster.Nodes[i].Log.Contains("fatal", StringComparison.OrdinalIgnoreCase)) _anomalies.Add(new Anomaly("a node gave up", FatalLine(cluster.Nodes[i])));
        var undecided = Check(end);
        return new NemesisResult(plan, hosts.Links is not null, [.. _recorder.Anomalies, .. _anomalies], _journal.All, _recorder, undecided, converged, views.Max(v => v?.Term ?? 0), _anomalies.Count > 0 ? Logs(cluster) : "")
        {
            LostUnderAsync = plan.IsWeak && end is not null ? _recorder.Inserts.Count(o => o.Outcome == Outcome.Ok && !end.Inserted.Contains(o.Id)) : 0,
            Salvaged = views.Sum(v => v?.SalvagedEntries ?? 0),
        };
    }

    private async Task PrepareAsync(NemesisCluster cluster, Endpoints endpoints)
    {
        cluster.LeaderHint = await cluster.FindLeaderAsync();
        await using var connection = endpoints.Source(cluster.LeaderHint).CreateConnection();
        await connection.OpenAsync();
        foreach (var sql in (string[])[RegisterClient.Schema, ListClient.Schema, BankClient.Schema, BankClient.Filling, .. InsertClient.Schema.Split(';')]) await Session.RunAsync(connection, sql);
        // A follower that has not applied the tables yet would refuse its clients.
        await cluster.ConvergeAsync(StartPatience);
    }

    private List<Client> MakeClients(Endpoints endpoints)
    {
        var number = 0;
        return
        [
            New((n, s) => new RegisterClient(n, endpoints, _recorder, s, byDefault: false)), New((n, s) => new RegisterClient(n, endpoints, _recorder, s, byDefault: false)),
            New((n, s) => new RegisterClient(n, endpoints, _recorder, s, byDefault: true)), New((n, s) => new RegisterClient(n, endpoints, _recorder, s, byDefault: true)),
            New((n, s) => new ListClient(n, endpoints, _recorder, s)), New((n, s) => new ListClient(n, endpoints, _recorder, s)), New((n, s) => new ListClient(n, endpoints, _recorder, s)),
            New((n, s) => new BankClient(n, endpoints, _recorder, s)), New((n, s) => new BankClient(n, endpoints, _recorder, s)),
            New((n, s) => new InsertClient(n, endpoints, _recorder, s, withTokens: false)), New((n, s) => new InsertClient(n, endpoints, _recorder, s, withTokens: false)),
            New((n, s) => new InsertClient(n, endpoints, _recorder, s, withTokens: true)), New((n, s) => new InsertClient(n, endpoints, _recorder, s, withTokens: true)),
        ];

        Client New(Func<int, int, Client> make) => make(++number, plan.Seed * 1000 + number);
    }

    private async Task TormentAsync(NemesisCluster cluster, Endpoints endpoints)
    {
        using var stop = new CancellationTokenSource(plan.Duration);
        var lines = new List<Tormentor> { new ProcessFaults(plan, cluster, _journal, plan.Seed * 10 + 1) };
        if (plan.Only is null) lines.Add(new Operations(plan, cluster, endpoints, _journal, plan.Seed * 10 + 2));
        if (plan.Only is null && cluster.Hosts.Links is not null) lines.Add(new NetworkFaults(plan, cluster, _journal, plan.Seed * 10 + 3));
        try
        {
            using var turn = plan.OneAtATime ? new SemaphoreSlim(1) : null;
            await Task.WhenAll(lines.Select(l => Task.Run(() => l.RunAsync(turn, stop.Token))));
        }
        catch (NodeEndedException e)
        {
            _anomalies.Add(new Anomaly("a node gave up", e.Message));
        }
    }

    private void HealAll(NemesisCluster cluster)
    {
        cluster.Hosts.Links?.Heal();
        for (var i = 0; i < plan.Nodes; i++)
        {
            if (cluster.Nodes[i].IsRunning)
            {
                cluster.Nodes[i].Thaw();
                continue;
            }
            _anomalies.Add(new Anomaly("a node gave up", $"{NemesisCluster.NameOf(i)} has ended by itself, with code {cluster.Nodes[i].ExitCode}"));
            cluster.Nodes[i].Start();
        }
    }

    private int Check(Ending? end)
    {
        _anomalies.AddRange(BankHistory.Check(_recorder.Bank, BankClient.Accounts, BankClient.Total));
        if (end is not null)
        {
            _anomalies.AddRange(InsertHistory.Check([.. _recorder.Inserts], end.Inserted, plan.IsWeak));
            _anomalies.AddRange(InsertHistory.Check([.. _recorder.Tokens], end.Tokened, plan.IsWeak));
        }
        // What a failover may lose, a later reader may miss.
        if (plan.IsWeak) return 0;
        _anomalies.AddRange(ListHistory.Check([.. _recorder.Lists]));
        var verdict = Linearizability.Check(_recorder.Registers);
        _anomalies.AddRange(verdict.Anomalies);
        return verdict.Undecided.Count;
    }

    private static string Logs(NemesisCluster cluster) => string.Join("\n", cluster.Nodes.Select(n => $"--- {n.Name}\n{n.Log}"));

    private static string FatalLine(NodeProcess node) => $"{node.Name}: {node.Log.Split('\n').First(l => l.Contains("fatal", StringComparison.OrdinalIgnoreCase))}";
}

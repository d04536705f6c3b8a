using ActorReplication.Node.Tests.EndToEnd;

namespace ActorReplication.Node.Tests.Nemesis.Faults;

/// <summary>Nodes killed, stopped, frozen and started again.</summary>
internal sealed class ProcessFaults(NemesisPlan plan, NemesisCluster cluster, FaultJournal journal, int seed) : Tormentor(plan, cluster, journal, seed)
{
    private const int OthersGoOnMs = 20_000, LookMs = 100;

    /// <summary>Frozen for so long, at most.</summary>
    public int FreezeMs { get; init; } = 5000;

    protected override Task OnceAsync(CancellationToken stop) => Plan.Only switch
    {
        FaultKind.Kill => KillAllAsync(stop),
        FaultKind.Freeze => FreezeAsync(stop),
        _ => AnyAsync(stop),
    };

    private Task AnyAsync(CancellationToken stop) => Random.Next(12) switch
    {
        < 4 => KillAsync(stop),
        < 5 => KillSeveralAsync(stop, Random.Next(2) == 0 ? Plan.Nodes : (Plan.Nodes / 2) + 1),
        < 6 => TerminateAsync(stop),
        < 10 => FreezeAsync(stop),
        _ => OnAndOffAsync(stop),
    };

    private async Task KillAsync(CancellationToken stop)
    {
        var (node, isLeader) = await VictimAsync();
        var fault = Journal.Begin("kill -9", NemesisCluster.NameOf(node), isLeader);
        await Cluster.Nodes[node].KillAsync();
        await PauseAsync(Random.Next(100, 3000), stop);
        Cluster.Nodes[node].Start();
        End(fault);
    }

    private async Task KillSeveralAsync(CancellationToken stop, int count)
    {
        var nodes = Enumerable.Range(0, Plan.Nodes).OrderBy(_ => Random.Next()).Take(count).ToArray();
        var leader = await Cluster.FindLeaderAsync();
        var fault = Journal.Begin(count == Plan.Nodes ? "kill -9 of all" : "kill -9 of most", string.Join(' ', nodes.Select(NemesisCluster.NameOf)), nodes.Contains(leader));
        await Task.WhenAll(nodes.Select(n => Cluster.Nodes[n].KillAsync()));
        await PauseAsync(Random.Next(0, 1000), stop);
        foreach (var node in nodes)
        {
            Cluster.Nodes[node].Start();
            await PauseAsync(Random.Next(0, 500), stop);
        }
        End(fault);
    }

    /// <summary>Whoever led comes back when the others have gone on without it: what only it had is lost.</summary>
    private async Task KillAllAsync(CancellationToken stop)
    {
        var leader = Math.Max(0, await Cluster.FindLeaderAsync());
        var fault = Journal.Begin("kill -9 of all, the leader last to return", "all", true);
        await Task.WhenAll(Cluster.Nodes.Select(n => n.KillAsync()));
        foreach (var node in Enumerable.Range(0, Plan.Nodes).Where(n => n != leader)) Cluster.Nodes[node].Start();
        for (var looks = OthersGoOnMs / LookMs; looks > 0 && await Cluster.FindLeaderAsync() < 0; looks--) await PauseAsync(LookMs, CancellationToken.None);
        Cluster.Nodes[leader].Start();
        await PauseAsync(1500, stop);
        End(fault);
    }

    private async Task TerminateAsync(CancellationToken stop)
    {
        var (node, isLeader) = await VictimAsync();
        var fault = Journal.Begin("SIGTERM", NemesisCluster.NameOf(node), isLeader);
        var code = await Cluster.Nodes[node].TerminateAsync();
        if (code != ExitCodes.Ok) throw new NodeEndedException($"{NemesisCluster.NameOf(node)} ended with code {code} after SIGTERM");
        await PauseAsync(Random.Next(100, 2000), stop);
        Cluster.Nodes[node].Start();
        End(fault);
    }

    private async Task FreezeAsync(CancellationToken stop)
    {
        var (node, isLeader) = await VictimAsync();
        var fault = Journal.Begin("SIGSTOP", NemesisCluster.NameOf(node), isLeader);
        Cluster.Nodes[node].Freeze();
        await PauseAsync(Random.Next(200, FreezeMs), stop);
        Cluster.Nodes[node].Thaw();
        End(fault);
    }

    private async Task OnAndOffAsync(CancellationToken stop)
    {
        var (node, isLeader) = await VictimAsync();
        var fault = Journal.Begin("SIGSTOP on and off", NemesisCluster.NameOf(node), isLeader);
        for (var left = Random.Next(5, 20); left > 0 && !stop.IsCancellationRequested; left--)
        {
            Cluster.Nodes[node].Freeze();
            await PauseAsync(100, stop);
            Cluster.Nodes[node].Thaw();
            await PauseAsync(100, stop);
        }
        End(fault);
    }

    private static void End(Injected fault) => fault.Until = System.Diagnostics.Stopwatch.GetTimestamp();
}

/// <summary>A node ended by itself, or not as it was asked to.</summary>
internal sealed class NodeEndedException(string message) : Exception(message);

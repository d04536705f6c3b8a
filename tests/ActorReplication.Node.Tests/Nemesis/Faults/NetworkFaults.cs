using ActorReplication.Node.Tests.Nemesis.Hosts;

namespace ActorReplication.Node.Tests.Nemesis.Faults;

/// <summary>What nodes say to each other is lost, late, slow, doubled or cut off; clients reach all of them all the time.</summary>
internal sealed class NetworkFaults(NemesisPlan plan, NemesisCluster cluster, FaultJournal journal, int seed) : Tormentor(plan, cluster, journal, seed)
{
    private Links Links => Cluster.Hosts.Links!;

    protected override async Task OnceAsync(CancellationToken stop)
    {
        var (node, isLeader) = await VictimAsync();
        switch (Random.Next(12))
        {
            case 0 or 1:
                await HoldAsync("isolated", node, isLeader, (from, to) => from == node || to == node ? LinkState.Cut : null, stop);
                break;
            case 2:
                await HoldAsync("one way: cannot be heard", node, isLeader, (from, _) => from == node ? LinkState.Cut : null, stop);
                break;
            case 3:
                await HoldAsync("one way: hears nothing", node, isLeader, (_, to) => to == node ? LinkState.Cut : null, stop);
                break;
            case 4:
                await HalvesAsync(stop);
                break;
            case 5:
                await RingAsync(stop);
                break;
            case 6:
                await FlapAsync(node, isLeader, stop);
                break;
            case 7:
                await AllAsync("loss", new LinkState(LossPerMille: NemesisPlan.Pick(Random, [10, 50, 200])), stop);
                break;
            case 8:
                await AllAsync("delay", new LinkState(DelayMs: NemesisPlan.Pick(Random, [20, 100, 300]), JitterMs: 50), stop);
                break;
            case 9:
                await AllAsync("doubled and out of order", new LinkState(DuplicatePerMille: 100, JitterMs: 20), stop);
                break;
            case 10:
                await HoldAsync("1 Mbit/s", node, false, (from, to) => from == node || to == node ? new LinkState(BytesPerSecond: 125_000) : null, stop);
                break;
            default:
                await HoldAsync("one pair cut", node, false, (from, to) => (from == node && to == (node + 1) % Plan.Nodes) || (to == node && from == (node + 1) % Plan.Nodes) ? LinkState.Cut : null, stop);
                break;
        }
    }

    private Task AllAsync(string kind, LinkState state, CancellationToken stop) => HoldAsync(kind, -1, false, (_, _) => state, stop);

    private async Task HalvesAsync(CancellationToken stop)
    {
        var order = Enumerable.Range(0, Plan.Nodes).OrderBy(_ => Random.Next()).ToArray();
        var minority = order.Take(Random.Next(1, (Plan.Nodes / 2) + 1)).ToHashSet();
        var leader = await Cluster.FindLeaderAsync();
        await HoldAsync("halves", -1, minority.Contains(leader), (from, to) => minority.Contains(from) != minority.Contains(to) ? LinkState.Cut : null, stop, string.Join(' ', minority.Select(NemesisCluster.NameOf)));
    }

    /// <summary>Each hears its two neighbours: with five, every node has a majority, and no two the same.</summary>
    private Task RingAsync(CancellationToken stop) => HoldAsync(
        Plan.Nodes > 3 ? "ring of majorities" : "bridge", -1, false,
        (from, to) => Plan.Nodes > 3 ? ((Math.Abs(from - to) is 1 || Math.Abs(from - to) == Plan.Nodes - 1) ? null : LinkState.Cut) : (from == 1 || to == 1 ? null : LinkState.Cut), stop);

    private async Task HoldAsync(string kind, int node, bool hitLeader, Func<int, int, LinkState?> state, CancellationToken stop, string? on = null)
    {
        var fault = Journal.Begin(kind, on ?? (node < 0 ? "all" : NemesisCluster.NameOf(node)), hitLeader);
        Links.Set(state);
        await PauseAsync(Random.Next(500, 5000), stop);
        Links.Heal();
        fault.Until = System.Diagnostics.Stopwatch.GetTimestamp();
    }

    private async Task FlapAsync(int node, bool isLeader, CancellationToken stop)
    {
        var fault = Journal.Begin("flapping", NemesisCluster.NameOf(node), isLeader);
        for (var left = Random.Next(4, 12); left > 0 && !stop.IsCancellationRequested; left--)
        {
            Links.Set((from, to) => from == node || to == node ? LinkState.Cut : null);
            await PauseAsync(Random.Next(50, 800), stop);
            Links.Heal();
            await PauseAsync(Random.Next(50, 800), stop);
        }
        fault.Until = System.Diagnostics.Stopwatch.GetTimestamp();
    }
}

namespace ActorReplication.Node.Tests.Nemesis.Faults;

/// <summary>One line of faults, one after the other, drawn from its own seed. Several lines run side by side.</summary>
internal abstract class Tormentor(NemesisPlan plan, NemesisCluster cluster, FaultJournal journal, int seed)
{
    private const int RestMs = 700;

    protected NemesisPlan Plan => plan;
    protected NemesisCluster Cluster => cluster;
    protected FaultJournal Journal => journal;
    protected Random Random { get; } = new(seed);

    /// <param name="turn">Null: it waits for no other line.</param>
    public async Task RunAsync(SemaphoreSlim? turn, CancellationToken stop)
    {
        while (await PauseAsync(Random.Next(300, (int)plan.Pause.TotalMilliseconds), stop))
        {
            if (turn is not null) await turn.WaitAsync(CancellationToken.None);
            try
            {
                if (stop.IsCancellationRequested) return;
                await OnceAsync(stop);
                if (turn is not null) await PauseAsync(RestMs, stop);
            }
            finally
            {
                turn?.Release();
            }
        }
    }

    protected abstract Task OnceAsync(CancellationToken stop);

    /// <returns>False: it is time to end.</returns>
    protected static async Task<bool> PauseAsync(int milliseconds, CancellationToken stop)
    {
        await Task.Delay(milliseconds, stop).ContinueWith(static _ => { }, TaskScheduler.Default);
        return !stop.IsCancellationRequested;
    }

    protected int AnyNode() => Random.Next(plan.Nodes);

    /// <summary>The leader three times of four; else anybody.</summary>
    protected async Task<(int Node, bool IsLeader)> VictimAsync()
    {
        var leader = await cluster.FindLeaderAsync();
        var victim = leader >= 0 && Random.Next(4) > 0 ? leader : AnyNode();
        return (victim, victim == leader);
    }
}

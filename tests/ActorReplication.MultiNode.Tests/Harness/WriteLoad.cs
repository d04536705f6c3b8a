using System.Collections.Concurrent;
using ActorReplication.Cluster.Writes;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>Clients that insert numbered rows on whichever node leads, and remember how each write was answered. A write that was refused is tried again under another
/// number; one whose outcome is unknown may be there or not. The table has no key: a row written twice shows.</summary>
public sealed class WriteLoad
{
    public const string CreateTable = "CREATE TABLE load (id INTEGER NOT NULL)";

    private readonly Func<SpecNode?> leader;
    private readonly ConcurrentBag<int> acknowledged = [];
    private readonly ConcurrentBag<int> unknown = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly Task clients;
    private int lastId;

    /// <param name="leader">Asked before each write; null: nobody serves right now.</param>
    public WriteLoad(int clientCount, Func<SpecNode?> leader)
    {
        this.leader = leader;
        clients = Task.WhenAll(Enumerable.Range(0, clientCount).Select(_ => Task.Run(ClientAsync)));
    }

    public int Acknowledged => acknowledged.Count;

    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await clients.WaitAsync(TimeSpan.FromSeconds(10));
        stopping.Dispose();
    }

    /// <summary>Every acknowledged row once, and no row that is neither acknowledged nor of unknown outcome.</summary>
    public async Task AssertHeldBy(SpecNode node)
    {
        var found = (await node.QueryAsync("SELECT id FROM load"))!.Select(row => int.Parse(row[0])).ToList();
        Assert.Empty(acknowledged.Except(found));
        Assert.Empty(found.Except(acknowledged).Except(unknown));
        Assert.Equal(found.Count, found.Distinct().Count());
    }

    private async Task ClientAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            if (leader() is not { IsRunning: true } node)
            {
                await Task.Delay(1);
                continue;
            }

            var id = Interlocked.Increment(ref lastId);
            var result = await node.WriteAsync([new SqlCall("INSERT INTO load VALUES (?1)", new Values(id))]);
            if (result.Status == WriteStatus.Committed)
                acknowledged.Add(id);
            else if (result.Status == WriteStatus.OutcomeUnknown)
                unknown.Add(id);
            else
                await Task.Delay(1);
        }
    }
}

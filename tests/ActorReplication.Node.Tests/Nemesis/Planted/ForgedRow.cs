using ActorReplication.Node.Tests.EndToEnd;
using ActorReplication.Node.Tests.Nemesis.Clients;
using ActorReplication.Node.Tests.Nemesis.Hosts;
using Xunit;

namespace ActorReplication.Node.Tests.Nemesis.Planted;

/// <summary>A stopped follower's row is changed behind its back. The next change of that row must tell: its rows are not the leader's any more.</summary>
internal static class ForgedRow
{
    /// <returns>Whether the node has said so by the time it has applied everything.</returns>
    public static async Task<bool> IsNoticedAsync(Bug bug)
    {
        var plan = new NemesisPlan(1, 3, "quorum", "row", TimeSpan.Zero);
        await using var cluster = new NemesisCluster(plan, new Loopback(3), PlantedNode.Program(bug));
        await using var endpoints = new Endpoints(cluster);
        foreach (var node in cluster.Nodes) node.Start();
        Assert.NotNull(await cluster.ConvergeAsync(TimeSpan.FromSeconds(60)));
        var leader = await cluster.FindLeaderAsync();
        await WriteAsync(RegisterClient.Schema, "INSERT INTO registers VALUES (1, 1), (2, 1)");
        Assert.NotNull(await cluster.ConvergeAsync(TimeSpan.FromSeconds(60)));
        var victim = (leader + 1) % 3;
        await cluster.Nodes[victim].TerminateAsync();
        DatabaseFile.Change(cluster.FolderOf(victim), "UPDATE registers SET v = 5 WHERE k = 1");
        cluster.Nodes[victim].Start();
        Assert.NotNull(await cluster.ConvergeAsync(TimeSpan.FromSeconds(60)));
        await WriteAsync("UPDATE registers SET v = v + 1");
        Assert.NotNull(await cluster.ConvergeAsync(TimeSpan.FromSeconds(60)));
        return (await cluster.ViewAsync(victim))!.DivergencesFound > 0;

        async Task WriteAsync(params string[] statements)
        {
            await using var connection = endpoints.Source(leader).CreateConnection();
            await connection.OpenAsync();
            foreach (var sql in statements) await Session.RunAsync(connection, sql);
        }
    }
}

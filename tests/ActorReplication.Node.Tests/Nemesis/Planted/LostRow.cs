using ActorReplication.Node.Tests.EndToEnd;
using ActorReplication.Node.Tests.Nemesis.Clients;
using ActorReplication.Node.Tests.Nemesis.Hosts;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.Nemesis.Planted;

/// <summary>The shortest way to an acknowledged row that is gone: both followers' disks are slow, a row is inserted, the power fails everywhere, and the followers come back without the leader.</summary>
internal static class LostRow
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), AnswerPatience = TimeSpan.FromSeconds(2);

    /// <returns>Whether the row was acknowledged and is not there afterwards. A node that nobody tampered with acknowledges nothing while no follower's disk has it.</returns>
    public static async Task<bool> IsLostAsync(Bug bug, Action<string> tell)
    {
        var plan = new NemesisPlan(1, 3, "quorum", "row", TimeSpan.Zero);
        await using var cluster = new NemesisCluster(plan, new Loopback(3), PlantedNode.Program(bug));
        await using var endpoints = new Endpoints(cluster);
        foreach (var node in cluster.Nodes) node.Start();
        Assert.NotNull(await cluster.ConvergeAsync(Patience));
        var leader = await cluster.FindLeaderAsync();
        await using var connection = await OpenAsync(endpoints, leader);
        await Session.RunAsync(connection, "CREATE TABLE kept (id bigint PRIMARY KEY)");
        await Session.RunAsync(connection, "INSERT INTO kept VALUES (1)");
        Assert.NotNull(await cluster.ConvergeAsync(Patience));

        int[] followers = [.. Enumerable.Range(0, 3).Where(n => n != leader)];
        foreach (var follower in followers) await File.WriteAllTextAsync(PlantedNode.HoldFileOf(cluster.FolderOf(follower)), "");
        var acknowledged = await IsAnsweredAsync(Session.RunAsync(connection, "INSERT INTO kept VALUES (2)"));
        await Task.WhenAll(cluster.Nodes.Select(n => n.KillAsync()));

        foreach (var follower in followers)
        {
            File.Delete(PlantedNode.HoldFileOf(cluster.FolderOf(follower)));
            cluster.Nodes[follower].Start();
        }
        var rows = await RowsAsync(cluster, endpoints);
        tell($"the insert was {(acknowledged ? "acknowledged" : "not acknowledged")}; afterwards there are the rows {string.Join(", ", rows)}");
        Assert.Contains(1, rows);
        return acknowledged && !rows.Contains(2);
    }

    private static async Task<bool> IsAnsweredAsync(Task<int> insert)
    {
        if (await Task.WhenAny(insert, Task.Delay(AnswerPatience)) == insert) return await insert == 1;
        // Its connection breaks when the leader is killed.
        _ = insert.ContinueWith(static t => _ = t.Exception, TaskScheduler.Default);
        return false;
    }

    /// <summary>What whoever leads now has.</summary>
    private static async Task<List<long>> RowsAsync(NemesisCluster cluster, Endpoints endpoints)
    {
        using var patience = new CancellationTokenSource(Patience);
        int leader;
        while ((leader = await cluster.FindLeaderAsync()) < 0) await Task.Delay(20, patience.Token);
        await using var connection = await OpenAsync(endpoints, leader);
        return await Session.QueryAsync<long>(connection, "SELECT id FROM kept ORDER BY id");
    }

    private static async Task<NpgsqlConnection> OpenAsync(Endpoints endpoints, int node)
    {
        var connection = endpoints.Source(node).CreateConnection();
        await connection.OpenAsync();
        return connection;
    }
}

using ActorReplication.Node.Tests.Nemesis.Clients;
using ActorReplication.Node.Tests.Nemesis.Hosts;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.Nemesis.Planted;

/// <summary>The shortest way to a read that is not so: a leader is frozen, another one goes on, clients ask the frozen one, and it wakes.</summary>
internal static class StaleReads
{
    private const int Readers = 40, Freezes = 25;

    /// <returns>Whether one of the readers was told what had been overwritten before it asked.</returns>
    public static async Task<bool> FindAsync(Bug bug, Action<string> tell)
    {
        var plan = new NemesisPlan(1, 3, "quorum", "row", TimeSpan.Zero);
        await using var cluster = new NemesisCluster(plan, new Loopback(3), PlantedNode.Program(bug));
        await using var endpoints = new Endpoints(cluster);
        foreach (var node in cluster.Nodes) node.Start();
        Assert.NotNull(await cluster.ConvergeAsync(TimeSpan.FromSeconds(60)));
        await WriteAsync(await cluster.FindLeaderAsync(), RegisterClient.Schema);
        for (var freeze = 1; freeze <= Freezes; freeze++)
        {
            var leader = await LeaderAsync(cluster, -1);
            await WriteAsync(leader, $"INSERT INTO registers VALUES (1, {2 * freeze}) ON CONFLICT (k) DO UPDATE SET v = excluded.v");
            var readers = await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => OpenAsync(leader)));
            cluster.Nodes[leader].Freeze();
            await WriteAsync(await LeaderAsync(cluster, leader), $"UPDATE registers SET v = {2 * freeze + 1}");
            var answers = readers.Select(AskAsync).ToArray();
            cluster.Nodes[leader].Thaw();
            var stale = (await Task.WhenAll(answers)).Count(a => a == 2 * freeze);
            foreach (var reader in readers) await reader.DisposeAsync();
            if (stale == 0) continue;
            tell($"{stale} of {Readers} readers were told the old value after {freeze} freezes");
            return true;
        }
        return false;

        async Task<NpgsqlConnection> OpenAsync(int node)
        {
            var connection = endpoints.Source(node).CreateConnection();
            await connection.OpenAsync();
            await Session.RunAsync(connection, "SET replication.read_consistency = 'linearizable'");
            return connection;
        }

        async Task WriteAsync(int node, string sql)
        {
            await using var connection = endpoints.Source(node).CreateConnection();
            await connection.OpenAsync();
            await Session.RunAsync(connection, sql);
        }
    }

    private static async Task<int> LeaderAsync(NemesisCluster cluster, int not)
    {
        while (true)
        {
            var leader = await cluster.FindLeaderAsync();
            if (leader >= 0 && leader != not) return leader;
            await Task.Delay(20);
        }
    }

    /// <returns>Null: refused.</returns>
    private static async Task<long?> AskAsync(NpgsqlConnection connection)
    {
        try
        {
            return (await Session.QueryAsync<long>(connection, "SELECT v FROM registers WHERE k = 1"))[0];
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }
}

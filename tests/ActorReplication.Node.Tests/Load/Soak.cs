using System.Diagnostics;
using System.Globalization;
using ActorReplication.Node.Tests.Disk;
using ActorReplication.Node.Tests.EndToEnd;
using ActorReplication.Node.Tests.Nemesis;
using Npgsql;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.Load;

/// <summary>Three nodes under load for as long as REPLICATION_TEST_BUDGET says: their memory, descriptors and threads are at the end what they were when everybody had warmed up.</summary>
[Collection(Alone.Name)]
public sealed class Soak(ITestOutputHelper output)
{
    private const int Clients = 8;

    /// <summary>Garbage that is not collected yet, caches of statements, threads of a pool: what comes and goes. Growth that goes on is more than that in any run worth its name.</summary>
    private const double MemoryFactor = 1.3;
    private const int MemorySlackMebibytes = 60, DescriptorSlack = 12, ThreadSlack = 12;
    private static readonly TimeSpan LeastWarmUp = TimeSpan.FromSeconds(30), Rest = TimeSpan.FromSeconds(5);

    [LongFact]
    public async Task Memory_descriptors_and_threads_end_where_they_began()
    {
        var budget = NemesisBudget.Given!.Value;
        await using var cluster = new DiskCluster(3);
        await cluster.StartAsync();
        await cluster.ExecuteAsync(await cluster.LeaderAsync(), "CREATE TABLE kept (id bigint PRIMARY KEY, n int, x text)");
        await cluster.ConvergesAsync();
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, Clients).Select(c => Task.Run(() => WorkAsync(cluster, c, stop.Token))).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(Math.Max(LeastWarmUp.TotalSeconds, budget.TotalSeconds / 6)));
        var before = Measure(cluster);
        Tell("began", before);
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < budget - LeastWarmUp)
        {
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(60, Math.Max(5, budget.TotalSeconds / 10))));
            Tell($"{Stopwatch.GetElapsedTime(started).TotalSeconds:0} s", Measure(cluster));
        }
        var under = Measure(cluster);
        await stop.CancelAsync();
        var statements = (await Task.WhenAll(clients)).Sum();
        await Task.Delay(Rest);
        var after = Measure(cluster);
        Tell($"ended after {statements} statements", after);
        for (var node = 0; node < 3; node++)
        {
            Assert.True(under[node].Mebibytes <= before[node].Mebibytes * MemoryFactor + MemorySlackMebibytes, $"n{node + 1}'s memory grew from {before[node].Mebibytes} to {under[node].Mebibytes} MiB");
            Assert.True(after[node].Descriptors <= before[node].Descriptors + DescriptorSlack, $"n{node + 1}'s descriptors grew from {before[node].Descriptors} to {after[node].Descriptors}");
            Assert.True(after[node].Threads <= before[node].Threads + ThreadSlack, $"n{node + 1}'s threads grew from {before[node].Threads} to {after[node].Threads}");
        }
        await cluster.ConvergesAsync();
        Assert.Single((await Task.WhenAll(Enumerable.Range(0, 3).Select(n => cluster.QueryAsync<string>(n, "SELECT count(*)::text || ' ' || coalesce(sum(n), 0)::text FROM kept")))).Select(r => r[0]).Distinct());
    }

    /// <summary>Connections come and go; statements are many texts, not one; rows are replaced, so that the database does not grow either.</summary>
    private static async Task<long> WorkAsync(DiskCluster cluster, int client, CancellationToken stop)
    {
        var random = new Random(client);
        var statements = 0L;
        await using var source = NpgsqlDataSource.Create(cluster.Connection + ";Pooling=false");
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
                for (var i = 0; i < 200 && !stop.IsCancellationRequested; i++, statements++)
                    await OnceAsync(connection, random, client);
            }
            catch (NpgsqlException)
            {
                await Task.Delay(50, CancellationToken.None);
            }
        }
        return statements;
    }

    private static async Task OnceAsync(NpgsqlConnection connection, Random random, int client)
    {
        var id = (client * 1000) + random.Next(1000);
        switch (random.Next(6))
        {
            case 0: await RunAsync(connection, $"SELECT n, x FROM kept WHERE id = {id}"); break;
            case 1: await RunAsync(connection, $"SELECT count(*), sum(n) FROM kept WHERE id % {random.Next(2, 50)} = 0"); break;
            case 2:
                await using (var transaction = await connection.BeginTransactionAsync())
                {
                    await RunAsync(connection, $"UPDATE kept SET n = n + 1 WHERE id = {id}");
                    await RunAsync(connection, $"SELECT n FROM kept WHERE id = {id}");
                    if (random.Next(3) == 0) await transaction.RollbackAsync();
                    else await transaction.CommitAsync();
                }
                break;
            case 3: await Assert.ThrowsAsync<PostgresException>(() => RunAsync(connection, $"SELECT {random.Next()} FROM nothing")); break;
            default: await RunAsync(connection, "INSERT INTO kept VALUES ($1, 1, $2) ON CONFLICT (id) DO UPDATE SET n = kept.n + 1, x = excluded.x", (long)id, new string((char)('a' + random.Next(26)), random.Next(2000))); break;
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
        }
    }

    private readonly record struct Use(long Mebibytes, int Descriptors, int Threads);

    private static Use[] Measure(DiskCluster cluster) => [.. Enumerable.Range(0, 3).Select(n => Measure(cluster.Node(n).Id))];

    private static Use Measure(int process)
    {
        var proc = "/proc/" + process.ToString(CultureInfo.InvariantCulture);
        var status = File.ReadAllLines(proc + "/status").Select(l => l.Split(':', 2)).Where(l => l.Length == 2).ToDictionary(l => l[0], l => l[1].Trim());
        return new Use(
            long.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture) >> 10, Directory.GetFiles(proc + "/fd").Length, int.Parse(status["Threads"], CultureInfo.InvariantCulture));
    }

    private void Tell(string when, Use[] uses) => output.WriteLine($"{when}: " + string.Join("; ", uses.Select((u, n) => $"n{n + 1} {u.Mebibytes} MiB, {u.Descriptors} descriptors, {u.Threads} threads")));
}

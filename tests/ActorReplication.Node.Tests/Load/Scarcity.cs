using ActorReplication.Node.Tests.Disk;
using ActorReplication.Node.Tests.EndToEnd;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.Load;

/// <summary>Too few descriptors, too little memory: who cannot be served is told or turned away, and the node serves again when there is enough, or it ends and loses nothing.</summary>
public sealed class Scarcity
{
    private const int Descriptors = 400, Clients = 600;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [LongFact("prlimit")]
    public async Task A_node_without_descriptors_turns_clients_away_and_serves_when_they_have_left()
    {
        await using var cluster = new DiskCluster(1, ["prlimit", $"--nofile={Descriptors}:{Descriptors}"]);
        await cluster.StartAsync();
        await cluster.ExecuteAsync(0, "CREATE TABLE t (id bigint PRIMARY KEY)");
        await cluster.ExecuteAsync(0, "INSERT INTO t VALUES (1)");
        await using var source = NpgsqlDataSource.Create(cluster.Connection + ";Pooling=false");

        var served = new List<NpgsqlConnection>();
        var refused = 0;
        for (var client = 0; client < Clients; client++)
        {
            var connection = source.CreateConnection();
            try
            {
                await connection.OpenAsync().WaitAsync(Patience);
                served.Add(connection);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                await connection.DisposeAsync();
                if (++refused == 3) break;
            }
        }
        Assert.True(refused > 0, $"{Clients} clients were served with {Descriptors} descriptors");
        foreach (var connection in served) await connection.DisposeAsync();

        await WriteLoad.PatientlyAsync(() => cluster.ExecuteAsync(0, "INSERT INTO t VALUES (2) ON CONFLICT DO NOTHING"));
        Assert.Equal([1, 2], await cluster.IdsAsync(0));
        Assert.True(cluster.Node(0).IsRunning);
    }

    [LongFact]
    public async Task A_node_with_little_memory_refuses_what_is_too_much_or_ends_and_what_it_acknowledged_is_there()
    {
        await using var cluster = new DiskCluster(1, ["env", "DOTNET_GCHeapHardLimit=0x8000000"]);
        await cluster.StartAsync();
        await cluster.ExecuteAsync(0, "CREATE TABLE t (id bigint PRIMARY KEY, x bytea)");
        var acknowledged = new List<long>();
        for (var id = 1L; id <= 6 && cluster.Node(0).IsRunning; id++)
        {
            try
            {
                await cluster.ExecuteAsync(0, "INSERT INTO t VALUES ($1, $2)", id, new byte[(1 << 20) << (int)id]);
                acknowledged.Add(id);
            }
            catch (NpgsqlException)
            {
                // It was too much, or the node ended over it.
            }
        }
        if (!cluster.Node(0).IsRunning) cluster.Node(0).Start();
        await cluster.ServesAsync(0);
        Assert.NotEmpty(acknowledged);
        Assert.Empty(acknowledged.Except(await cluster.IdsAsync(0)));
        await WriteLoad.PatientlyAsync(() => cluster.ExecuteAsync(0, "INSERT INTO t (id) VALUES (100) ON CONFLICT DO NOTHING"));
    }
}

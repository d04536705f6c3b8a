using ActorReplication.Node.Tests.Disk;
using ActorReplication.Node.Tests.EndToEnd;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.Load;

/// <summary>Much at once, through three processes: it is there on all of them, or refused in so many words, and nobody loses the leader over it.</summary>
public sealed class LargeData
{
    private const int Mebibyte = 1 << 20, RowMebibytes = 64, TransactionMebibytes = 256;

    [LongFact]
    public async Task A_row_of_64_MiB_is_on_every_node_and_the_leader_stays()
    {
        await using var cluster = new DiskCluster(3);
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        var term = (await cluster.ViewAsync(leader))!.Term;
        await using var connection = await OpenAsync(cluster);
        await RunAsync(connection, "CREATE TABLE t (id bigint PRIMARY KEY, x bytea)");
        await RunAsync(connection, "INSERT INTO t VALUES (1, $1)", new byte[RowMebibytes * Mebibyte]);
        await RunAsync(connection, "INSERT INTO t VALUES (2, NULL)");

        await cluster.ConvergesAsync();
        for (var node = 0; node < 3; node++) Assert.Equal([RowMebibytes * Mebibyte], await cluster.QueryAsync<int>(node, "SELECT length(x) FROM t WHERE id = 1"));
        Assert.Equal(term, (await cluster.ViewAsync(leader))!.Term);
    }

    [LongFact]
    public Task A_transaction_of_256_MiB_is_on_every_node() => TransactionAsync("row");

    [LongFact]
    public Task A_transaction_of_256_MiB_is_on_every_node_under_page() => TransactionAsync("page");

    private static async Task TransactionAsync(string method)
    {
        await using var cluster = new DiskCluster(3);
        await cluster.StartAsync();
        var leader = await cluster.LeaderAsync();
        var term = (await cluster.ViewAsync(leader))!.Term;
        await using var connection = await OpenAsync(cluster);
        await RunAsync(connection, "CREATE TABLE t (id bigint PRIMARY KEY, x bytea)");
        await RunAsync(connection, $"ALTER SYSTEM SET replication.method = '{method}'");
        await cluster.ConvergesAsync();
        var noise = new byte[Mebibyte];
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            for (var id = 1; id <= TransactionMebibytes; id++)
            {
                Random.Shared.NextBytes(noise);
                await RunAsync(connection, "INSERT INTO t VALUES ($1, $2)", (long)id, noise);
            }
            await transaction.CommitAsync();
        }
        await RunAsync(connection, "INSERT INTO t VALUES (1000, NULL)");

        await cluster.ConvergesAsync();
        for (var node = 0; node < 3; node++) Assert.Equal([(long)TransactionMebibytes * Mebibyte], await cluster.QueryAsync<long>(node, "SELECT sum(length(x))::bigint FROM t"));
        Assert.Equal(term, (await cluster.ViewAsync(leader))!.Term);
    }

    private static async Task<NpgsqlConnection> OpenAsync(DiskCluster cluster)
    {
        var connection = NpgsqlDataSource.Create(cluster.Connection + ";Pooling=false;Command Timeout=120").CreateConnection();
        await connection.OpenAsync();
        return connection;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync();
    }
}

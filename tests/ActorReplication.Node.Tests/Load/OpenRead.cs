using ActorReplication.Node.Tests.Disk;
using ActorReplication.Node.Tests.EndToEnd;
using Npgsql;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.Load;

/// <summary>A read that stays open while others write: it sees one state from beginning to end, SQLite's log grows only as long as it lasts, and what is compacted meanwhile is not lost.</summary>
public sealed class OpenRead(ITestOutputHelper output)
{
    private const int Rows = 4000, RowBytes = 10_000;
    private const long FarBelowAll = Rows * (long)RowBytes / 4;

    [LongFact]
    public async Task It_keeps_its_state_and_the_log_file_is_taken_back_when_it_ends()
    {
        await using var cluster = new DiskCluster(1);
        await cluster.StartAsync();
        await cluster.ExecuteAsync(0, "CREATE TABLE t (id bigint PRIMARY KEY, x text)");
        await cluster.ExecuteAsync(0, "INSERT INTO t VALUES (0, 'first')");
        await using var source = NpgsqlDataSource.Create(cluster.Connection);
        await using var reading = await source.OpenConnectionAsync();
        await using var transaction = await reading.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        Assert.Equal(1L, await CountAsync(reading));

        await using (var writing = await source.OpenConnectionAsync())
            for (var id = 1; id <= Rows; id += 100)
                await RunAsync(writing, $"INSERT INTO t SELECT i, repeat('x', {RowBytes}) FROM generate_series({id}, {id + 99}) AS i");
        Assert.Equal(1L, await CountAsync(reading));
        output.WriteLine($"the log file has {LogBytes(cluster)} bytes while the read is open");
        await transaction.CommitAsync();

        await using var after = await source.OpenConnectionAsync();
        var id2 = Rows + 1;
        // The log begins anew with the writes that come after a checkpoint that nobody holds up.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (LogBytes(cluster) > FarBelowAll)
        {
            await RunAsync(after, $"INSERT INTO t VALUES ({id2++}, 'more')");
            await Task.Delay(50, patience.Token);
        }
        Assert.True(await CountAsync(after) > Rows);
    }

    private static long LogBytes(DiskCluster cluster) => new FileInfo(Path.Combine(cluster.FolderOf(0), "db", "data.sqlite-wal")).Length;

    private static async Task<long> CountAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT count(*) FROM t", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 30 };
        await command.ExecuteNonQueryAsync();
    }
}

using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>Transactions that are open at the same time, as their clients see them.</summary>
[Collection(SharedCluster.Name)]
public sealed class OpenTransactions(TestCluster cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task An_open_transaction_holds_up_only_who_wants_its_rows()
    {
        var leader = await PrepareAsync("open_a");
        await using var one = await OpenAsync(leader);
        await using var two = await OpenAsync(leader);
        await RunAsync(one, "BEGIN");
        await RunAsync(one, "UPDATE open_a SET n = n + 1 WHERE id = 1");
        await RunAsync(two, "UPDATE open_a SET n = n + 1 WHERE id = 2");
        await RunAsync(two, "INSERT INTO open_a VALUES (3, 0)");
        await RunAsync(two, "SET lock_timeout = '50ms'");
        Assert.Equal("55P03", await FailureAsync(two, "UPDATE open_a SET n = n + 1 WHERE id = 1"));
        await RunAsync(two, "SET lock_timeout = 0; SET statement_timeout = '50ms'");
        Assert.Equal("57014", await FailureAsync(two, "UPDATE open_a SET n = n + 1 WHERE id = 1"));
        await RunAsync(two, "SET statement_timeout = 0");
        var waiting = RunAsync(two, "UPDATE open_a SET n = n * 10 WHERE id = 1");
        await RunAsync(one, "COMMIT");
        await waiting.WaitAsync(Patience);
        Assert.Equal("1:10 2:1 3:0", await RowsAsync(two, "open_a"));
    }

    [Fact]
    public async Task Rows_of_a_client_that_is_gone_go_to_who_waits()
    {
        var leader = await PrepareAsync("open_b");
        var one = await OpenAsync(leader);
        await using var two = await OpenAsync(leader);
        await RunAsync(one, "BEGIN");
        await RunAsync(one, "UPDATE open_b SET n = 5 WHERE id = 1");
        var waiting = RunAsync(two, "UPDATE open_b SET n = n + 1 WHERE id = 1");
        await one.DisposeAsync();
        await waiting.WaitAsync(Patience);
        Assert.Equal("1:1 2:0", await RowsAsync(two, "open_b"));
    }

    [Fact]
    public async Task A_deadlock_ends_one_of_the_two()
    {
        var leader = await PrepareAsync("open_c");
        await using var one = await OpenAsync(leader);
        await using var two = await OpenAsync(leader);
        await RunAsync(one, "BEGIN");
        await RunAsync(two, "BEGIN");
        await RunAsync(one, "UPDATE open_c SET n = 1 WHERE id = 1");
        await RunAsync(two, "UPDATE open_c SET n = 2 WHERE id = 2");
        // Either may come to the gate first: whoever closes the circle has to try again.
        var failures = await Task.WhenAll(FailureAsync(one, "UPDATE open_c SET n = 1 WHERE id = 2"), FailureAsync(two, "UPDATE open_c SET n = 2 WHERE id = 1")).WaitAsync(Patience);
        Assert.Equal([null, "40P01"], failures.Order());
        var (winner, loser, n) = failures[0] is null ? (one, two, 1) : (two, one, 2);
        await RunAsync(loser, "ROLLBACK");
        await RunAsync(winner, "COMMIT");
        Assert.Equal($"1:{n} 2:{n}", await RowsAsync(loser, "open_c"));
    }

    [Theory]
    [InlineData("READ COMMITTED", null)]
    [InlineData("REPEATABLE READ", "40001")]
    [InlineData("SERIALIZABLE", "40001")]
    public async Task A_value_read_and_written_back_is_lost_only_where_PostgreSQL_loses_it(string level, string? failure)
    {
        var leader = await PrepareAsync("open_d");
        await using var one = await OpenAsync(leader);
        await using var two = await OpenAsync(leader);
        foreach (var connection in new[] { one, two })
        {
            await RunAsync(connection, "BEGIN ISOLATION LEVEL " + level);
            await RunAsync(connection, "SELECT n FROM open_d WHERE id = 1");
        }
        await RunAsync(one, "UPDATE open_d SET n = 1 WHERE id = 1");
        await RunAsync(one, "COMMIT");
        Assert.Equal(failure, await FailureAsync(two, "UPDATE open_d SET n = 1 WHERE id = 1"));
        await RunAsync(two, failure is null ? "COMMIT" : "ROLLBACK");
        Assert.Equal("1:1 2:0", await RowsAsync(two, "open_d"));
    }

    [Fact]
    public async Task Sixteen_clients_move_money_and_none_is_made_or_lost_over_a_failover()
    {
        var leader = await PrepareAsync("open_bank");
        await using (var connection = await OpenAsync(leader))
            await RunAsync(connection, "DELETE FROM open_bank; INSERT INTO open_bank SELECT i, 100 FROM generate_series(1, 10) AS i; CREATE TABLE open_moves (id bigserial PRIMARY KEY, amount int)");
        await using var source = NpgsqlDataSource.Create(cluster.Npgsql("Timeout=2;Command Timeout=10;Cancellation Timeout=-1;Maximum Pool Size=20"));
        using var stop = new CancellationTokenSource();
        var moved = 0;
        var unexpected = new List<string>();
        var clients = Enumerable.Range(0, 16).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    await MoveAsync(source, random);
                    Interlocked.Increment(ref moved);
                }
                catch (PostgresException e) when (e.SqlState is not ("40P01" or "40001" or "57P01" or "57P03" or "25006" or "08007"))
                {
                    lock (unexpected) unexpected.Add(e.ToString());
                    return;
                }
                catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
                {
                    await Task.Delay(10, CancellationToken.None);
                }
            }
        })).ToArray();
        await UntilAsync(() => Volatile.Read(ref moved) >= 300 || unexpected.Count > 0);
        await leader.KillAsync();
        await cluster.LeaderAsync(other: leader);
        var before = Volatile.Read(ref moved);
        await UntilAsync(() => Volatile.Read(ref moved) >= before + 300 || unexpected.Count > 0);
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Empty(unexpected);
        await cluster.HealthyAsync();
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(1000, await cluster.ScalarAsync<long>(node, "SELECT sum(n) FROM open_bank"));
            Assert.InRange(await cluster.ScalarAsync<long>(node, "SELECT count(*) FROM open_moves"), moved, long.MaxValue);
        }
    }

    [Fact]
    public async Task Rows_selected_for_update_are_waited_for_refused_or_left_out_as_asked()
    {
        var leader = await PrepareAsync("open_e");
        await using var one = await OpenAsync(leader);
        await using var two = await OpenAsync(leader);
        await RunAsync(one, "INSERT INTO open_e VALUES (3, 0), (4, 0)");
        await RunAsync(one, "BEGIN");
        Assert.Equal("1", await IdsAsync(one, "SELECT id FROM open_e ORDER BY id LIMIT 1 FOR UPDATE"));
        await RunAsync(two, "BEGIN");
        Assert.Equal("2,3", await IdsAsync(two, "SELECT id FROM open_e ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED", 2L));
        Assert.Equal("3", await IdsAsync(two, "SELECT id FROM open_e WHERE id IN (1, 2, 3) ORDER BY id DESC OFFSET 0 LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED"));
        Assert.Equal("4", await IdsAsync(one, "SELECT o.id FROM open_e o JOIN open_e p ON p.id = o.id ORDER BY 1 FOR SHARE OF o SKIP LOCKED", rest: 1));
        await RunAsync(two, "SAVEPOINT s");
        Assert.Equal("55P03", await FailureAsync(two, "SELECT id FROM open_e WHERE id = 1 FOR UPDATE NOWAIT"));
        await RunAsync(two, "ROLLBACK TO s");
        Assert.Equal("4", await IdsAsync(two, "SELECT id FROM open_e WHERE id = 4 FOR KEY SHARE NOWAIT"));
        var waiting = IdsAsync(two, "SELECT n FROM open_e WHERE id = 1 FOR UPDATE");
        await RunAsync(one, "UPDATE open_e SET n = 7 WHERE id = 1");
        Assert.False(waiting.IsCompleted);
        await RunAsync(one, "COMMIT");
        Assert.Equal("7", await waiting.WaitAsync(Patience));
        Assert.Equal("55P03", await FailureAsync(one, "SELECT id FROM open_e WHERE id = 1 FOR UPDATE NOWAIT"));
        await RunAsync(two, "COMMIT");
        Assert.Equal("1", await IdsAsync(one, "SELECT id FROM open_e WHERE id = 1 FOR UPDATE NOWAIT"));
        Assert.Equal("0A000", await FailureAsync(one, "SELECT count(*) FROM open_e FOR UPDATE"));
        Assert.Equal("25006", await FailureAsync(one, "BEGIN READ ONLY; SELECT id FROM open_e FOR UPDATE"));
    }

    private static async Task MoveAsync(NpgsqlDataSource source, Random random)
    {
        var (from, to, amount) = (random.Next(1, 11), random.Next(1, 11), random.Next(1, 20));
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await RunAsync(connection, $"UPDATE open_bank SET n = n - {amount} WHERE id = {from}");
        await RunAsync(connection, $"INSERT INTO open_moves (amount) VALUES ({amount})");
        await RunAsync(connection, $"UPDATE open_bank SET n = n + {amount} WHERE id = {to}");
        await transaction.CommitAsync();
    }

    private static async Task UntilAsync(Func<bool> met)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        while (!met()) await Task.Delay(20, patience.Token);
    }

    private async Task<NodeProcess> PrepareAsync(string table)
    {
        var leader = await cluster.HealthyAsync();
        await using var connection = await OpenAsync(leader);
        await RunAsync(connection, $"DROP TABLE IF EXISTS {table}; CREATE TABLE {table} (id int PRIMARY KEY, n int NOT NULL); INSERT INTO {table} VALUES (1, 0), (2, 0)");
        return leader;
    }

    private async Task<NpgsqlConnection> OpenAsync(NodeProcess leader)
    {
        var connection = new NpgsqlConnection(cluster.NpgsqlTo(leader));
        await connection.OpenAsync();
        return connection;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string?> FailureAsync(NpgsqlConnection connection, string sql)
    {
        try
        {
            await RunAsync(connection, sql).WaitAsync(Patience);
            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }

    /// <param name="rest">Rows at the end that count only.</param>
    private static async Task<string> IdsAsync(NpgsqlConnection connection, string sql, long? parameter = null, int rest = 0)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        if (parameter is { } value) command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = value });
        await using var reader = await command.ExecuteReaderAsync();
        var ids = new List<long>();
        while (await reader.ReadAsync()) ids.Add(Convert.ToInt64(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture));
        return string.Join(',', rest == 0 ? ids : ids.TakeLast(rest));
    }

    private static async Task<string> RowsAsync(NpgsqlConnection connection, string table)
    {
        await using var command = new NpgsqlCommand($"SELECT string_agg(id || ':' || n, ' ' ORDER BY id) FROM {table}", connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}

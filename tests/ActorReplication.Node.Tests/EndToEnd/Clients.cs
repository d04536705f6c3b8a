using System.Net;
using System.Net.Sockets;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed class Clients(TestCluster cluster)
{
    [Fact]
    public async Task Psql_writes_on_the_leader_and_reads_everywhere()
    {
        var leader = await cluster.HealthyAsync();
        var ran = await Programs.PsqlAsync(cluster.PsqlTo(leader),
            "CREATE TABLE smoke (id serial PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now())",
            "INSERT INTO smoke (name) VALUES ('one'), ('two') RETURNING id",
            "BEGIN; UPDATE smoke SET name = upper(name) WHERE id = 1; SAVEPOINT s; DELETE FROM smoke; ROLLBACK TO s; COMMIT",
            "SELECT id || name FROM smoke ORDER BY id",
            "SELECT pg_is_in_recovery()");
        Assert.True(ran.ExitCode == 0, ran.Output);
        Assert.Equal("1\n2\n1ONE\n2two\nf\n", ran.Output);

        await cluster.HealthyAsync();
        var follower = cluster.Nodes.First(n => n != leader);
        var read = await Programs.PsqlAsync(cluster.PsqlTo(follower), "SELECT count(*) FROM smoke", "SELECT pg_is_in_recovery()");
        Assert.Equal("2\nt\n", read.Output);
        var refused = await Programs.PsqlAsync(cluster.PsqlTo(follower), "INSERT INTO smoke (name) VALUES ('three')");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("25006", refused.Output);
        Assert.Contains(leader.Name, refused.Output);
    }

    [Fact]
    public async Task Psql_finds_the_leader_by_itself()
    {
        await cluster.HealthyAsync();
        var hosts = string.Join(",", Enumerable.Range(0, 3).Select(i => $"127.0.0.1:{cluster.Options.PgPort + i}"));
        var ran = await Programs.PsqlAsync($"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write", "CREATE TABLE found (id int)", "SHOW transaction_read_only");
        Assert.Equal("off\n", ran.Output);
    }

    [Fact]
    public async Task Pg_stat_replication_shows_both_followers()
    {
        var leader = await cluster.HealthyAsync();
        var rows = await Programs.PsqlAsync(cluster.PsqlTo(leader), "SELECT application_name, state, sync_state FROM pg_stat_replication ORDER BY 1");
        var expected = string.Concat(cluster.Nodes.Where(n => n != leader).Select(n => $"{n.Name}|streaming|quorum\n"));
        Assert.Equal(expected, rows.Output);
    }

    [Theory]
    [InlineData("simple")]
    [InlineData("extended")]
    [InlineData("prepared")]
    public async Task Pgbench_runs(string mode)
    {
        var leader = await cluster.HealthyAsync();
        var table = "bench_" + mode;
        Assert.Equal(0, (await Programs.PsqlAsync(cluster.PsqlTo(leader), $"CREATE TABLE {table} (id bigserial PRIMARY KEY, v text NOT NULL, n int NOT NULL)")).ExitCode);
        var script = Path.Combine(cluster.Options.Data, mode + ".sql");
        await File.WriteAllTextAsync(script, $"\\set n random(1, 1000)\nBEGIN;\nINSERT INTO {table} (v, n) VALUES ('x', :n);\nUPDATE {table} SET n = n + 1 WHERE id = :n;\nEND;\nSELECT count(*) FROM {table} WHERE id = :n;\n");
        var port = cluster.Options.PgPort + cluster.IndexOf(leader);
        var ran = await Programs.PgbenchAsync("-h", "127.0.0.1", "-p", $"{port}", "-U", "postgres", "-n", "-f", script, "-M", mode, "-c", "4", "-j", "1", "-t", "25", "postgres");
        Assert.True(ran.ExitCode == 0, ran.Output);
        Assert.Contains("number of transactions actually processed: 100/100", ran.Output);
        Assert.Equal(100, await cluster.ScalarAsync<long>(leader, $"SELECT count(*) FROM {table}"));
    }

    [Fact]
    public async Task Npgsql_works_as_it_is_set_by_default()
    {
        var leader = await cluster.HealthyAsync();
        var port = cluster.Options.PgPort + cluster.IndexOf(leader);
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres");
        await using var connection = await source.OpenConnectionAsync();
        await using (var create = new NpgsqlCommand("CREATE TABLE typed (id bigint PRIMARY KEY, b boolean, t text, d double precision, u uuid, ts timestamptz, raw bytea)", connection))
            await create.ExecuteNonQueryAsync();
        var (id, stamp) = (Guid.NewGuid(), new DateTime(2024, 2, 29, 12, 34, 56, 789, DateTimeKind.Utc));
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var insert = new NpgsqlCommand("INSERT INTO typed VALUES ($1, $2, $3, $4, $5, $6, $7)", connection, transaction))
            {
                foreach (var value in (object[])[7L, true, "häß\n'x'", 1.5, id, stamp, new byte[] { 0, 1, 255 }]) insert.Parameters.Add(new NpgsqlParameter { Value = value });
                Assert.Equal(1, await insert.ExecuteNonQueryAsync());
            }
            await transaction.CommitAsync();
        }
        await using var select = new NpgsqlCommand("SELECT * FROM typed WHERE id = $1", connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = 7 } } };
        await using var reader = await select.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Equal((7L, true, "häß\n'x'", 1.5), (reader.GetInt64(0), reader.GetBoolean(1), reader.GetString(2), reader.GetDouble(3)));
        Assert.Equal((id, stamp), (reader.GetGuid(4), reader.GetDateTime(5)));
        Assert.Equal([0, 1, 255], reader.GetFieldValue<byte[]>(6));
    }

    [Fact]
    public async Task A_failed_statement_leaves_the_session_alive()
    {
        var leader = await cluster.HealthyAsync();
        await using var connection = new NpgsqlConnection(cluster.NpgsqlTo(leader));
        await connection.OpenAsync();
        Assert.Equal("42P01", (await Assert.ThrowsAsync<PostgresException>(() => Run("SELECT * FROM nothing_there"))).SqlState);
        Assert.Equal("42601", (await Assert.ThrowsAsync<PostgresException>(() => Run("SELEKT 1"))).SqlState);
        await Run("CREATE TABLE once (id int PRIMARY KEY)");
        await Run("INSERT INTO once VALUES (1)");
        Assert.Equal("23505", (await Assert.ThrowsAsync<PostgresException>(() => Run("INSERT INTO once VALUES (1)"))).SqlState);
        await Run("SET statement_timeout = 200");
        Assert.Equal("57014", (await Assert.ThrowsAsync<PostgresException>(() =>
            Run("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 100000000) SELECT max(x) FROM c"))).SqlState);
        Assert.Equal(1, await new NpgsqlCommand("SELECT id FROM once", connection).ExecuteScalarAsync());

        async Task Run(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task Garbage_on_every_port_changes_nothing_for_others()
    {
        await cluster.HealthyAsync();
        var leader = await cluster.HealthyAsync();
        var before = (await cluster.ViewAsync(leader))!;
        var random = new Random(17);
        int[] ports = [.. Enumerable.Range(0, 3).SelectMany(i => (int[])[cluster.Options.PgPort + i, cluster.Options.HttpPort + i, cluster.Options.AkkaPort + i])];
        foreach (var port in ports)
        {
            foreach (var length in (int[])[1, 7, 300, 70_000])
            {
                var noise = new byte[length];
                random.NextBytes(noise);
                await ThrowAtAsync(port, noise);
            }
            // Lengths that lie: a frame of two gigabytes, of nothing, of less than nothing.
            foreach (var length in (uint[])[0x7fffffff, 0, 3, 0xffffffff]) await ThrowAtAsync(port, [(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length, 0, 3, 0, 0]);
        }
        Assert.All(cluster.Nodes, n => Assert.True(n.IsRunning, n.Log));
        await using var load = await WriteLoad.StartAsync(cluster.Npgsql(), "after_noise", 2);
        await load.MoreAsync(20);
        await load.StopAsync();
        Assert.Empty(load.Failures);
        var after = (await cluster.ViewAsync(leader))!;
        Assert.Equal((before.Term, "leader"), (after.Term, after.Role));
        Assert.InRange(after.MemoryBytes, 0, before.MemoryBytes + (150 << 20));
    }

    private static async Task ThrowAtAsync(int port, byte[] noise)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        try
        {
            await socket.SendAsync(noise);
            socket.Shutdown(SocketShutdown.Send);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            while (await socket.ReceiveAsync(new byte[4096], patience.Token) > 0) { }
        }
        catch (SocketException)
        {
            // Reset is as good as closed.
        }
    }
}

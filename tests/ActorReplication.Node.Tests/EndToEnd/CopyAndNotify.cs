using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>COPY, cursors and notifications, with real clients over real nodes.</summary>
[Collection(SharedCluster.Name)]
public sealed class CopyAndNotify(TestCluster cluster)
{
    [Fact]
    public async Task Pgbench_fills_its_tables_by_copy_and_its_sums_agree()
    {
        var leader = await cluster.HealthyAsync();
        string[] to = ["-h", "127.0.0.1", "-p", $"{cluster.Options.PgPort + cluster.IndexOf(leader)}", "-U", "postgres"];
        var filled = await Programs.PgbenchAsync([.. to, "-i", "postgres"]);
        Assert.True(filled.ExitCode == 0, filled.Output);
        var ran = await Programs.PgbenchAsync([.. to, "-c", "4", "-t", "10", "--max-tries=100", "postgres"]);
        Assert.True(ran.ExitCode == 0, ran.Output);
        Assert.Equal(100_000, await cluster.ScalarAsync<long>(leader, "SELECT count(*) FROM pgbench_accounts"));
        Assert.True(await cluster.ScalarAsync<bool>(leader, "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history) AND (SELECT count(*) FROM pgbench_history) = 40"));
    }

    [Fact]
    public async Task Psql_copies_files_and_fetches_in_parts()
    {
        var leader = await cluster.HealthyAsync();
        var (from, to) = (Path.Combine(cluster.Options.Data, "in.csv"), Path.Combine(cluster.Options.Data, "out.csv"));
        await File.WriteAllTextAsync(from, "id,name\n1,\"a, \"\"b\"\"\n\"\n2,\n3,ü\n");
        var ran = await Programs.PsqlAsync(cluster.PsqlTo(leader), "CREATE TABLE copied (id int PRIMARY KEY, name text)", $"\\copy copied from '{from}' csv header", $"\\copy (SELECT * FROM copied ORDER BY id) to '{to}' (format csv, header)",
            "INSERT INTO copied SELECT i, 'n' FROM generate_series(100, 1099) AS i", "\\set FETCH_COUNT 100", "SELECT count(*) FROM copied", "SELECT id FROM copied WHERE id > 1096 ORDER BY id");
        Assert.True(ran.ExitCode == 0, ran.Output);
        Assert.Equal(await File.ReadAllTextAsync(from), await File.ReadAllTextAsync(to));
        Assert.EndsWith("1003\n1097\n1098\n1099\n", ran.Output);
        await cluster.HealthyAsync();
        foreach (var node in cluster.Nodes) Assert.Equal(1003, await cluster.ScalarAsync<long>(node, "SELECT count(*) FROM copied"));
    }

    [Fact]
    public async Task A_cancel_request_may_go_to_any_node()
    {
        var leader = await cluster.HealthyAsync();
        var other = cluster.Nodes.First(node => node != leader);
        using var session = new TcpClient();
        await session.ConnectAsync(IPAddress.Loopback, cluster.Options.PgPort + cluster.IndexOf(leader));
        session.ReceiveTimeout = 60_000;
        var stream = session.GetStream();
        var startup = "\0\u0003\0\0user\0postgres\0database\0postgres\0\0"u8.ToArray();
        await stream.WriteAsync((byte[])[.. Int32(startup.Length + 4), .. startup]);
        byte[] key = [];
        await UntilAsync(stream, 'Z', (type, body) => key = type == 'K' ? body : key);
        Assert.Equal(8, key.Length);
        var sent = key;
        var query = "SELECT pg_sleep(50)\0"u8.ToArray();
        await stream.WriteAsync((byte[])[(byte)'Q', .. Int32(query.Length + 4), .. query]);
        // A request that comes before the statement runs is nothing: so again until it has ended.
        var ended = UntilAsync(stream, 'Z', (type, body) => key = type == 'E' && Encoding.UTF8.GetString(body).Contains("57014", StringComparison.Ordinal) ? [] : key);
        while (!ended.IsCompleted)
        {
            using var canceller = new TcpClient();
            await canceller.ConnectAsync(IPAddress.Loopback, cluster.Options.PgPort + cluster.IndexOf(other));
            await canceller.GetStream().WriteAsync((byte[])[.. Int32(16), .. Int32(80877102), .. sent]);
            await Task.WhenAny(ended, Task.Delay(100));
        }
        await ended;
        Assert.Empty(key);
    }

    private static byte[] Int32(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static async Task UntilAsync(NetworkStream stream, char last, Action<char, byte[]> seen)
    {
        while (true)
        {
            var head = new byte[5];
            await stream.ReadExactlyAsync(head);
            var body = new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4];
            await stream.ReadExactlyAsync(body);
            seen((char)head[0], body);
            if (head[0] == last) return;
        }
    }

    [Fact]
    public async Task Sessions_on_every_node_hear_what_is_said_on_the_leader()
    {
        var leader = await cluster.HealthyAsync();
        var listeners = new List<NpgsqlConnection>();
        var heard = new List<string>[cluster.Nodes.Count];
        try
        {
            foreach (var node in cluster.Nodes)
            {
                var connection = new NpgsqlConnection(cluster.NpgsqlTo(node));
                var list = heard[listeners.Count] = [];
                listeners.Add(connection);
                connection.Notification += (_, told) => list.Add(told.Payload);
                await connection.OpenAsync();
                await using var listen = new NpgsqlCommand("LISTEN news", connection);
                await listen.ExecuteNonQueryAsync();
            }
            var said = await Programs.PsqlAsync(cluster.PsqlTo(leader), "BEGIN; CREATE TABLE told (a int); NOTIFY news, 'one'; COMMIT", "BEGIN; NOTIFY news, 'never'; ROLLBACK", "SELECT pg_notify('news', 'two')");
            Assert.True(said.ExitCode == 0, said.Output);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            for (var i = 0; i < heard.Length; i++)
            {
                while (heard[i].Count < 2) await listeners[i].WaitAsync(patience.Token);
                Assert.Equal(["one", "two"], heard[i]);
            }
        }
        finally
        {
            foreach (var connection in listeners) await connection.DisposeAsync();
        }
        var follower = cluster.Nodes.First(node => node != leader);
        var refused = await Programs.PsqlAsync(cluster.PsqlTo(follower), "NOTIFY news");
        Assert.Contains("25006", refused.Output);
    }
}

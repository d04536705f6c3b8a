using System.Text;
using ActorReplication.Postgres.Tests.Sessions;
using Xunit;

namespace ActorReplication.Postgres.Tests.RealSql;

/// <summary>Messages in orders and with bodies that no driver sends, from a seed: every session ends in an answer or a closed connection, and the server goes on.</summary>
public sealed class SessionFuzz
{
    private static readonly string[] Texts =
    [
        "SELECT 1", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "ROLLBACK TO s", "RELEASE s", "INSERT INTO t (i) VALUES (1)", "INSERT INTO t (i) VALUES ($1) RETURNING i", "SELECT i FROM t WHERE i > $1",
        "COPY t (i) FROM STDIN", "COPY t FROM STDIN CSV", "COPY t FROM STDIN BINARY", "COPY t TO STDOUT", "COPY (SELECT i FROM t) TO STDOUT (FORMAT binary)", "DECLARE c CURSOR FOR SELECT i FROM t",
        "DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT i FROM t WHERE i < $1", "FETCH ALL FROM c", "FETCH BACKWARD 2 c", "MOVE ABSOLUTE -1 c", "CLOSE c", "CLOSE ALL", "LISTEN l", "NOTIFY l, 'x'", "SELECT pg_notify('l', 'y')",
        "UNLISTEN *", "DISCARD ALL", "SET search_path = public", "SHOW ALL", "PREPARE p AS SELECT i FROM t WHERE i = $1", "EXECUTE p (1)", "DEALLOCATE ALL", "CREATE TABLE u (a int)", "DROP TABLE u",
        "SELECT 1; COPY t (i) FROM STDIN; SELECT 2", "INSERT INTO t (i) VALUES (2); SELECT 1/0", "", ";;", "SELECT", "EXPLAIN SELECT i FROM t", "DELETE FROM t", "TRUNCATE t",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Any_order_of_messages_ends_in_an_answer_or_a_closed_connection(int seed)
    {
        await using var server = await SqlServer.StartAsync();
        using (await server.OpenAsync("CREATE TABLE t (i int, x text)")) { }
        var random = new Random(seed);
        for (var session = 0; session < 60; session++)
        {
            using var client = await server.OpenAsync();
            for (var count = random.Next(1, 25); count > 0; count--) Add(client, random);
            // Whatever it is amid of, this ends it.
            client.Add('f', "over\0"u8.ToArray()).Sync().Query("ROLLBACK").Query("SELECT 'the end'");
            var seen = false;
            try
            {
                await client.FlushAsync();
                while (!seen && await client.ReadAsync() is { } reply) seen = reply.ToString() == "D the end";
            }
            catch (Exception closed) when (closed is System.Net.Sockets.SocketException or InvalidOperationException)
            {
                continue;
            }
        }
        using var last = await server.OpenAsync();
        Assert.Equal("D 1", (await last.AskAsync("SELECT 1"))[1]);
    }

    private static void Add(RawClient client, Random random)
    {
        var text = Texts[random.Next(Texts.Length)];
        var name = random.Next(3) switch { 0 => "", 1 => "a", _ => "b" };
        switch (random.Next(12))
        {
            case 0 or 1 or 2: client.Query(text); break;
            case 3: client.Parse(text, name); break;
            case 4: client.Bind(name, random.Next(2) == 0 ? "" : "p", random.Next(3) switch { 0 => null, 1 => ["1"], _ => ["x", null] }, random.Next(2) == 0); break;
            case 5: client.Execute(random.Next(2) == 0 ? "" : "p", random.Next(3)); break;
            case 6: client.Sync(); break;
            case 7: client.Add('H'); break;
            case 8: client.Add('d', Data(random)); break;
            case 9: client.Add(random.Next(2) == 0 ? 'c' : 'f', random.Next(2) == 0 ? [] : "no\0"u8.ToArray()); break;
            case 10: client.DescribePortal(random.Next(2) == 0 ? "" : "p"); break;
            default: client.Add("PBDECQ"[random.Next(6)], Noise(random)); break;
        }
    }

    private static byte[] Data(Random random) => random.Next(4) switch
    {
        0 => Encoding.UTF8.GetBytes("1\n2\n"),
        1 => Encoding.UTF8.GetBytes("1,\"a\n"),
        2 => [.. "PGCOPY\n"u8, 0xff, 13, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
        _ => Noise(random),
    };

    private static byte[] Noise(Random random)
    {
        var bytes = new byte[random.Next(40)];
        random.NextBytes(bytes);
        return bytes;
    }
}

using ActorReplication.Postgres.Tests.RealSql;
using ActorReplication.Postgres.Tests.Sessions;
using ActorReplication.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Postgres.Tests.Fuzz;

/// <summary>What a client says, byte for byte, with any change: it is answered or its connection is closed, and the next client is served.</summary>
public sealed class MessageFuzz(ITestOutputHelper output)
{
    [Fact]
    public async Task Any_conversation_ends_in_an_answer_or_a_closed_connection()
    {
        await using var server = await SqlServer.StartAsync();
        using (await server.OpenAsync("CREATE TABLE t (i int, x text)")) { }
        await Fuzzing.RunAsync(output.WriteLine, async random =>
        {
            var conversation = Conversation(random);
            using (var client = await RawClient.ConnectAsync(server.Server.Port))
            {
                try
                {
                    await client.SendAsync(Fuzzing.Mutate(random, conversation));
                    client.ShutdownSend();
                    await client.UntilClosedAsync();
                }
                catch (Exception closed) when (closed is System.Net.Sockets.SocketException or InvalidOperationException)
                {
                    // It was closed amid of what the client was saying.
                }
            }
            using var next = await server.OpenAsync();
            Assert.Equal("D 1", (await next.AskAsync("SELECT 1"))[1]);
        });
    }

    /// <summary>From the first byte on, as a driver says it.</summary>
    private static byte[] Conversation(Random random)
    {
        var bytes = new List<byte>();
        if (random.Next(4) == 0) bytes.AddRange([.. RawClient.Int32(8), .. RawClient.Int32(80877104)]);
        bytes.AddRange(RawClient.StartupPacket(196608, ("user", "postgres"), ("database", "postgres"), ("application_name", "fuzz"), ("options", "-c statement_timeout=5000")));
        for (var messages = random.Next(1, 8); messages > 0; messages--) bytes.AddRange(Message(random));
        bytes.AddRange(Framed('X', []));
        return [.. bytes];
    }

    private static byte[] Message(Random random) => random.Next(7) switch
    {
        0 => Framed('Q', RawClient.Text("SELECT i, x FROM t; INSERT INTO t VALUES (1, 'a')")),
        1 => [.. Framed('P', [.. RawClient.Text("s"), .. RawClient.Text("INSERT INTO t VALUES ($1, $2) RETURNING i"), .. RawClient.Int16(2), .. RawClient.Int32(23), .. RawClient.Int32(25)]), .. Framed('S', [])],
        2 =>
        [
            .. Framed('B', [.. RawClient.Text(""), .. RawClient.Text("s"), .. RawClient.Int16(1), .. RawClient.Int16(1), .. RawClient.Int16(2), .. RawClient.Int32(4), .. RawClient.Int32(7), .. RawClient.Int32(1), (byte)'x', .. RawClient.Int16(1), .. RawClient.Int16(1)]),
            .. Framed('D', [(byte)'P', 0]), .. Framed('E', [0, .. RawClient.Int32(1)]), .. Framed('S', []),
        ],
        3 => [.. Framed('Q', RawClient.Text("COPY t FROM STDIN")), .. Framed('d', "1\ta\n2\tb\n"u8.ToArray()), .. Framed('c', [])],
        4 => [.. Framed('Q', RawClient.Text("COPY t FROM STDIN (FORMAT binary)")), .. Framed('d', [.. "PGCOPY\n"u8, 0xff, 13, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), .. Framed('c', [])],
        5 => [.. Framed('C', [(byte)'S', .. RawClient.Text("s")]), .. Framed('H', []), .. Framed('S', [])],
        _ => [.. Framed('Q', RawClient.Text("BEGIN; DECLARE c CURSOR FOR SELECT i FROM t")), .. Framed('Q', RawClient.Text("FETCH 2 c")), .. Framed('Q', RawClient.Text("COMMIT"))],
    };

    private static byte[] Framed(char type, byte[] body) => [(byte)type, .. RawClient.Int32(body.Length + 4), .. body];
}

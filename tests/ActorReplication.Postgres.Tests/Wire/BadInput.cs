using System.Text;
using ActorReplication.Postgres.Session;
using ActorReplication.Postgres.Tests.Sessions;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ActorReplication.Postgres.Tests.Wire;

public sealed class BadInput
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    [InlineData(7)]
    [InlineData(10_001)]
    public async Task A_startup_length_out_of_bounds_closes_the_connection(int length)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.ConnectAsync();
        await client.SendAsync([.. RawClient.Int32(length), .. RawClient.Int32(196608)]);
        Assert.Equal(["FATAL 08P01"], await client.UntilClosedAsync());
        await StillServesAsync(server);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("\0\0\0\u0010\0\u0003\0\0userpost")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003")]
    public async Task Another_protocol_is_closed_and_logged_once(string text)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.ConnectAsync();
        await client.SendAsync(Encoding.Latin1.GetBytes(text));
        Assert.Equal(["FATAL 08P01"], await client.UntilClosedAsync());
        Assert.Single(server.Log.Lines, line => line.Text.StartsWith("Refused", StringComparison.Ordinal));
        await StillServesAsync(server);
    }

    [Theory]
    [InlineData('Q', 0)]
    [InlineData('Q', 3)]
    [InlineData('Q', -1)]
    [InlineData('Q', int.MaxValue)]
    [InlineData('S', 100_000)]
    [InlineData('D', 1 << 20)]
    public async Task A_message_length_out_of_bounds_ends_the_session(char type, int length)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.SendAsync([(byte)type, .. RawClient.Int32(length), 0, 0]);
        Assert.Equal(["FATAL 08P01"], await client.UntilClosedAsync());
        Assert.Single(server.Log.Lines, line => line.Level == LogLevel.Warning);
        await StillServesAsync(server);
    }

    [Theory]
    [InlineData('\0')]
    [InlineData('y')]
    [InlineData('\u00ff')]
    [InlineData('Z')]
    public async Task An_unknown_message_type_ends_the_session(char type)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.SendAsync([(byte)type]);
        Assert.Equal(["FATAL 08P01"], await client.UntilClosedAsync());
        await StillServesAsync(server);
    }

    [Fact]
    public async Task A_password_out_of_place_ends_the_session()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.Add('p', RawClient.Text("secret")).FlushAsync();
        Assert.Equal(["FATAL 08P01"], await client.UntilClosedAsync());
    }

    public static TheoryData<char, byte[]> ShortBodies() => new()
    {
        { 'Q', [] },
        { 'Q', [(byte)'a'] },
        { 'Q', [0, 0] },
        { 'P', [] },
        { 'P', [0] },
        { 'P', [0, 0] },
        { 'P', [0, 0, 0, 1] },
        { 'P', [0, 0, 0xff, 0xff] },
        { 'B', [0, 0] },
        { 'B', [0, 0, 0, 1, 0, 0, 0, 0] },
        { 'B', [0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 1] },
        { 'B', [0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe, 0, 0] },
        { 'B', [0, 0, 0xff, 0xff, 0, 0, 0, 0] },
        { 'B', [0, 0, 0, 0, 0, 0, 0, 0, 7] },
        { 'D', [] },
        { 'D', [(byte)'S'] },
        { 'D', [(byte)'?', 0] },
        { 'E', [0, 0, 0] },
        { 'E', [] },
        { 'C', [(byte)'x', 0] },
    };

    [Theory]
    [MemberData(nameof(ShortBodies))]
    public async Task A_malformed_body_is_an_error_that_the_session_survives(char type, byte[] body)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Add(type, body);
        if (type != 'Q') client.Sync();
        Assert.Equal(["E 08P01", "Z I"], await client.AskAsync());
        Assert.Equal(["I", "Z I"], await client.AskAsync(""));
    }

    [Fact]
    public async Task Text_that_is_not_utf8_is_refused_where_it_stands()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["E 22021", "Z I"], await client.Add('Q', [(byte)'l', 0xff, 0]).AskAsync());
        Assert.Equal(["E 22021", "Z I"], await client.Add('P', [0], [0xc0, 0x80, 0], RawClient.Int16(0)).Sync().AskAsync());
        client.Parse("select text:$1").Add('B', [0, 0], RawClient.Int16(0), RawClient.Int16(1), RawClient.Int32(2), [0xed, 0xa0], RawClient.Int16(0)).Execute().Sync();
        Assert.Equal(["1", "E 22021", "Z I"], await client.AskAsync());
        client.Parse("select text:$1").Add('B', [0, 0], RawClient.Int16(0), RawClient.Int16(1), RawClient.Int32(3), [65, 0, 66], RawClient.Int16(0)).Execute().Sync();
        Assert.Equal(["1", "E 22021", "Z I"], await client.AskAsync());
    }

    [Theory]
    [InlineData("int4", 3)]
    [InlineData("int4", 8)]
    [InlineData("int8", 4)]
    [InlineData("int2", 4)]
    [InlineData("bool", 2)]
    [InlineData("float8", 4)]
    [InlineData("float4", 8)]
    [InlineData("uuid", 15)]
    [InlineData("date", 8)]
    [InlineData("timestamptz", 4)]
    [InlineData("time", 4)]
    [InlineData("interval", 12)]
    [InlineData("numeric", 7)]
    [InlineData("int4[]", 11)]
    [InlineData("jsonb", 0)]
    public async Task A_binary_parameter_of_the_wrong_width_is_refused(string type, int width)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse($"select {type}:$1").Add('B', [0, 0], RawClient.Int16(1), RawClient.Int16(1), RawClient.Int16(1), RawClient.Int32(width), new byte[width], RawClient.Int16(0)).Execute().Sync();
        Assert.Equal(["1", "E 22P03", "Z I"], await client.AskAsync());
    }

    [Fact]
    public async Task Prepared_statements_have_a_limit()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { Limits = new SessionLimits { PreparedStatements = 1000 } });
        using var client = await server.OpenAsync();
        var accepted = 0;
        for (var batch = 0; batch < 100; batch++)
        {
            for (var i = 0; i < 1000; i++) client.Parse("list", $"s{batch}_{i}").Sync();
            await client.FlushAsync();
            for (var i = 0; i < 1000; i++)
            {
                var replies = await client.UntilReadyAsync();
                if (replies[0].Type == '1') accepted++;
                else Assert.Equal("E 54000", replies[0].ToString());
            }
        }
        Assert.Equal(1000, accepted);
    }

    [Fact]
    public async Task Portals_have_a_limit()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { Limits = new SessionLimits { Portals = 3 } });
        using var client = await server.OpenAsync();
        client.Parse("list").Bind("", "a").Bind("", "b").Bind("", "c").Bind("", "d").Sync();
        Assert.Equal(["1", "2", "2", "2", "E 54000", "Z I"], await client.AskAsync());
        Assert.Equal(["1", "2", "E 42P03", "Z I"], await client.Parse("list").Bind("", "a").Bind("", "a").Sync().AskAsync());
    }

    [Fact]
    public async Task Parameters_and_messages_have_limits()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { Limits = new SessionLimits { ParameterBytes = 1000, MessageBytes = 10_000 } });
        using var client = await server.OpenAsync();
        Assert.Equal(["1", "E 54000", "Z I"], await client.Parse("insert $1").Bind(values: [new string('x', 1001)]).Execute().Sync().AskAsync());
        Assert.Equal(["1", "2", "C INSERT 0 1", "Z I"], await client.Parse("insert $1").Bind(values: [new string('x', 1000)]).Execute().Sync().AskAsync());
        await client.Query(new string('x', 10_001)).FlushAsync();
        Assert.Equal(["FATAL 08P01"], await client.UntilClosedAsync());
    }

    [Fact]
    public async Task Megabytes_in_one_parameter_arrive_whole()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        var value = new string('y', 3 << 20);
        var replies = await client.Parse("select text:$1").Bind(values: [value]).Execute().Sync().AskAsync();
        Assert.Equal("D " + value, replies[2]);
    }

    [Fact]
    public async Task Random_bytes_after_startup_never_hurt_the_server()
    {
        await using var server = await TestServer.StartAsync();
        var random = new Random(20260101);
        for (var round = 0; round < 40; round++)
        {
            using var client = await server.OpenAsync();
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            // Half the rounds start with a message that is well-formed but for its contents.
            if (round % 2 == 0) bytes = [(byte)"QPBDECSHFdcf"[random.Next(12)], .. RawClient.Int32(bytes.Length + 4), .. bytes];
            await client.SendAsync(bytes);
            client.ShutdownSend();
            await client.UntilClosedAsync();
        }
        Assert.DoesNotContain(server.Log.Lines, line => line.Level == LogLevel.Error);
        await StillServesAsync(server);
    }

    private static async Task StillServesAsync(TestServer server)
    {
        using var client = await server.OpenAsync();
        Assert.Equal(["I", "Z I"], await client.AskAsync(""));
    }
}

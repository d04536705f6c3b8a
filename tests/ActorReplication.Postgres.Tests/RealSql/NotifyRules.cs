using System.Text;
using ActorReplication.Postgres.Tests.Sessions;
using Npgsql;
using Xunit;

namespace ActorReplication.Postgres.Tests.RealSql;

public sealed class NotifyRules : IAsyncLifetime
{
    private SqlServer _server = null!;

    public async Task InitializeAsync() => _server = await SqlServer.StartAsync();
    public async Task DisposeAsync() => await _server.DisposeAsync();

    /// <summary>The next message, as "A channel payload".</summary>
    private static async Task<string> NextAsync(RawClient client) => Shown((await client.ReadAsync())!);

    private static string Shown(Reply reply) => reply.Type == 'A' ? "A " + Encoding.UTF8.GetString(reply.Body, 4, reply.Body.Length - 5).Replace('\0', ' ') : reply.ToString();

    private static async Task<string[]> AskAsync(RawClient client, string sql)
    {
        await client.Query(sql).FlushAsync();
        return [.. (await client.UntilReadyAsync()).Where(reply => reply.Type != 'S').Select(Shown)];
    }

    [Fact]
    public async Task Others_hear_it_when_it_is_committed_and_in_order()
    {
        using var speaker = await _server.OpenAsync();
        using var listener = await _server.OpenAsync("LISTEN news", "LISTEN \"Other\"");
        await AskAsync(speaker, "BEGIN");
        await AskAsync(speaker, "NOTIFY news, 'one'");
        await AskAsync(speaker, "NOTIFY news, 'two'; NOTIFY news, 'one'; NOTIFY nobody; NOTIFY \"Other\"");
        Assert.Equal(["C COMMIT", "Z I"], await AskAsync(speaker, "COMMIT"));
        Assert.Equal("A news one", await NextAsync(listener));
        Assert.Equal("A news two", await NextAsync(listener));
        Assert.Equal("A Other ", await NextAsync(listener));
        await AskAsync(speaker, "SELECT pg_notify('news', x::text) FROM (VALUES (1), (2)) AS v(x)");
        Assert.Equal("A news 1", await NextAsync(listener));
        Assert.Equal("A news 2", await NextAsync(listener));
    }

    [Fact]
    public async Task What_is_rolled_back_is_not_said()
    {
        using var speaker = await _server.OpenAsync();
        using var listener = await _server.OpenAsync("LISTEN c");
        await AskAsync(speaker, "BEGIN; NOTIFY c, 'lost'; ROLLBACK");
        await AskAsync(speaker, "NOTIFY c, 'lost too'; SELECT 1/0");
        await AskAsync(speaker, "BEGIN; NOTIFY c, 'kept'; SAVEPOINT s; NOTIFY c, 'cut'; ROLLBACK TO s; NOTIFY c, 'more'; COMMIT");
        Assert.Equal("A c kept", await NextAsync(listener));
        Assert.Equal("A c more", await NextAsync(listener));
    }

    [Fact]
    public async Task A_session_hears_itself_before_it_is_ready()
    {
        using var client = await _server.OpenAsync("LISTEN c");
        Assert.Equal(["C NOTIFY", "A c me", "Z I"], await AskAsync(client, "NOTIFY c, 'me'"));
        Assert.Equal(["T", "D ", "C SELECT 1", "A c p", "Z I"], (await AskAsync(client, "SELECT pg_notify('c', 'p')")).ToArray());
        Assert.Equal(["C UNLISTEN", "Z I"], await AskAsync(client, "UNLISTEN c"));
        Assert.Equal(["C NOTIFY", "Z I"], await AskAsync(client, "NOTIFY c, 'deaf'"));
    }

    [Fact]
    public async Task Nothing_is_told_inside_a_transaction()
    {
        using var speaker = await _server.OpenAsync();
        using var listener = await _server.OpenAsync("LISTEN c", "BEGIN");
        await AskAsync(speaker, "NOTIFY c, 'x'");
        Assert.Equal(["T", "D 1", "C SELECT 1", "Z T"], await AskAsync(listener, "SELECT 1"));
        Assert.Equal(["C COMMIT", "A c x", "Z I"], await AskAsync(listener, "COMMIT"));
    }

    [Fact]
    public async Task Listening_counts_from_its_commit()
    {
        using var client = await _server.OpenAsync("BEGIN", "LISTEN a", "ROLLBACK", "LISTEN b", "BEGIN", "LISTEN \"C c\"");
        Assert.Equal("D b", (await AskAsync(client, "SELECT pg_listening_channels()"))[1]);
        await AskAsync(client, "COMMIT");
        Assert.Equal(["D C c", "D b"], (await AskAsync(client, "SELECT * FROM pg_listening_channels() ORDER BY 1"))[1..3]);
        await AskAsync(client, "UNLISTEN *");
        Assert.Equal("C SELECT 0", (await AskAsync(client, "SELECT pg_listening_channels()"))[1]);
    }

    [Theory]
    [InlineData(7999, "C NOTIFY")]
    [InlineData(8000, "E 22023")]
    public async Task A_payload_is_short(int bytes, string answer)
    {
        using var client = await _server.OpenAsync();
        Assert.Equal(answer, (await AskAsync(client, $"NOTIFY c, '{new string('x', bytes)}'"))[0]);
    }

    [Fact]
    public async Task What_a_transaction_says_is_limited()
    {
        using var client = await _server.OpenAsync();
        Assert.Contains("E 54000", await AskAsync(client, "SELECT pg_notify('c', x::text) FROM generate_series(1, 10001) AS x"));
        Assert.Contains("E 54000", await AskAsync(client, "SELECT pg_notify('c', repeat('y', 7900) || x) FROM generate_series(1, 2200) AS x"));
        Assert.Contains("C SELECT 10000", await AskAsync(client, "BEGIN; SAVEPOINT s; SELECT pg_notify('c', x::text) FROM generate_series(1, 10000) AS x"));
        Assert.Contains("E 54000", await AskAsync(client, "NOTIFY c, 'one more'"));
        Assert.Contains("C NOTIFY", await AskAsync(client, "ROLLBACK TO s; NOTIFY c, 'there is room again'"));
        Assert.Contains("C COMMIT", await AskAsync(client, "COMMIT"));
    }

    [Fact]
    public async Task Npgsql_waits_for_it()
    {
        await using var connection = new NpgsqlConnection(_server.ConnectionString);
        await connection.OpenAsync();
        await using (var listen = new NpgsqlCommand("LISTEN c", connection)) await listen.ExecuteNonQueryAsync();
        var heard = new TaskCompletionSource<string>();
        connection.Notification += (_, told) => heard.TrySetResult(told.Payload);
        using var speaker = await _server.OpenAsync("NOTIFY c, 'hello'");
        await connection.WaitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token);
        Assert.Equal("hello", await heard.Task);
    }
}

using ActorReplication.Postgres.Session;
using ActorReplication.Postgres.Session.Cursors;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

/// <summary>Rows beyond Execute's limit, which wait in temporary files.</summary>
public sealed class Spools
{
    /// <summary>Far more than is kept in memory.</summary>
    private const string Large = "series 1000 1000";

    private static Task<string[]> ExecuteAsync(RawClient client, string sql, string portal = "") => client.Parse(sql).Bind("", portal).Execute(portal, maxRows: 1).Sync().AskAsync();

    private static Task NothingIsKeptAsync(TestServer server) => Eventually.HoldsAsync(() => server.Server.Spools is { Files: 0, Bytes: 0 });

    [Fact]
    public async Task Take_no_more_bytes_than_the_node_allows()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { SpoolBytes = 400_000 });
        using var client = await server.OpenAsync();
        Assert.Contains("E 53100", await ExecuteAsync(client, Large));
        await NothingIsKeptAsync(server);
        Assert.DoesNotContain("E 53100", await ExecuteAsync(client, "series 300 1000"));
    }

    [Fact]
    public async Task Take_no_more_files_than_the_node_allows_and_give_them_back()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { SpoolFiles = 1 });
        using var one = await server.OpenAsync();
        using var other = await server.OpenAsync();
        await one.AskAsync("begin");
        Assert.Contains("s", await ExecuteAsync(one, Large, "p"));
        Assert.Equal(1, server.Server.Spools.Files);
        Assert.Contains("E 53400", await ExecuteAsync(other, Large));
        await one.AskAsync("commit");
        await NothingIsKeptAsync(server);
        Assert.DoesNotContain("E 53400", await ExecuteAsync(other, Large));
    }

    [Fact]
    public async Task End_with_their_session()
    {
        await using var server = await TestServer.StartAsync();
        using (var client = await server.OpenAsync())
        {
            await client.AskAsync("begin");
            await ExecuteAsync(client, Large, "p");
            Assert.Equal(1, server.Server.Spools.Files);
        }
        await NothingIsKeptAsync(server);
    }

    [Theory]
    [InlineData(28, "53100")]
    [InlineData(24, "53400")]
    [InlineData(5, "58030")]
    public void That_cannot_be_written_say_why(int errno, string state) => Assert.Equal(state, RowSpool.ErrorOf(new IOException("no", errno)).SqlState);
}

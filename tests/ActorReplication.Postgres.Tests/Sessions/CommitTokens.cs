using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

/// <summary>What a session does with <c>replication.commit_token</c>.</summary>
public sealed class CommitTokens
{
    private const string Set = "set replication.commit_token = 'a'";
    private const string Show = "show replication.commit_token";

    [Theory]
    [InlineData("insert x")]
    [InlineData("insert x; insert y")]
    [InlineData("begin; insert x; commit")]
    [InlineData("notify c hello")]
    [InlineData("begin; notify c hello; commit")]
    public async Task Are_spent_by_the_transaction_that_they_were_set_for(string transaction)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync(Set);
        await client.AskAsync("list; begin; list; commit");
        Assert.Equal("D a", (await client.AskAsync(Show))[1]);
        await client.AskAsync(transaction);
        Assert.Equal("D ", (await client.AskAsync(Show))[1]);
        Assert.Equal("a", server.Gateway.Options.Last().CommitToken);
        await client.AskAsync("insert z");
        Assert.Null(server.Gateway.Options.Last().CommitToken);
    }

    [Fact]
    public async Task Stay_when_their_transaction_comes_to_nothing()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync(Set);
        await client.AskAsync("insert dup");
        await client.AskAsync("begin; insert x; rollback");
        server.Gateway.CommitError = new Gateway.BackendError.OutcomeUnknown();
        await client.AskAsync("insert x");
        await client.AskAsync("begin; insert x; commit");
        Assert.Equal("D a", (await client.AskAsync(Show))[1]);
    }

    [Fact]
    public async Task Set_for_one_block_leave_the_sessions_own()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync(Set);
        await client.AskAsync("begin; set local replication.commit_token = 'b'; insert x; commit");
        Assert.Equal("D a", (await client.AskAsync(Show))[1]);
    }

    [Fact]
    public async Task From_the_startup_packet_are_spent_too()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync(("replication.commit_token", "a"));
        await client.AskAsync("insert x");
        Assert.Equal("D ", (await client.AskAsync(Show))[1]);
    }

    [Theory]
    [InlineData("create u")]
    [InlineData("insert x; create u")]
    [InlineData("begin; create u; insert x; commit")]
    public async Task Refuse_changes_of_the_schema(string transaction)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync(Set);
        Assert.Contains("E 0A000", await client.AskAsync(transaction));
        await client.AskAsync("rollback");
        Assert.Empty(server.Gateway.Items);
        Assert.Equal(["t"], server.Gateway.Tables);
        await client.AskAsync("reset replication.commit_token");
        Assert.DoesNotContain("E 0A000", await client.AskAsync(transaction));
        Assert.Equal(["t", "u"], server.Gateway.Tables);
    }
}

using ActorReplication.Postgres.Gateway;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

public sealed class RoleChanges
{
    [Fact]
    public async Task A_leader_that_steps_down_tells_its_sessions_and_ends_them()
    {
        await using var server = await TestServer.StartAsync();
        using var idle = await server.OpenAsync();
        using var inBlock = await server.OpenAsync();
        await inBlock.AskAsync("begin; insert a");
        server.Gateway.Become(NodeRole.Follower, 2, "n2");
        string[] end = ["S default_transaction_read_only=on", "S in_hot_standby=on", "FATAL 57P01"];
        Assert.Equal(end, await idle.UntilClosedAsync());
        Assert.Equal(end, await inBlock.UntilClosedAsync());
        await Eventually.HoldsAsync(() => server.Gateway.Log.Contains("rollback on dispose"));
    }

    [Fact]
    public async Task A_running_statement_is_answered_first()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.Query("wait").FlushAsync();
        await server.Gateway.Waiting.WaitAsync();
        server.Gateway.Become(NodeRole.NoLeader, 2);
        server.Server.CancelBackend(client.ProcessId);
        Assert.Equal(["T", "E 57014", "Z I", "S default_transaction_read_only=on", "S in_hot_standby=on", "FATAL 57P01"], await client.UntilClosedAsync());
    }

    [Fact]
    public async Task A_leader_of_another_term_is_another_leader()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        server.Gateway.Become(NodeRole.Leader, 2, "n1");
        Assert.Equal(["FATAL 57P01"], await client.UntilClosedAsync());
    }

    [Fact]
    public async Task Sessions_on_a_follower_stay_through_elections_and_hear_of_its_promotion()
    {
        var gateway = new FakeGateway();
        gateway.Become(NodeRole.Follower, 1, "n2");
        await using var server = await TestServer.StartAsync(gateway: gateway);
        using var client = await server.OpenAsync();
        gateway.Become(NodeRole.NoLeader, 2);
        gateway.Become(NodeRole.Follower, 3, "n3");
        Assert.Equal(["T", "C SELECT 0", "Z I"], await client.AskAsync("list"));
        gateway.Become(NodeRole.Leader, 4, "n1");
        Assert.Equal("S default_transaction_read_only=off", (await client.ReadAsync())!.ToString());
        Assert.Equal("S in_hot_standby=off", (await client.ReadAsync())!.ToString());
        Assert.Equal(["C INSERT 0 1", "Z I"], await client.AskAsync("insert a"));
        gateway.Become(NodeRole.Follower, 5, "n2");
        Assert.Equal("FATAL 57P01", (await client.UntilClosedAsync())[^1]);
    }

    [Theory]
    [InlineData("NoLeader", "E 57P03")]
    [InlineData("ReadOnly", "E 25006")]
    [InlineData("OutcomeUnknown", "E 40003")]
    [InlineData("StatementTimeout", "E 57014")]
    [InlineData("LockTimeout", "E 55P03")]
    [InlineData("Overloaded", "E 40001")]
    [InlineData("Serialization", "E 40001")]
    [InlineData("TooLarge", "E 54000")]
    [InlineData("Refused", "E 42501")]
    public async Task Refusals_of_the_node_have_their_sqlstates_and_the_session_goes_on(string failure, string expected)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal([expected, "Z I"], await client.AskAsync("fail " + failure));
        Assert.Equal(["1", "2", expected, "Z I"], await client.Parse("fail " + failure).Bind().Execute().Sync().AskAsync());
        Assert.Equal(["I", "Z I"], await client.AskAsync(""));
    }

    [Theory]
    [InlineData("LeadershipLost", "FATAL 57P01")]
    [InlineData("IdleTimeout", "FATAL 25P03")]
    public async Task Refusals_that_end_the_session_are_fatal(string failure, string expected)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.Query("fail " + failure).FlushAsync();
        Assert.Equal([expected], await client.UntilClosedAsync());
        using var extended = await server.OpenAsync();
        await extended.Query("begin").Parse("fail " + failure).Bind().Execute().Sync().FlushAsync();
        Assert.Equal(["C BEGIN", "Z T", "1", "2", expected], await extended.UntilClosedAsync());
    }
}

using System.Net.Sockets;
using ActorReplication.Postgres.Security;
using ActorReplication.Postgres.Session;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

public sealed class Cancellation
{
    [Fact]
    public async Task A_cancel_request_with_the_right_key_ends_the_running_statement()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.Query("wait").FlushAsync();
        await server.Gateway.Waiting.WaitAsync();
        await CancelAsync(server, client.ProcessId, client.Secret);
        Assert.Equal(["T", "E 57014", "Z I"], (await client.UntilReadyAsync()).Select(reply => reply.ToString()));
        Assert.Equal(["I", "Z I"], await client.AskAsync(""));
    }

    [Fact]
    public async Task A_cancel_request_may_follow_an_encryption_request()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.Query("wait").FlushAsync();
        await server.Gateway.Waiting.WaitAsync();
        using var canceller = await server.ConnectAsync();
        await canceller.SendAsync([.. RawClient.Int32(8), .. RawClient.Int32(80877103)]);
        Assert.Equal((byte)'N', (await canceller.ExactlyAsync(1))![0]);
        await canceller.SendAsync([.. RawClient.Int32(16), .. RawClient.Int32(80877102), .. RawClient.Int32(client.ProcessId), .. RawClient.Int32(client.Secret)]);
        Assert.Empty(await canceller.UntilClosedAsync());
        Assert.Equal("E 57014", (await client.UntilReadyAsync())[1].ToString());
    }

    [Fact]
    public async Task A_wrong_key_or_an_idle_session_is_nothing()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await CancelAsync(server, client.ProcessId, client.Secret);
        await client.Query("wait").FlushAsync();
        await server.Gateway.Waiting.WaitAsync();
        await CancelAsync(server, client.ProcessId, client.Secret + 1);
        await CancelAsync(server, client.ProcessId + 1, client.Secret);
        Assert.DoesNotContain("cancel", server.Gateway.Log);
        Assert.True(server.Server.CancelBackend(client.ProcessId));
        Assert.Equal("E 57014", (await client.UntilReadyAsync())[1].ToString());
    }

    [Fact]
    public async Task A_key_of_no_session_here_is_passed_on_and_one_that_was_passed_on_counts()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.True(SessionNumbers.IsOn("n1", client.ProcessId));
        await client.Query("wait").FlushAsync();
        await server.Gateway.Waiting.WaitAsync();
        await CancelAsync(server, client.ProcessId + 1, 77);
        Assert.Equal([(client.ProcessId + 1, 77)], server.Gateway.PassedOn);
        Assert.False(server.Server.Cancel(client.ProcessId, client.Secret + 1));
        var (processId, secret) = SessionNumbers.Parts(SessionNumbers.Key(client.ProcessId, client.Secret));
        Assert.True(server.Server.Cancel(processId, secret));
        Assert.Equal("E 57014", (await client.UntilReadyAsync())[1].ToString());
    }

    [Theory]
    [InlineData(TlsMode.Off, "host all postgres 127.0.0.2/32 trust", "host all all 127.0.0.1/32 reject")]
    [InlineData(TlsMode.Off, "host all all 127.0.0.2/32 trust")]
    [InlineData(TlsMode.Prefer, "host all all 127.0.0.2/32 trust", "hostssl all all all trust")]
    [InlineData(TlsMode.Require, "host all all all trust")]
    public async Task A_cancel_request_from_where_or_in_a_way_in_which_nobody_is_let_in_is_nothing(TlsMode mode, params string[] rules)
    {
        var certificate = new TestAuthority().Server();
        await using var server = await TestServer.StartAsync(new PgServerOptions { Access = [.. rules.Select(AccessRule.Parse)], Tls = mode == TlsMode.Off ? null : new ServerTls(mode, () => certificate) });
        await CancelAsync(server, 1, 77);
        Assert.Empty(server.Gateway.PassedOn);
        Assert.Contains(server.Log.Lines, l => l.Text.StartsWith("Audit: a cancel request from 127.0.0.1 (not encrypted)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Inside_a_block_it_fails_the_block()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync("begin");
        await client.Query("wait").FlushAsync();
        await server.Gateway.Waiting.WaitAsync();
        await CancelAsync(server, client.ProcessId, client.Secret);
        Assert.Equal("Z E", (await client.UntilReadyAsync())[^1].ToString());
    }

    [Fact]
    public async Task Terminating_a_session_ends_it_whether_it_runs_or_not()
    {
        await using var server = await TestServer.StartAsync();
        using var idle = await server.OpenAsync();
        Assert.True(server.Server.TerminateBackend(idle.ProcessId));
        Assert.Equal(["FATAL 57P01"], await idle.UntilClosedAsync());
        using var running = await server.OpenAsync();
        await running.Query("wait").FlushAsync();
        await server.Gateway.Waiting.WaitAsync();
        Assert.True(server.Server.Sessions().Single(session => session.ProcessId == running.ProcessId).IsRunning);
        Assert.True(server.Server.TerminateBackend(running.ProcessId));
        Assert.Equal("FATAL 57P01", (await running.UntilClosedAsync())[^1]);
        Assert.False(server.Server.TerminateBackend(1));
    }

    [Fact]
    public async Task A_client_that_vanishes_has_its_statement_cancelled()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.OpenAsync();
        await client.AskAsync("begin; insert a");
        await client.Query("wait").FlushAsync();
        await server.Gateway.Waiting.WaitAsync();
        client.Dispose();
        Assert.True(await server.Gateway.Disposed.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Contains("cancel", server.Gateway.Log);
        Assert.Contains("rollback on dispose", server.Gateway.Log);
        Assert.Empty(server.Gateway.Items);
        await Eventually.HoldsAsync(() => server.Server.SessionCount == 0);
    }

    [Fact]
    public async Task Stopping_tells_idle_sessions_and_waits_for_running_ones()
    {
        var server = await TestServer.StartAsync();
        using var idle = await server.OpenAsync();
        using var running = await server.OpenAsync();
        await running.Query("wait").FlushAsync();
        await server.Gateway.Waiting.WaitAsync();
        var stopping = server.Server.StopAsync();
        Assert.Equal(["FATAL 57P01"], await idle.UntilClosedAsync());
        Assert.False(stopping.IsCompleted);
        Assert.True(server.Server.CancelBackend(running.ProcessId));
        Assert.Equal(["T", "E 57014", "Z I", "FATAL 57P01"], await running.UntilClosedAsync());
        await stopping;
        await Assert.ThrowsAsync<SocketException>(server.ConnectAsync);
    }

    [Fact]
    public async Task Stopping_cuts_off_what_does_not_end_in_time()
    {
        var server = await TestServer.StartAsync(new PgServerOptions { StopTime = TimeSpan.FromMilliseconds(100) });
        using var running = await server.OpenAsync();
        using var starting = await server.ConnectAsync();
        await running.Query("wait").FlushAsync();
        await server.Gateway.Waiting.WaitAsync();
        await server.Server.StopAsync();
        Assert.Equal(0, server.Server.SessionCount);
    }

    private static async Task CancelAsync(TestServer server, int processId, int secret)
    {
        using var canceller = await server.ConnectAsync();
        await canceller.SendAsync([.. RawClient.Int32(16), .. RawClient.Int32(80877102), .. RawClient.Int32(processId), .. RawClient.Int32(secret)]);
        Assert.Empty(await canceller.UntilClosedAsync());
    }
}

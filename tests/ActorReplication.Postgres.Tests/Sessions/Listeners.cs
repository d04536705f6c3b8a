using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Session;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

/// <summary>What becomes of a session that hears more than it tells its client.</summary>
public sealed class Listeners
{
    private static readonly Notification Long = new("c", new string('x', 7000), 1, 1);

    private static PgServerOptions Options(int endMilliseconds) =>
        new() { Limits = new SessionLimits { NotificationBytes = 64 << 10, EndTime = TimeSpan.FromMilliseconds(endMilliseconds) } };

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_off_and_hears_no_more()
    {
        await using var server = await TestServer.StartAsync(Options(50));
        using var client = await server.OpenAsync();
        await client.AskAsync("listen c");
        for (var i = 0; i < 5000 && server.Gateway.Listening.Count > 0; i++) server.Gateway.Tell(Long);
        Assert.Empty(server.Gateway.Listening);
        await Eventually.HoldsAsync(() => server.Server.SessionCount == 0);
    }

    [Fact]
    public async Task A_client_that_stays_in_its_transaction_is_told_why_it_ends()
    {
        await using var server = await TestServer.StartAsync(Options(60_000));
        using var client = await server.OpenAsync();
        await client.AskAsync("listen c");
        await client.AskAsync("begin");
        for (var i = 0; i < 10; i++) server.Gateway.Tell(Long);
        Assert.Empty(server.Gateway.Listening);
        Assert.Equal(["FATAL 54000"], await client.UntilClosedAsync());
    }
}

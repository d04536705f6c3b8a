using System.Net;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Session;
using ActorReplication.Postgres.Tests.Sessions;
using Xunit;

namespace ActorReplication.Postgres.Tests.Wire;

public sealed class Startup
{
    private static readonly byte[] SslRequest = [.. RawClient.Int32(8), .. RawClient.Int32(80877103)];
    private static readonly byte[] GssRequest = [.. RawClient.Int32(8), .. RawClient.Int32(80877104)];

    [Fact]
    public async Task Reports_all_thirteen_parameters_the_key_and_readiness()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.ConnectAsync();
        await client.StartupAsync(("application_name", "me"));
        Assert.Equal(
        [
            "R", "S application_name=me", "S client_encoding=UTF8", "S DateStyle=ISO, MDY", "S default_transaction_read_only=off", "S in_hot_standby=off", "S integer_datetimes=on",
            "S IntervalStyle=postgres", "S is_superuser=on", "S server_encoding=UTF8", "S server_version=15.14 (ActorReplication 0.1.0)", "S session_authorization=postgres",
            "S standard_conforming_strings=on", "S TimeZone=UTC", "K", "Z I",
        ], (await client.UntilReadyAsync()).Select(reply => reply.ToString()));
    }

    [Fact]
    public async Task A_follower_reports_itself_as_a_standby()
    {
        var gateway = new FakeGateway();
        gateway.Become(NodeRole.Follower, 1, "n2");
        await using var server = await TestServer.StartAsync(gateway: gateway);
        using var client = await server.ConnectAsync();
        await client.StartupAsync();
        var replies = (await client.UntilReadyAsync()).Select(reply => reply.ToString()).ToList();
        Assert.Contains("S in_hot_standby=on", replies);
        Assert.Contains("S default_transaction_read_only=on", replies);
        Assert.Equal("D on", (await client.AskAsync("show transaction_read_only"))[1]);
    }

    [Fact]
    public async Task Encryption_requests_are_declined_one_after_the_other()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.ConnectAsync();
        await client.SendAsync(GssRequest);
        Assert.Equal((byte)'N', (await client.ExactlyAsync(1))![0]);
        await client.SendAsync(SslRequest);
        Assert.Equal((byte)'N', (await client.ExactlyAsync(1))![0]);
        await client.StartupAsync();
        Assert.Equal("Z I", (await client.UntilReadyAsync())[^1].ToString());
    }

    [Fact]
    public async Task Plaintext_behind_an_encryption_request_is_refused()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.ConnectAsync();
        await client.SendAsync([.. SslRequest, .. RawClient.StartupPacket(196608, ("user", "postgres"))]);
        Assert.Equal(["FATAL 08P01"], await client.UntilClosedAsync());
    }

    [Fact]
    public async Task A_newer_minor_version_and_unknown_options_are_negotiated_down()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.ConnectAsync();
        await client.SendAsync(RawClient.StartupPacket(196610, ("user", "postgres"), ("_pq_.fast", "1")));
        var replies = await client.UntilReadyAsync();
        Assert.Equal('v', replies[0].Type);
        Assert.Equal([.. RawClient.Int32(0), .. RawClient.Int32(1), .. RawClient.Text("_pq_.fast")], replies[0].Body);
        Assert.Equal("Z I", replies[^1].ToString());
    }

    [Theory]
    [InlineData(131072, "0A000")]
    [InlineData(262144, "0A000")]
    public async Task Other_major_versions_are_refused(int version, string sqlState)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.ConnectAsync();
        await client.SendAsync(RawClient.StartupPacket(version, ("user", "postgres")));
        Assert.Equal(["FATAL " + sqlState], await client.UntilClosedAsync());
    }

    [Theory]
    [InlineData("client_encoding", "'utf-8'", "client_encoding", "UTF8")]
    [InlineData("DateStyle", "ISO, DMY", "DateStyle", "ISO, DMY")]
    [InlineData("TimeZone", "Europe/Berlin", "TimeZone", "Europe/Berlin")]
    [InlineData("extra_float_digits", "2", "extra_float_digits", "2")]
    [InlineData("search_path", "public", "search_path", "public")]
    [InlineData("options", "-c statement_timeout=5s --lock-timeout=7s -capplication_name=a\\ b", "statement_timeout", "5s")]
    [InlineData("options", "-c statement_timeout=5s --lock-timeout=7s -capplication_name=a\\ b", "lock_timeout", "7s")]
    [InlineData("options", "-c statement_timeout=5s --lock-timeout=7s -capplication_name=a\\ b", "application_name", "a b")]
    [InlineData("replication", "false", "TimeZone", "UTC")]
    public async Task Takes_settings(string name, string value, string shown, string expected)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync((name, value));
        Assert.Equal("D " + expected, (await client.AskAsync("show " + shown))[1]);
    }

    [Theory]
    [InlineData("replication", "true", "0A000")]
    [InlineData("replication", "database", "0A000")]
    [InlineData("nosuch", "1", "42704")]
    [InlineData("client_encoding", "latin1", "22023")]
    [InlineData("server_version", "9", "55P02")]
    [InlineData("options", "-x", "42601")]
    public async Task Refuses_settings(string name, string value, string sqlState)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.ConnectAsync();
        await client.StartupAsync((name, value));
        Assert.Equal(["FATAL " + sqlState], await client.UntilClosedAsync());
    }

    [Fact]
    public async Task Databases_are_the_configured_one_and_postgres()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { Database = "shop" });
        foreach (var (database, ok) in new[] { ("shop", true), ("postgres", true), ("other", false) })
        {
            using var client = await server.ConnectAsync();
            await client.StartupAsync(("user", "u"), ("database", database));
            Assert.Equal(ok ? "Z I" : "FATAL 3D000", (await client.UntilReadyAsync())[^1].ToString());
        }
        using var nameless = await server.ConnectAsync();
        await nameless.SendAsync(RawClient.StartupPacket(196608, ("user", "someone")));
        Assert.Equal(["FATAL 3D000"], await nameless.UntilClosedAsync());
        using var userless = await server.ConnectAsync();
        await userless.SendAsync(RawClient.StartupPacket(196608, ("database", "shop")));
        Assert.Equal(["FATAL 28000"], await userless.UntilClosedAsync());
    }

    [Fact]
    public async Task Without_a_leader_clients_are_sent_to_the_next_host()
    {
        var gateway = new FakeGateway();
        gateway.Become(NodeRole.NoLeader, 1);
        await using var server = await TestServer.StartAsync(gateway: gateway);
        using var client = await server.ConnectAsync();
        await client.StartupAsync();
        Assert.Equal(["FATAL 57P03"], await client.UntilClosedAsync());
    }

    [Fact]
    public async Task Too_many_connections_are_refused_and_places_are_given_back()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { MaxConnections = 2 });
        using var first = await server.OpenAsync();
        using var second = await server.OpenAsync();
        using (var third = await server.ConnectAsync())
        {
            await third.StartupAsync();
            Assert.Equal(["FATAL 53300"], await third.UntilClosedAsync());
        }
        await first.Add('X').FlushAsync();
        Assert.Empty(await first.UntilClosedAsync());
        await Eventually.HoldsAsync(async () =>
        {
            using var fourth = await server.ConnectAsync();
            await fourth.StartupAsync();
            return (await fourth.UntilReadyAsync())[^1].ToString() == "Z I";
        });
    }

    [Fact]
    public async Task Addresses_other_than_loopback_are_asked_for_a_password()
    {
        var own = (await Dns.GetHostAddressesAsync(Dns.GetHostName())).FirstOrDefault(address => !IPAddress.IsLoopback(address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork);
        // A machine without any other address has nobody to refuse.
        if (own is null) return;
        await using var server = await TestServer.StartAsync(new PgServerOptions { Addresses = [IPAddress.Any] });
        using var client = await RawClient.ConnectAsync(server.Server.Port, own);
        await client.StartupAsync();
        var asked = await client.ReadAsync();
        Assert.Equal(('R', (byte)10), (asked!.Type, asked.Body[3]));
    }

    [Fact]
    public async Task A_silent_client_is_dropped_in_time()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { Limits = new SessionLimits { StartupTime = TimeSpan.FromMilliseconds(100) } });
        using var silent = await server.ConnectAsync();
        using var slow = await server.ConnectAsync();
        await slow.SendAsync([0, 0, 0]);
        Assert.Empty(await silent.UntilClosedAsync());
        Assert.Empty(await slow.UntilClosedAsync());
    }
}

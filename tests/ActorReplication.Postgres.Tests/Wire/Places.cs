using System.Net;
using ActorReplication.Postgres.Security;
using ActorReplication.Postgres.Session;
using ActorReplication.Postgres.Tests.Sessions;
using Xunit;

namespace ActorReplication.Postgres.Tests.Wire;

/// <summary>Who gets a place when there are not enough.</summary>
public sealed class Places
{
    [Fact]
    public async Task Silent_connections_take_no_session_s_place_and_go_when_others_come()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { MaxConnections = 2, StartingConnections = 4 });
        var silent = new List<RawClient>();
        try
        {
            for (var i = 0; i < 12; i++) silent.Add(await server.ConnectAsync());
            await Eventually.HoldsAsync(() => Task.FromResult(LetGo(server) == 8));
            using var first = await server.OpenAsync();
            using var second = await server.OpenAsync();
            Assert.Equal(2, server.Server.SessionCount);
            Assert.Equal(9, LetGo(server));
            var closed = silent.Select(client => client.UntilClosedAsync()).ToArray();
            await Eventually.HoldsAsync(() => closed.Count(task => task.IsCompletedSuccessfully) == 9);
            using var third = await server.ConnectAsync();
            await third.StartupAsync();
            Assert.Equal(["FATAL 53300"], await third.UntilClosedAsync());
            Assert.Equal("D 2", (await first.AskAsync("show max_connections"))[1]);
        }
        finally
        {
            foreach (var client in silent) client.Dispose();
        }
    }

    private static int LetGo(TestServer server) => server.Log.Lines.Count(line => line.Text.StartsWith("Closed a connection from 127.0.0.1: it had not shown who it is", StringComparison.Ordinal));

    [Fact]
    public async Task The_last_places_are_for_admins()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { MaxConnections = 3, SuperuserReservedConnections = 2 });
        server.Gateway.Roles = new RoleSet([new Role("ada", true, Rights.Write), new Role("root", true, Rights.Administer)], "secret"u8.ToArray());
        using var first = await server.OpenAsync(("user", "ada"), ("database", "postgres"));
        using (var refused = await server.ConnectAsync())
        {
            await refused.StartupAsync(("user", "ada"), ("database", "postgres"));
            Assert.Equal("FATAL 53300", (await refused.UntilClosedAsync())[^1]);
        }
        await Eventually.HoldsAsync(async () =>
        {
            using var admin = await server.ConnectAsync();
            await admin.StartupAsync(("user", "root"), ("database", "postgres"));
            return (await admin.UntilReadyAsync())[^1].ToString() == "Z I" && (await admin.AskAsync("show superuser_reserved_connections"))[1] == "D 2";
        });
    }

    [Fact]
    public void The_address_that_has_most_gives_way()
    {
        var room = new StartingRoom(3);
        var gone = new List<string>();
        room.Enter(IPAddress.Parse("10.0.0.1"), () => gone.Add("quiet"));
        for (var i = 0; i < 4; i++)
        {
            var name = $"flood {i}";
            room.Enter(IPAddress.Parse($"2001:db8::{i}"), () => gone.Add(name));
        }
        Assert.Equal(["flood 0", "flood 1"], gone);
    }

    [Fact]
    public void Who_has_left_is_not_let_go_and_leaves_its_place()
    {
        var room = new StartingRoom(1);
        var gone = new List<int>();
        for (var i = 0; i < 3; i++)
        {
            var number = i;
            var place = room.Enter(IPAddress.Loopback, () => gone.Add(number));
            room.Leave(place);
            room.Leave(place);
        }
        room.Enter(IPAddress.Parse("10.0.0.1"), () => gone.Add(3));
        room.Enter(IPAddress.Parse("10.0.0.2"), () => gone.Add(4));
        Assert.Equal([3], gone);
    }
}

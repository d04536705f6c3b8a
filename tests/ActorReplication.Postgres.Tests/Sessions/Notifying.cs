using ActorReplication.Postgres.Security;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

/// <summary>A notification is an entry in the log: who may not write may listen only.</summary>
public sealed class Notifying
{
    [Theory]
    [InlineData(Rights.None, "E 42501")]
    [InlineData(Rights.Read | Rights.Replicate, "E 42501")]
    [InlineData(Rights.Write, "C NOTIFY")]
    [InlineData(Rights.Administer, "C NOTIFY")]
    public async Task Needs_the_right_to_write_and_listening_none(Rights rights, string answer)
    {
        await using var server = await TestServer.StartAsync();
        server.Gateway.Roles = new RoleSet([new Role("ada", true, rights)], "secret"u8.ToArray());
        using var client = await server.OpenAsync(("user", "ada"), ("database", "postgres"));
        Assert.Equal([answer, "Z I"], await client.AskAsync("notify c x"));
        Assert.Equal(["C LISTEN", "Z I"], await client.AskAsync("listen c"));
    }
}

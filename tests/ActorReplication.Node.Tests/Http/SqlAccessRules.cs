using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Http;
using ActorReplication.Node.Http.Sql;
using ActorReplication.Postgres.Security;
using Xunit;
using CoreRole = ActorReplication.Core.Role;

namespace ActorReplication.Node.Tests.Http;

/// <summary>As whom SQL over HTTP is carried out.</summary>
public sealed class SqlAccessRules() : ApiFixture()
{
    private static readonly Caller Ada = new Caller.Named(new Role("ada", true, Rights.Read));

    [Theory]
    [InlineData("host all all 127.0.0.1/32 trust", "", null, "postgres")]
    [InlineData("host all all 127.0.0.1/32 trust", "", "bob", "bob")]
    [InlineData("host all all 127.0.0.1/32 trust", "ada", null, "ada")]
    [InlineData("host all all 127.0.0.1/32 trust", "ada", "ada", "ada")]
    [InlineData("host all all 127.0.0.1/32 trust", "ada", "bob", "refused")]
    [InlineData("host all bob 127.0.0.1/32 trust", "", "bob", "bob")]
    [InlineData("host all bob 127.0.0.1/32 trust", "", null, "refused")]
    [InlineData("host all all all scram-sha-256", "", null, "unknown")]
    [InlineData("host all all all scram-sha-256", "", "bob", "unknown")]
    [InlineData("host all all all scram-sha-256", "ada", null, "ada")]
    [InlineData("host all all all scram-sha-256", "token", null, "postgres")]
    [InlineData("host all all all scram-sha-256", "token", "bob", "bob")]
    [InlineData("host all all all reject", "ada", null, "refused")]
    [InlineData("hostssl all all all scram-sha-256", "ada", null, "refused")]
    [InlineData("hostnossl all all all scram-sha-256", "ada", null, "ada")]
    [InlineData("hostssl all all all cert", "ada", null, "refused")]
    [InlineData("host app all all trust", "", null, "refused")]
    [InlineData("host all all 10.0.0.0/8 trust", "", null, "refused")]
    public void The_rules_of_SQL_clients_hold(string rule, string caller, string? named, string user)
    {
        var decided = new SqlAccess([AccessRule.Parse(rule)]).Decide(caller switch { "ada" => Ada, "token" => Caller.TokenBearer.Instance, _ => Caller.Nobody.Instance }, IPAddress.Loopback, false, named);
        Assert.Equal(user, decided switch { SqlUser.Is(var name) => name, SqlUser.Unknown => "unknown", _ => "refused" });
    }

    [Fact]
    public void HTTPS_counts_as_encrypted() =>
        Assert.Equal(new SqlUser.Is("ada"), new SqlAccess([AccessRule.Parse("hostssl all all all scram-sha-256")]).Decide(Ada, IPAddress.Loopback, true, null));

    /// <summary>What a node hands on it shows its own token for: the leader would else take it for an admin's.</summary>
    [Theory]
    [InlineData("/api/sql?leader=true", "user=postgres")]
    [InlineData("/api/sql?leader=true&user=ada", "user=ada")]
    public async Task What_is_handed_on_to_the_leader_says_as_whom(string path, string says)
    {
        using var leader = new TcpListener(IPAddress.Loopback, 0);
        leader.Start();
        Node.Config = Node.Config with { Members = Node.Config.Members.SetItem(new Core.NodeId("n2"), Node.Config.Members[new Core.NodeId("n2")] with { Http = leader.LocalEndpoint.ToString()! }) };
        Node.Become(CoreRole.Follower, 2, "n2", true);
        var posted = Post(path, "{\"sql\": \"SELECT 1\"}");
        using var connection = await leader.AcceptTcpClientAsync();
        using var reader = new StreamReader(connection.GetStream());
        var line = await reader.ReadLineAsync();
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"));
        Assert.Equal(200, (await posted).Status);
        Assert.Single(line!.Split(['?', '&', ' ']), part => part == says);
        Assert.DoesNotContain(line.Split(['?', '&', ' ']), part => part.StartsWith("user=", StringComparison.Ordinal) && part != says);
    }

    /// <summary>Read as nobody's here, and as the owner's behind the token that it is handed on with.</summary>
    [Theory]
    [InlineData("/api/sql?user=")]
    [InlineData("/api/sql?leader=true&user=")]
    [InlineData("/api/sql?leader=true&user=&user=")]
    [InlineData("/api/sql?leader=true&user=ada&user=postgres")]
    [InlineData("/api/sql?forwarded=n1")]
    public async Task A_user_that_is_not_named_once_is_refused(string path)
    {
        Node.Become(CoreRole.Follower, 2, "n2", true);
        Assert.Equal(400, (await Post(path, "{\"sql\": \"SELECT 1\"}")).Status);
    }
}

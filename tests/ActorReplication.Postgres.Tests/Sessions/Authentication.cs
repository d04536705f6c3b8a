using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ActorReplication.Postgres.Security;
using ActorReplication.Postgres.Session;
using Npgsql;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

/// <summary>Who gets in, with real drivers.</summary>
public sealed class Authentication : IDisposable
{
    private const string Password = "pencil grüße";
    private readonly TestAuthority _authority = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ar-auth-");

    public void Dispose() => _folder.Delete(true);

    [Theory]
    [InlineData("prefer", "prefer")]
    [InlineData("require", "require")]
    [InlineData("disable", "disable")]
    public async Task Psql_shows_its_password(string ssl, string binding)
    {
        await using var server = await StartAsync();
        var (code, output) = await PsqlAsync(server, $"sslmode={ssl} channel_binding={binding}", Password);
        Assert.True(code == 0, output);
        Assert.Equal("7\n", output);
    }

    [Fact]
    public async Task Psql_that_insists_on_binding_gets_none_without_tls()
    {
        await using var server = await StartAsync();
        var (code, output) = await PsqlAsync(server, "sslmode=disable channel_binding=require", Password);
        Assert.NotEqual(0, code);
        Assert.Contains("channel binding required", output);
    }

    [Theory]
    [InlineData("ada", "xyzzy")]
    [InlineData("nobody", Password)]
    [InlineData("bare", Password)]
    public async Task A_wrong_password_an_unknown_user_and_one_without_password_get_the_same_answer(string user, string password)
    {
        await using var server = await StartAsync();
        foreach (var ssl in (string[])["disable", "require"])
        {
            var (code, output) = await PsqlAsync(server, $"sslmode={ssl}", password, user);
            Assert.Equal(2, code);
            Assert.Contains($"FATAL:  password authentication failed for user \"{user}\"", output);
        }
        Assert.Contains(server.Log.Lines, l => l.Text.StartsWith($"Audit: refused {user} from 127.0.0.1", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Lines, l => l.Text.Contains(password));
    }

    [Fact]
    public async Task Npgsql_shows_its_password_with_and_without_tls()
    {
        await using var server = await StartAsync();
        foreach (var how in (string[])["SSL Mode=Disable", "SSL Mode=Require", "SSL Mode=Require;Channel Binding=Require"])
        {
            await using var connection = new NpgsqlConnection($"{server.ConnectionString};Username=ada;Password={Password};{how}");
            await connection.OpenAsync();
        }
        await using var wrong = new NpgsqlConnection($"{server.ConnectionString};Username=ada;Password=x;SSL Mode=Require");
        Assert.Equal("28P01", (await Assert.ThrowsAsync<PostgresException>(() => wrong.OpenAsync())).SqlState);
    }

    [Fact]
    public async Task A_client_certificate_lets_in_whom_it_names_and_no_other()
    {
        await using var server = await StartAsync("hostssl all all all cert");
        var (mine, his) = (Sign(_authority, "ada"), Sign(new TestAuthority("another"), "ada"));
        Assert.Equal((0, "7\n"), await PsqlAsync(server, $"sslmode=require {mine}", ""));
        Assert.Contains("certificate authentication failed", (await PsqlAsync(server, $"sslmode=require {mine}", "", "bare")).Output);
        Assert.Contains("certificate authentication failed", (await PsqlAsync(server, $"sslmode=require {his}", "")).Output);
        Assert.Contains("certificate authentication failed", (await PsqlAsync(server, "sslmode=require", "")).Output);
    }

    /// <summary>The certificate says where its issuer's can be fetched (AIA), and its issuer is unknown.</summary>
    [Fact]
    public async Task A_client_certificate_has_the_server_call_nobody()
    {
        using var trap = new TcpListener(IPAddress.Loopback, 0);
        trap.Start();
        await using var server = await StartAsync("hostssl all all all cert");
        var location = new X509AuthorityInformationAccessExtension(null, [$"http://127.0.0.1:{((IPEndPoint)trap.LocalEndpoint).Port}/ca.crt"]);
        var shown = Sign(new TestAuthority("another"), "ada", location);
        Assert.Contains("certificate authentication failed", (await PsqlAsync(server, $"sslmode=require {shown}", "")).Output);
        Assert.False(trap.Pending());
    }

    [Fact]
    public async Task The_first_rule_that_fits_counts_and_none_means_no()
    {
        await using var server = await StartAsync("host all bare all reject", "hostssl all ada all trust");
        Assert.Contains("pg_hba.conf rejects connection for host \"127.0.0.1\", user \"bare\"", (await PsqlAsync(server, "sslmode=require", "", "bare")).Output);
        Assert.Contains("no pg_hba.conf entry for host \"127.0.0.1\", user \"ada\", database \"postgres\", no encryption", (await PsqlAsync(server, "sslmode=disable", "")).Output);
        Assert.Equal(0, (await PsqlAsync(server, "sslmode=require", "")).Code);
    }

    [Fact]
    public async Task A_trusted_name_has_to_exist_once_there_are_roles_and_may_have_to_stay_out()
    {
        await using var server = await StartAsync("host all all all trust");
        Assert.Contains("role \"nobody\" does not exist", (await PsqlAsync(server, "", "", "nobody")).Output);
        Assert.Contains("role \"group\" is not permitted to log in", (await PsqlAsync(server, "", "", "group")).Output);
        server.Gateway.Roles = RoleSet.Empty;
        Assert.Equal(0, (await PsqlAsync(server, "", "", "nobody")).Code);
    }

    [Theory]
    [InlineData(true, "another", "password authentication failed")]
    [InlineData(false, Password, "is not permitted to log in")]
    public async Task A_role_that_changes_while_the_client_answers_counts_as_it_is_then(bool canLogin, string password, string refusal)
    {
        await using var server = await StartAsync();
        var now = server.Gateway.Roles.Find("ada")!;
        server.Gateway.NextRoles = new RoleSet([now with { CanLogin = canLogin, Verifier = canLogin ? ScramVerifier.Of(password) : now.Verifier }], "secret"u8.ToArray());
        var (code, output) = await PsqlAsync(server, "sslmode=disable", Password);
        Assert.Equal(2, code);
        Assert.Contains(refusal, output);
    }

    [Fact]
    public async Task Too_many_wrong_passwords_keep_the_right_one_out_for_a_while()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < FailedTries.AtOnce; i++)
        {
            using var client = await server.ConnectAsync();
            await client.StartupAsync(("user", "ada"));
            Assert.Equal('R', (await client.ReadAsync())!.Type);
            await client.Add('p', RawClient.Text("SCRAM-SHA-256"), RawClient.Int32(2), "n,"u8.ToArray()).FlushAsync();
            Assert.Equal("08P01", (await client.ReadAsync())!.Field('C'));
        }
        var (code, output) = await PsqlAsync(server, "sslmode=disable", Password);
        Assert.Equal(2, code);
        Assert.Contains("too many failed login attempts from this address", output);
    }

    [Fact]
    public async Task Who_says_something_else_than_a_password_is_refused_and_has_reached_no_database()
    {
        await using var server = await StartAsync();
        using var client = await server.ConnectAsync();
        await client.StartupAsync(("user", "ada"));
        Assert.Equal("SCRAM-SHA-256", Encoding.UTF8.GetString((await client.ReadAsync())!.Body[4..]).TrimEnd('\0'));
        await client.Query("select int4:1").FlushAsync();
        Assert.Equal("08P01", (await client.ReadAsync())!.Field('C'));
        Assert.Null(await client.ReadAsync());
        Assert.Equal(0, server.Server.SessionCount);
        Assert.Empty(server.Gateway.Log);
    }

    [Fact]
    public async Task Who_never_answers_is_cut_off()
    {
        await using var server = await TestServer.StartAsync(new PgServerOptions { Access = [AccessRule.Parse("host all all all scram-sha-256")], Limits = new SessionLimits { StartupTime = TimeSpan.FromMilliseconds(200) } });
        using var client = await server.ConnectAsync();
        await client.StartupAsync();
        Assert.Equal('R', (await client.ReadAsync())!.Type);
        Assert.Null(await client.ReadAsync());
    }

    private static string Text(X509Certificate2 certificate) => certificate.ExportCertificatePem();

    private string Sign(TestAuthority authority, string name, X509Extension? more = null)
    {
        using var certificate = authority.Sign(name, more);
        var file = Path.Combine(_folder.FullName, Guid.NewGuid().ToString());
        File.WriteAllText(file + ".crt", Text(certificate));
        using (var key = certificate.GetECDsaPrivateKey()!) File.WriteAllText(file + ".key", key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file + ".key", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return $"sslcert={file}.crt sslkey={file}.key";
    }

    private static Task<(int Code, string Output)> PsqlAsync(TestServer server, string how, string password, string user = "ada") =>
        Psql.RunAsync($"host=127.0.0.1 port={server.Server.Port} user={user} dbname=postgres {how}", "select int4:7", ("PGPASSWORD", password), ("PGCLIENTENCODING", "UTF8"));

    private async Task<TestServer> StartAsync(params string[] rules)
    {
        var certificate = _authority.Server();
        var server = await TestServer.StartAsync(new PgServerOptions
        {
            Tls = new ServerTls(TlsMode.Prefer, () => certificate, () => [_authority.Root]),
            Access = rules.Length == 0 ? [AccessRule.Parse("host all all all scram-sha-256")] : [.. rules.Select(AccessRule.Parse)],
        });
        server.Gateway.Roles = new RoleSet(
        [
            new Role("ada", true, Rights.Read, ScramVerifier.Of(SaslPrep.TryPrepare(Password)!)),
            new Role("bare", true, Rights.Read),
            new Role("group", false, Rights.Read),
        ], "secret"u8.ToArray());
        return server;
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>A node that asks everybody who they are, from an empty folder on: certificates, the first password, roles, the HTTP port, a restart.</summary>
public sealed class SecuredNode : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ar-secured-");
    private readonly (int Sql, int Http, int Remote) _ports = (FreePorts.Take(), FreePorts.Take(), FreePorts.Take());
    private NodeProcess _node = null!;

    public async Task InitializeAsync()
    {
        Assert.Equal(0, (await Programs.ActorctlAsync("cert", "ca", "--out", PathOf("ca"))).ExitCode);
        Assert.Equal(0, (await Programs.ActorctlAsync("cert", "node", "n1", "--ca", PathOf("ca"), "--out", _folder.FullName)).ExitCode);
        WriteSecret("token", "a-token-of-the-nodes");
        WriteSecret("first", "first password");
        File.WriteAllText(PathOf("n1.conf"), $$"""
            node { name = "n1", data = "{{PathOf("data")}}" }
            cluster.initial-voters = ["n1@127.0.0.1:{{_ports.Remote}}"]
            postgres {
              port = {{_ports.Sql}}
              tls { mode = require, certificate = "{{PathOf("n1.crt")}}", key = "{{PathOf("n1.key")}}" }
              hba = ["hostssl all all all scram-sha-256"]
            }
            http {
              port = {{_ports.Http}}
              tls { certificate = "{{PathOf("n1.crt")}}", key = "{{PathOf("n1.key")}}", authorities = "{{PathOf("ca/ca.crt")}}" }
              token-file = "{{PathOf("token")}}"
            }
            security.initial-password-file = "{{PathOf("first")}}"
            """);
        _node = new NodeProcess("n1", PathOf("n1.conf"));
        _node.Start();
        await ServesAsync();
    }

    public Task DisposeAsync()
    {
        _node.Dispose();
        _folder.Delete(true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Roles_may_what_they_were_granted_and_stay_after_a_restart()
    {
        Assert.Contains("no pg_hba.conf entry", (await PsqlAsync("postgres", "first password", "sslmode=disable", "SELECT 1")).Output);
        Assert.Contains("password authentication failed", (await PsqlAsync("postgres", "second password", Verified, "SELECT 1")).Output);
        await ToldAsync("", "postgres", "first password",
            "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)",
            "CREATE USER ada PASSWORD 'of ada' IN ROLE reader", "CREATE ROLE bob LOGIN PASSWORD 'of bob'", "GRANT writer TO bob", "CREATE USER bare PASSWORD 'of bare'");
        await ToldAsync("ada", "postgres", "first password", "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname = 'ada'");
        Assert.Contains("reader", (await PsqlAsync("postgres", "first password", Verified, "\\du ada")).Output);

        await ToldAsync("1|ada|ada\noff", "ada", "of ada", "SELECT id, current_user, session_user FROM t", "SHOW is_superuser");
        await DeniedAsync("ada", "of ada", "INSERT INTO t VALUES (2)");
        await DeniedAsync("ada", "of ada", "DROP TABLE t");
        await DeniedAsync("ada", "of ada", "ALTER SYSTEM SET replication.method = 'statement'");
        await DeniedAsync("ada", "of ada", "CREATE ROLE eve");
        await DeniedAsync("ada", "of ada", "GRANT admin TO ada");
        await DeniedAsync("ada", "of ada", "ALTER ROLE bob PASSWORD 'of ada'");
        await DeniedAsync("ada", "of ada", "COPY t FROM STDIN");
        await DeniedAsync("ada", "of ada", "NOTIFY c");
        await DeniedAsync("ada", "of ada", "SELECT pg_notify('c', 'x')");
        await DeniedAsync("bare", "of bare", "SELECT * FROM t");
        await DeniedAsync("bare", "of bare", "COPY t TO STDOUT");
        await DeniedAsync("bare", "of bare", "BEGIN; DECLARE c CURSOR FOR SELECT * FROM t; FETCH c");
        await ToldAsync("1", "bare", "of bare", "SELECT 1");
        await ToldAsync("2", "bob", "of bob", "CREATE TABLE u (id int)", "INSERT INTO t VALUES (2)", "SELECT count(*) FROM t");
        await DeniedAsync("bob", "of bob", "DROP ROLE ada");
        await ToldAsync("", "ada", "of ada", "ALTER USER ada PASSWORD 'a new one'");
        Assert.Contains("2BP01", (await PsqlAsync("postgres", "first password", Verified, "ALTER ROLE postgres NOSUPERUSER")).Output);

        Assert.Equal(0, await _node.StopAsync());
        _node.Start();
        await ServesAsync();
        Assert.Contains("password authentication failed", (await PsqlAsync("ada", "of ada", Verified, "SELECT 1")).Output);
        await ToldAsync("2", "ada", "a new one", "SELECT count(*) FROM t");
        Assert.DoesNotContain("a new one", _node.Log);
        Assert.Contains("Audit: denied ada", _node.Log);
    }

    [Fact]
    public async Task A_right_that_is_taken_is_gone_in_open_sessions_and_in_prepared_statements()
    {
        await ToldAsync("", "postgres", "first password", "CREATE TABLE v (id int)", "CREATE USER eve PASSWORD 'of eve' IN ROLE writer");
        await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={_ports.Sql};Username=eve;Password=of eve;Database=postgres;SSL Mode=VerifyFull;Root Certificate={PathOf("ca/ca.crt")};Channel Binding=Require;Pooling=false");
        await connection.OpenAsync();
        await using var insert = new NpgsqlCommand("INSERT INTO v VALUES (1)", connection);
        await insert.PrepareAsync();
        await insert.ExecuteNonQueryAsync();
        await ToldAsync("", "postgres", "first password", "REVOKE writer FROM eve");
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => insert.ExecuteNonQueryAsync())).SqlState);
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await insert.ExecuteNonQueryAsync();
        })).SqlState);
    }

    [Fact]
    public async Task The_HTTP_port_shows_health_to_all_and_asks_for_more_who_it_is()
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using var http = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{_ports.Http}") };
        foreach (var path in (string[])["/primary", "/health", "/metrics", "/api/node", "/api/cluster"]) Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(path)).StatusCode);
        foreach (var path in (string[])["/api/users", "/api/log", "/api/salvage"]) Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(path)).StatusCode);
        var refused = await http.PostAsync("/api/leader/switchover", new StringContent("{}", System.Text.Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("postgres:first password"u8));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/users")).StatusCode);
        // Which cluster it is, strangers need not know.
        Assert.NotEmpty((string)(await JsonAsync("/api/node"))["cluster"]!);
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("postgres:last password"u8));
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/api/users")).StatusCode);

        http.DefaultRequestHeaders.Authorization = null;
        var node = await JsonAsync("/api/node");
        Assert.Equal(("n1", "", ""), ((string)node["name"]!, (string)node["cluster"]!, (string)node["incarnation"]!));
        Assert.Equal("", (string)(await JsonAsync("/api/cluster"))["cluster"]!);
        Assert.Null((await JsonAsync("/health"))["database_system_identifier"]);

        Assert.Contains("Who is it?", (await Actorctl("user", "list")).Output);
        string[] shown = ["--token-file", PathOf("token")];
        WriteSecret("carl", "of carl");
        Assert.Contains("carl: reader", (await Actorctl(["user", "add", "carl", "reader", "--password-file", PathOf("carl"), .. shown])).Output);
        Assert.Contains("carl: reader, writer", (await Actorctl(["user", "grant", "carl", "writer", .. shown])).Output);
        Assert.Contains("carl: reader", (await Actorctl(["user", "revoke", "carl", "writer", .. shown])).Output);
        await ToldAsync("1", "carl", "of carl", "SELECT 1");
        Assert.Matches("carl +reader +yes +yes", (await Actorctl(["user", "list", .. shown])).Output);
        Assert.Contains("no role any more", (await Actorctl(["user", "remove", "carl", "--yes", .. shown])).Output);
        Assert.Contains("does not exist", (await Actorctl(["user", "grant", "carl", "writer", .. shown])).Output);
        Assert.DoesNotContain("SCRAM-SHA-256$", (await Actorctl(["log", "show", "--full", .. shown])).Output);

        async Task<JsonNode> JsonAsync(string path) => JsonNode.Parse(await http.GetStringAsync(path))!;
    }

    [Fact]
    public async Task SQL_over_HTTP_has_the_rights_of_whoever_shows_his_password()
    {
        await ToldAsync("", "postgres", "first password", "CREATE TABLE w (id int)", "CREATE USER hans PASSWORD 'of hans' IN ROLE reader", "CREATE ROLE gone LOGIN PASSWORD 'of gone'", "ALTER ROLE gone NOLOGIN");
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using var http = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{_ports.Http}") };
        Assert.Equal(401, (await SqlAsync("SELECT 1")).Status);
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String("hans:of hans"u8));
        Assert.Equal("hans", (string?)(await SqlAsync("SELECT current_user")).Body["results"]![0]!["rows"]![0]![0]);
        Assert.Equal(403, (await SqlAsync("SELECT 1", "?user=postgres")).Status);
        foreach (var query in (string[])["", "?leader=true"])
        {
            var (status, problem) = await SqlAsync("INSERT INTO w VALUES (1)", query);
            Assert.Equal((403, "42501"), (status, (string?)problem["sqlState"]));
        }
        http.DefaultRequestHeaders.Authorization = new("Bearer", "a-token-of-the-nodes");
        Assert.Equal("postgres", (string?)(await SqlAsync("SELECT current_user")).Body["results"]![0]!["rows"]![0]![0]);
        Assert.Equal("hans", (string?)(await SqlAsync("SELECT current_user", "?user=hans")).Body["results"]![0]!["rows"]![0]![0]);
        Assert.Equal((403, "28000"), await SqlAsync("SELECT 1", "?user=gone") is var (refused, why) ? (refused, (string?)why["sqlState"]) : default);

        async Task<(int Status, JsonNode Body)> SqlAsync(string sql, string query = "")
        {
            using var answer = await http.PostAsJsonAsync("/api/sql" + query, new { sql });
            return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
        }
    }

    private string Verified => $"sslmode=verify-full sslrootcert={PathOf("ca/ca.crt")} channel_binding=require";

    private string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private void WriteSecret(string name, string text)
    {
        File.WriteAllText(PathOf(name), text + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(PathOf(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private Task<Ran> Actorctl(params string[] arguments) => Programs.ActorctlAsync([.. arguments, "--host", $"127.0.0.1:{_ports.Http}", "--tls-ca", PathOf("ca/ca.crt")]);

    private Task<Ran> PsqlAsync(string user, string password, string how, params string[] commands) =>
        Programs.PsqlAsync($"host=localhost hostaddr=127.0.0.1 port={_ports.Sql} dbname=postgres user={user} password='{password}' {how}", commands);

    private async Task ToldAsync(string last, string user, string password, params string[] commands)
    {
        var ran = await PsqlAsync(user, password, Verified, commands);
        Assert.True(ran.ExitCode == 0, ran.Output);
        Assert.Equal(last, ran.Output.TrimEnd('\n'));
    }

    private async Task DeniedAsync(string user, string password, string command)
    {
        var ran = await PsqlAsync(user, password, Verified, command);
        Assert.True(ran.ExitCode != 0 && ran.Output.Contains("42501"), $"{command}: {ran.Output}");
    }

    private async Task ServesAsync()
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(2) };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                // The first password comes after the first leadership.
                var isUp = (await http.GetAsync($"https://127.0.0.1:{_ports.Http}/primary")).IsSuccessStatusCode;
                if (isUp && (await PsqlAsync("postgres", "first password", Verified, "SELECT 1")).ExitCode == 0) return;
            }
            catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
            {
                Assert.True(_node.IsRunning, _node.Log);
            }
            Assert.False(patience.IsCancellationRequested, _node.Log);
            await Task.Delay(50);
        }
    }
}

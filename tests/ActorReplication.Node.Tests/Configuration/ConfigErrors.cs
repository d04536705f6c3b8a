using Xunit;

namespace ActorReplication.Node.Tests.Configuration;

public sealed class ConfigErrors : IDisposable
{
    private readonly ConfigFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_but_what_has_no_default_is_needed()
    {
        var result = _folder.Load(ConfigFolder.Minimal);
        Assert.Empty(result.Errors);
        Assert.Equal(5432, result.Settings!.Postgres.Port);
        Assert.Equal(600, result.Settings.Replication.ElectionTimeoutMs);
        Assert.Equal(2551, result.Settings.RemotePort);
    }

    [Theory]
    [InlineData("postgres.prot = 5433", "postgres.prot", "did you mean postgres.port")]
    [InlineData("postgres { port = 70000 }", "postgres.port", "a port number")]
    [InlineData("postgres { port = \"5432x\" }", "postgres.port", "a port number")]
    [InlineData("replication.heartbeat = 50parsecs", "replication.heartbeat", "a duration")]
    [InlineData("replication.heartbeat = 1ms", "replication.heartbeat", "from 5ms to 10000ms")]
    [InlineData("replication.election-timeout = 100ms", "replication.election-timeout", "four heartbeats")]
    [InlineData("replication.lease = 700ms", "replication.lease", "not less than the election timeout")]
    [InlineData("journal.segment = 1B", "journal.segment", "a size")]
    [InlineData("cluster.policy = both", "cluster.policy", "nor one of async, semi-sync")]
    [InlineData("cluster.policy = \"ANY 3 (*)\"", "cluster.policy", "waits for 3 followers")]
    [InlineData("log.level = loud", "log.level", "one of debug, information, warning, error")]
    [InlineData("postgres.listen = \"0.0.0.0\"", "postgres.listen", "allow-plaintext")]
    [InlineData("postgres { listen = \"0.0.0.0\", hba = [\"host all all 10.0.0.0/8 trust\"] }", "postgres.hba", "open-without-authentication")]
    [InlineData("postgres.hba = [\"host all all example.org trust\"]", "postgres.hba", "an address")]
    [InlineData("postgres.hba = [\"host all all all scram-sha-256\"]", "http.token-file", "HTTP without a token", 0)]
    [InlineData("postgres.hba = [\"host all eve all trust\", \"host all all all scram-sha-256\"]", "http.token-file", "HTTP without a token", 0)]
    [InlineData("postgres.hba = [\"local all all trust\"]", "postgres.hba", "as in pg_hba.conf")]
    [InlineData("postgres.hba = [\"hostssl all all all cert\"]", "postgres.hba", "client-authorities")]
    [InlineData("postgres.tls.mode = require", "postgres.tls.mode", "needs postgres.tls.certificate")]
    [InlineData("postgres.tls { certificate = a, key = b }", "postgres.tls.key", "is not there")]
    [InlineData("http.listen = \"0.0.0.0\", security.allow-plaintext = true", "http.listen", "http.token-file")]
    [InlineData("security.initial-password-file = /nowhere", "security.initial-password-file", "is not there")]
    [InlineData("callbacks.program = /nowhere", "callbacks.program", "there is no file /nowhere")]
    [InlineData("callbacks.program = /etc/passwd", "callbacks.program", "chmod +x")]
    [InlineData("callbacks.webhook = \"ftp://host/x\"", "callbacks.webhook", "is not an address such as http://")]
    [InlineData("remote.host = 10.0.0.1", "remote.host", "security.open-nodes-without-tls")]
    [InlineData("remote.host = n1.example.org", "remote.host", "remote.tls")]
    [InlineData("remote.host = 0.0.0.0, security { open-without-authentication = true, allow-plaintext = true }", "remote.host", "can act as a node")]
    [InlineData("cluster.initial-voters = [\"n1@10.0.0.1:2551\"]", "cluster.initial-voters", "10.0.0.1 is not loopback")]
    [InlineData("cluster.initial-voters = [\"n1@host\"]", "cluster.initial-voters", "name@host:port")]
    [InlineData("cluster.initial-voters = []", "cluster.initial-voters", "cluster.join")]
    [InlineData("cluster.initial-voters = [null]", "cluster.initial-voters", "name@host:port")]
    [InlineData("postgres.hba = [{ a = 1 }]", "postgres.hba", "is not ")]
    [InlineData("node.data = \"a\0b\"", "node.data", "is not ")]
    [InlineData("postgres.hba = [\"a\\u0000b\"]", "postgres.hba", "is not ")]
    [InlineData("log.level = null", "log.level", "is not one of debug")]
    [InlineData("replication.log-limit = 600MiB", "replication.log-limit", "twice")]
    [InlineData("cluster.join = [\"n2@host:1\"]", "cluster.join", "not both")]
    [InlineData("cluster.initial-voters = \"n1@host:1\"", "cluster.initial-voters", "name@host:port")]
    [InlineData("postgres.port = {a = 1}", "postgres.port.a", "unknown key")]
    public void A_wrong_key_is_named_with_its_line_and_what_was_expected(string line, string path, string says, int at = 4)
    {
        var result = _folder.Load(ConfigFolder.Minimal + "# a comment { with a brace\n" + line + "\n");
        Assert.Null(result.Settings);
        var error = Assert.Single(result.Errors, e => e.Path == path);
        Assert.Equal(at, error.Line);
        Assert.Contains(says, error.Message);
        Assert.Contains((at > 0 ? $":{at}: " : ": ") + path, error.ToString());
    }

    [Theory]
    [InlineData("remote.host = 127.0.0.2")]
    [InlineData("remote.host = \"::1\"")]
    [InlineData("remote.host = localhost")]
    [InlineData("remote.host = 10.0.0.1, security.open-nodes-without-tls = true")]
    public void The_nodes_port_is_free_on_loopback_and_where_somebody_answers_for_its_network(string line) =>
        Assert.Empty(_folder.Load(ConfigFolder.Minimal + line + "\n").Errors);

    [Theory]
    [InlineData("postgres.hba = [\"host all postgres 127.0.0.1/32 trust\", \"host all all all scram-sha-256\"]")]
    [InlineData("postgres.hba = [\"host all all all scram-sha-256\"], security.open-without-authentication = true")]
    public void HTTP_on_loopback_needs_no_token_where_SQL_asks_an_admin_for_nothing(string line) => Assert.Empty(_folder.Load(ConfigFolder.Minimal + line + "\n").Errors);

    [Fact]
    public void Every_error_is_told_at_once()
    {
        var result = _folder.Load("node.name = \"n1\"\nhttp.port = x\npostgres {\n  listen = nowhere\n  colour = red\n}\n");
        Assert.Equal(["cluster.initial-voters", "http.port", "node.data", "postgres.colour"], result.Errors.Select(e => e.Path).Order());
        Assert.Equal(5, result.Errors.Single(e => e.Path == "postgres.colour").Line);
    }

    [Fact]
    public void An_error_in_an_included_file_is_placed_there()
    {
        var included = _folder.Write("more.conf", "\n\nprot = 1\n");
        var result = _folder.Load(ConfigFolder.Minimal + "postgres {\n  include \"more.conf\"\n}\n");
        var error = Assert.Single(result.Errors);
        Assert.Equal(("postgres.prot", 3, included), (error.Path, error.Line, error.Origin));
    }

    [Fact]
    public void A_missing_include_is_an_error()
    {
        var result = _folder.Load(ConfigFolder.Minimal + "include \"nothing.conf\"\n");
        Assert.Contains("nothing.conf", Assert.Single(result.Errors).Origin);
    }

    [Fact]
    public void A_file_that_includes_itself_is_an_error() =>
        Assert.Contains(_folder.Load(ConfigFolder.Minimal + "include \"node.conf\"\n").Errors, e => e.Message.Contains("includes itself"));

    [Theory]
    [InlineData("http {\n  port = 1\n", 3, "never closed")]
    [InlineData("http { port = 1 } }\n", 3, "without its {")]
    public void A_brace_without_its_partner_is_placed(string text, int line, string says)
    {
        var error = Assert.Single(_folder.Load(ConfigFolder.Minimal + text).Errors);
        Assert.Equal(line, error.Line);
        Assert.Contains(says, error.Message);
    }

    [Fact]
    public void The_environment_overrides_the_file_and_its_errors_name_the_variable()
    {
        var result = _folder.Load(ConfigFolder.Minimal + "postgres.port = 1\n", ("POSTGRES__PORT", "5999"), ("REPLICATION__ELECTION_TIMEOUT", "2s"), ("SECURITY__OPEN_NODES_WITHOUT_TLS", "true"), ("CLUSTER__INITIAL_VOTERS", "[\"n1@10.0.0.1:7\"]"));
        Assert.Empty(result.Errors);
        Assert.Equal((5999, 2000, 7), (result.Settings!.Postgres.Port, result.Settings.Replication.ElectionTimeoutMs, result.Settings.RemotePort));

        var wrong = Assert.Single(_folder.Load(ConfigFolder.Minimal, ("HTTP__PORT", "many")).Errors);
        Assert.Equal("environment ACTOR_REPLICATION__HTTP__PORT", wrong.Origin);
    }

    [Fact]
    public void The_akka_section_passes_through_unchecked()
    {
        var settings = _folder.Load(ConfigFolder.Minimal + "akka { actor.anything = 17 }\n").Settings!;
        var composed = Akka.Configuration.ConfigurationFactory.ParseString(Node.Hosting.AkkaHocon.Compose(settings));
        Assert.Equal(17, composed.GetInt("akka.actor.anything"));
        Assert.Equal(2551, composed.GetInt("akka.remote.dot-netty.tcp.port"));
        Assert.Equal(64 << 20, composed.GetByteSize("akka.persistence.journal.segments.segment-bytes"));
    }

    [Theory]
    [InlineData("fifteen letters", true)]
    [InlineData("sixteen letters!", false)]
    public void A_token_that_could_be_found_by_trying_is_refused(string token, bool isRefused)
    {
        var file = _folder.Write("token", token + "\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var errors = _folder.Load(ConfigFolder.Minimal + $"http.token-file = \"{file}\"\n").Errors;
        if (isRefused) Assert.Contains("at least 16", Assert.Single(errors, e => e.Path == "http.token-file" && e.Line > 0).Message, StringComparison.Ordinal);
        else Assert.Empty(errors);
    }
}

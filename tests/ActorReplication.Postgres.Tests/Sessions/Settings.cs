using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

public sealed class Settings
{
    [Theory]
    [InlineData("statement_timeout", "5s", "5s")]
    [InlineData("statement_timeout", "100", "100ms")]
    [InlineData("statement_timeout", "60000", "1min")]
    [InlineData("lock_timeout", "1.5 s", "1500ms")]
    [InlineData("DATESTYLE", "iso, dmy", "ISO, DMY")]
    [InlineData("client_encoding", "unicode", "UTF8")]
    [InlineData("timezone", "Europe/Berlin", "Europe/Berlin")]
    [InlineData("timezone", "utc", "utc")]
    [InlineData("IntervalStyle", "ISO_8601", "iso_8601")]
    [InlineData("extra_float_digits", "3", "3")]
    [InlineData("synchronous_commit", "remote_apply", "remote_apply")]
    [InlineData("synchronous_commit", "false", "off")]
    [InlineData("bytea_output", "escape", "escape")]
    [InlineData("search_path", "public", "public")]
    [InlineData("myapp.user_id", "42", "42")]
    [InlineData("row_security", "off", "off")]
    public async Task Takes_and_shows(string name, string value, string shown)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C SET", "T", "D " + shown, "C SHOW", "Z I"], await client.AskAsync($"set {name} = '{value}'; show {name}"));
    }

    [Theory]
    [InlineData("statement_timeout", "soon", "22023")]
    [InlineData("statement_timeout", "-1", "22023")]
    [InlineData("statement_timeout", "5 parsecs", "22023")]
    [InlineData("DateStyle", "German", "22023")]
    [InlineData("client_encoding", "latin1", "22023")]
    [InlineData("TimeZone", "Mars/Olympus", "22023")]
    [InlineData("TimeZone", "../../etc/passwd", "22023")]
    [InlineData("synchronous_commit", "maybe", "22023")]
    [InlineData("default_transaction_isolation", "none", "22023")]
    [InlineData("transaction_isolation", "none", "22023")]
    [InlineData("extra_float_digits", "99", "22023")]
    [InlineData("standard_conforming_strings", "off", "22023")]
    [InlineData("nosuch", "1", "42704")]
    [InlineData("server_version", "16", "55P02")]
    [InlineData("in_hot_standby", "on", "55P02")]
    [InlineData("synchronous_standby_names", "x", "55P02")]
    [InlineData("session_authorization", "bob", "22023")]
    public async Task Refuses(string name, string value, string sqlState)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["E " + sqlState, "Z I"], await client.AskAsync($"set {name} = '{value}'"));
        Assert.Equal(["E 42704", "Z I"], await client.AskAsync("show nosuch"));
    }

    [Fact]
    public async Task Tells_the_client_of_changed_values_before_the_next_status()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.Query("set application_name = 'x'").FlushAsync();
        Assert.Equal(["C SET", "S application_name=x", "Z I"], (await client.UntilReadyAsync()).Select(reply => reply.ToString()));
        await client.Query("set application_name = 'x'").FlushAsync();
        Assert.Equal(["C SET", "Z I"], (await client.UntilReadyAsync()).Select(reply => reply.ToString()));
        await client.Query("begin; set TimeZone = 'Europe/Paris'").FlushAsync();
        Assert.Equal(["C BEGIN", "C SET", "S TimeZone=Europe/Paris", "Z T"], (await client.UntilReadyAsync()).Select(reply => reply.ToString()));
        await client.Query("rollback").FlushAsync();
        Assert.Equal(["C ROLLBACK", "S TimeZone=UTC", "Z I"], (await client.UntilReadyAsync()).Select(reply => reply.ToString()));
    }

    [Fact]
    public async Task Resets_to_what_startup_gave()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync(("application_name", "start"));
        Assert.Equal("D start", (await client.AskAsync("set application_name = 'x'; reset application_name; show application_name"))[3]);
        Assert.Equal("D start", (await client.AskAsync("set application_name = 'x'; reset all; show application_name"))[3]);
        Assert.Equal("D start", (await client.AskAsync("set application_name to default; show application_name"))[2]);
        await client.Parse("list", "kept").Sync().AskAsync();
        await client.AskAsync("set application_name = 'x'");
        Assert.Equal(["C DISCARD ALL", "Z I"], await client.AskAsync("discard all"));
        Assert.Equal("D start", (await client.AskAsync("show application_name"))[1]);
        Assert.Equal(["E 26000", "Z I"], await client.Bind("kept").Sync().AskAsync());
        Assert.Equal(["C BEGIN", "E 25001", "Z E"], await client.AskAsync("begin; discard all"));
    }

    [Fact]
    public async Task Reach_the_backend_as_options()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync("set synchronous_commit = remote_write; set statement_timeout = '2s'; set lock_timeout = 300; set replication.read_consistency = local");
        await client.AskAsync("insert a");
        Assert.Equal(new Gateway.RunOptions(Gateway.CommitLevel.RemoteWrite, Gateway.ReadConsistency.Local, 2000, 300), server.Gateway.Options.Last());
    }

    [Fact]
    public async Task Of_the_system_are_shown_and_changed_through_the_node()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal("D ANY 1 (*)", (await client.AskAsync("show synchronous_standby_names"))[1]);
        Assert.Equal(["C ALTER SYSTEM", "Z I"], await client.AskAsync("alter system set synchronous_standby_names = ''"));
        Assert.Equal("D ", (await client.AskAsync("show synchronous_standby_names"))[1]);
        Assert.Equal(["E 22023", "Z I"], await client.AskAsync("alter system set nonsense = '1'"));
        Assert.Equal(["C BEGIN", "E 25001", "Z E"], await client.AskAsync("begin; alter system set synchronous_standby_names = ''"));
    }

    [Fact]
    public async Task Show_all_lists_them()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Contains("D TimeZone,UTC,", await client.AskAsync("show all"));
    }

    [Fact]
    public async Task Shape_the_text_of_values()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync("set TimeZone = 'Europe/Berlin'; set bytea_output = escape; set IntervalStyle = iso_8601");
        Assert.Equal(@"D 2026-07-01 02:00:00+02,a\000,P1DT2H", (await client.AskAsync(@"select timestamptz:2026-07-01 00:00:00+00, bytea:\x6100, interval:1 day 2 hours"))[1]);
    }

    [Fact]
    public async Task Prepared_statements_of_sql_run_and_go()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C PREPARE", "Z I"], await client.AskAsync("prepare p as select int4:$1, text:$2"));
        Assert.Equal(["E 42P05", "Z I"], await client.AskAsync("prepare p as list"));
        Assert.Equal(["T", "D 3,x", "C SELECT 1", "Z I"], await client.AskAsync("execute p 3 x"));
        Assert.Equal(["T", "E 42601", "Z I"], await client.AskAsync("execute p 3"));
        Assert.Equal(["T", "E 22P02", "Z I"], await client.AskAsync("execute p x x"));
        Assert.Equal(["1", "2", "T", "D 4,y", "C SELECT 1", "Z I"], await client.Parse("execute p 4 y").Bind().DescribePortal().Execute().Sync().AskAsync());
        Assert.Equal(["C DEALLOCATE", "Z I"], await client.AskAsync("deallocate p"));
        Assert.Equal(["E 26000", "Z I"], await client.AskAsync("execute p 3 x"));
        Assert.Equal(["E 26000", "Z I"], await client.AskAsync("deallocate p"));
        Assert.Equal(["C DEALLOCATE ALL", "Z I"], await client.AskAsync("deallocate all"));
    }
}

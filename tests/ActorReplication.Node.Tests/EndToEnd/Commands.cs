using System.Diagnostics;
using System.Text.Json.Nodes;
using ActorReplication.Cmd;
using ActorReplication.Cmd.Shell;
using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>actorctl's verbs against a running cluster.</summary>
[Collection(SharedCluster.Name)]
public sealed class Commands(TestCluster cluster)
{
    private Task<Ran> Actorctl(params string[] arguments) => Programs.ActorctlAsync([.. arguments, "--host", cluster.HttpHosts]);

    private async Task<JsonNode> Json(params string[] arguments)
    {
        var ran = await Actorctl([.. arguments, "--json"]);
        Assert.True(ran.ExitCode == 0, ran.Output);
        return JsonNode.Parse(ran.Output)!;
    }

    [Fact]
    public async Task Settings_are_shown_changed_and_remembered()
    {
        await cluster.HealthyAsync();
        Assert.Equal("quorum", PolicyOf(await Json("config", "show")));
        Assert.Equal(0, (await Actorctl("config", "set", "replication.method", "mixed")).ExitCode);
        Assert.Equal("mixed", (string?)(await Json("config", "get", "replication.method"))["value"]);
        Assert.Equal("mixed", (string?)(await Json("replication", "method", "show"))["method"]);
        Assert.Equal(0, (await Actorctl("replication", "method", "set", "row")).ExitCode);
        var history = (await Actorctl("config", "history")).Output;
        Assert.Contains("replication.method", history);
        Assert.Contains("→ row", history);
        Assert.Contains("none of", (await Actorctl("config", "set", "colour", "blue")).Output);
        Assert.Contains("is it replication.method?", (await Actorctl("config", "get", "replication.methd")).Output);
        Assert.Equal(1, (await Actorctl("replication", "method", "set", "pigeon")).ExitCode);

        static string? PolicyOf(JsonNode shown) => (string?)shown["settings"]!.AsArray().Single(s => (string)s!["name"]! == "synchronous_standby_names")!["value"] is "ANY 1 (*)" ? "quorum" : null;
    }

    [Fact]
    public async Task The_state_is_shown_as_tree_as_lines_and_as_what_would_be()
    {
        var leader = await cluster.HealthyAsync();
        var tree = (await Actorctl("cluster", "topology")).Output;
        Assert.StartsWith(leader.Name + "  leader", tree, StringComparison.Ordinal);
        Assert.Equal(2, tree.Split('─').Length - 1);
        Assert.Equal(2, (await Actorctl("cluster", "watch", "--count", "2")).Output.Split($"{leader.Name} leads").Length - 1);
        var outlook = await Json("leader", "what-if");
        Assert.Equal((leader.Name, 0), ((string?)outlook["leader"], (int)outlook["lostEntries"]!));
        Assert.NotEqual(leader.Name, (string?)outlook["winner"]);
        Assert.Equal(leader.Name, (string?)(await Json("election", "history")).AsArray()[^1]!["leader"]);
    }

    [Fact]
    public async Task A_drill_hands_over_and_back_and_says_how_long_it_took()
    {
        var leader = await cluster.HealthyAsync();
        var drill = await Json("leader", "drill", "--back", "--yes");
        Assert.Equal((leader.Name, leader.Name), ((string?)drill["before"], (string?)drill["after"]));
        Assert.All(drill["steps"]!.AsArray(), s => Assert.True((int)s!["asked"]! > (int)s["failed"]!));
    }

    [Fact]
    public async Task Statements_and_a_load_are_run_from_the_command_line()
    {
        await cluster.HealthyAsync();
        var ran = await Actorctl("sql", "CREATE TABLE IF NOT EXISTS typed_in (id int primary key, t text)", "INSERT INTO typed_in VALUES (1, 'one') ON CONFLICT DO NOTHING", "SELECT * FROM typed_in");
        Assert.True(ran.ExitCode == 0, ran.Output);
        Assert.Contains("one", ran.Output);
        Assert.Equal(1, (await Actorctl("sql", "SELEC")).ExitCode);
        var bench = await Json("bench", "--clients", "2", "--seconds", "1");
        Assert.True((int)bench["done"]! > 0);
        Assert.Equal((int)bench["done"]!, bench["histogram"]!.AsArray().Sum(b => (int)b!["count"]!));
    }

    [Fact]
    public async Task A_session_is_listed_and_ended_on_the_node_where_it_is()
    {
        var leader = await cluster.HealthyAsync();
        await using var connection = new NpgsqlConnection(cluster.NpgsqlTo(leader) + ";Application Name=to be ended");
        await connection.OpenAsync();
        var listed = (await Json("session", "list", "--node", leader.Name))["sessions"]!.AsArray().Single(s => (string?)s!["application"] == "to be ended")!;
        Assert.Equal("idle", (string?)listed["state"]);
        Assert.Equal(0, (await Actorctl("session", "terminate", listed["id"]!.ToString(), "--node", leader.Name)).ExitCode);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => new NpgsqlCommand("SELECT 1", connection).ExecuteScalarAsync());
        Assert.Equal(1, (await Actorctl("session", "cancel", "1", "--node", leader.Name)).ExitCode);
    }

    [Fact]
    public async Task The_logs_new_entries_are_shown_as_they_come()
    {
        var leader = await cluster.HealthyAsync();
        await cluster.ScalarAsync<int>(leader, "CREATE TABLE IF NOT EXISTS tailed (id int); SELECT 1");
        var tail = Actorctl("log", "tail", "--count", "1", "--node", leader.Name);
        while (!tail.IsCompleted)
        {
            await cluster.ScalarAsync<int>(leader, "INSERT INTO tailed VALUES (4711); SELECT 1");
            await Task.WhenAny(tail, Task.Delay(100));
        }
        Assert.Contains("4711", (await tail).Output);
    }

    [Fact]
    public async Task Lines_of_the_shell_are_commands()
    {
        var leader = await cluster.HealthyAsync();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "actorctl.dll"), "--host", cluster.HttpHosts]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var shell = Process.Start(start)!;
        await shell.StandardInput.WriteAsync("leader show\n\nsql 'SELECT 40 + 2 AS n'\nlaeder show\nexit\nleader show\n");
        shell.StandardInput.Close();
        var said = await shell.StandardOutput.ReadToEndAsync();
        Assert.Contains("Is it leader show?", await shell.StandardError.ReadToEndAsync());
        Assert.Contains("42", said);
        Assert.StartsWith(leader.Name, said, StringComparison.Ordinal);
        Assert.Equal(said.IndexOf(leader.Name, StringComparison.Ordinal), said.LastIndexOf(leader.Name, StringComparison.Ordinal));
    }
}

public sealed class ShellRules
{
    private static readonly string[] Commands = ["cluster show", "cluster watch", "leader show", "replication policy show", "replication policy set", "sql"];

    [Theory]
    [InlineData("", "cluster leader replication sql")]
    [InlineData("c", "cluster")]
    [InlineData("cluster ", "show watch")]
    [InlineData("cluster w", "watch")]
    [InlineData("replication policy s", "set show")]
    [InlineData("nothing ", "")]
    public void The_tabulator_offers_what_may_come_next(string line, string offered) => Assert.Equal(offered, string.Join(' ', ShellLine.Completions(line, Commands)));

    [Fact]
    public void Quotes_hold_words_together() => Assert.Equal(["sql", "SELECT 'a b'", "", "c"], ShellLine.Split("sql \"SELECT 'a b'\"  '' c "));

    [Fact]
    public void What_is_kept_of_the_lines_is_for_their_owner_and_holds_no_password()
    {
        var folder = Directory.CreateTempSubdirectory("ar-shell-");
        var file = Path.Combine(folder.FullName, "history");
        File.WriteAllText(file, new string('x', 5000));
        ShellHistory.Write(file, ["sql \"ALTER ROLE ada Password 'pencil'\"", .. Enumerable.Range(0, 1200).Select(i => $"cluster show {i}"), "sql \"CREATE ROLE b ... 'scram-sha-256$4096:c2FsdA==$a:b'\""]);
        var kept = File.ReadAllLines(file);
        Assert.Equal((1000, "cluster show 200", "cluster show 1199"), (kept.Length, kept[0], kept[^1]));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        ShellHistory.Write(file, ["cluster show", "user password ada"]);
        Assert.Equal(["cluster show"], File.ReadAllLines(file));
        folder.Delete(true);
    }

    [Fact]
    public void An_open_quote_is_told() => Assert.Throws<CommandException>(() => ShellLine.Split("sql 'SELECT"));

    [Theory]
    [InlineData("cluster shwo", "cluster show")]
    [InlineData("laeder switchover", "leader switchover")]
    [InlineData("replication polcy set quorum", "replication policy set")]
    public void A_wrong_verb_is_met_with_the_likely_one(string written, string meant) => Assert.EndsWith($"Is it {meant}?", Palettes.NoSuch(written.Split(' ')), StringComparison.Ordinal);
}

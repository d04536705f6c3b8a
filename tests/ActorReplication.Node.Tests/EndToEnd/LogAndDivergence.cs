using System.Text.Json.Nodes;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>actorctl's log and db palettes, on nodes that run.</summary>
[Collection(SharedCluster.Name)]
public sealed class LogAndDivergence(TestCluster cluster)
{
    [Fact]
    public async Task Log_shows_what_each_entry_holds_and_why_that_way_and_is_found_sound()
    {
        var leader = await cluster.HealthyAsync();
        var uri = cluster.PsqlToLeader;
        Require(await Programs.PsqlAsync(uri, "CREATE TABLE shown (id int PRIMARY KEY, v text)", "INSERT INTO shown VALUES (1, 'one')", "UPDATE shown SET v = 'uno' WHERE id = 1"));
        await cluster.AlterSystemAsync("replication.method", "mixed");
        Require(await Programs.PsqlAsync(uri, "INSERT INTO shown SELECT i, 'many' FROM generate_series(2, 500) AS s(i)", "UPDATE shown SET v = v || '!'", "UPDATE shown SET v = random()::text"));
        await cluster.AlterSystemAsync("replication.method", "row");
        await cluster.HealthyAsync();

        var follower = cluster.Nodes.First(n => n != leader);
        var shown = await Ctl("log", "show", "--node", follower.Name, "--last", "20", "--json");
        var entries = JsonNode.Parse(shown.Output)!["entries"]!.AsArray();
        var texts = entries.Select(e => e!.ToJsonString()).ToList();
        Assert.Contains(texts, t => t.Contains("\"operation\":\"insert\",\"table\":\"shown\",\"key\":[1],\"after\":{\"v\":\"one\"}", StringComparison.Ordinal) && t.Contains("\"method\":\"row\"", StringComparison.Ordinal));
        Assert.Contains(texts, t => t.Contains("\"before\":{\"v\":\"one\"},\"after\":{\"v\":\"uno\"}", StringComparison.Ordinal));
        Assert.Contains(texts, t => t.Contains("the statement is smaller than its rows", StringComparison.Ordinal) && t.Contains("\"method\":\"statement\"", StringComparison.Ordinal));
        Assert.Contains(texts, t => t.Contains("its effect may depend on the order", StringComparison.Ordinal) && t.Contains("\"more\":true", StringComparison.Ordinal));
        Assert.Contains(texts, t => t.Contains("\"kind\":\"config\"", StringComparison.Ordinal) && t.Contains("\"replication.method\":\"mixed\"", StringComparison.Ordinal));
        Assert.Contains("why: ", (await Ctl("log", "show")).Output, StringComparison.Ordinal);

        Assert.Contains($"{follower.Name}: sound.", (await Ctl("log", "verify", "--node", follower.Name)).Output, StringComparison.Ordinal);
        var positions = (await Ctl("log", "positions")).Output;
        Assert.All(cluster.Nodes, n => Assert.Contains(n.Name, positions, StringComparison.Ordinal));
        Assert.Contains("this node's log goes from", (await Ctl("log", "show", "--from", "99999999")).Output, StringComparison.Ordinal);
        Assert.Contains("whole numbers from 1", (await Ctl("log", "show", "--from", "x")).Output, StringComparison.Ordinal);
        Assert.Contains("\"n9\" is none of", (await Ctl("log", "verify", "--node", "n9")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_and_tables_changed_by_hand_in_a_stopped_node_are_found_named_and_repaired_while_others_write()
    {
        var leader = await cluster.HealthyAsync();
        Require(await Programs.PsqlAsync(cluster.PsqlToLeader, "CREATE TABLE forged (id int PRIMARY KEY, v text)", "CREATE TABLE dropped (id int PRIMARY KEY)", "INSERT INTO dropped VALUES (1)",
            "INSERT INTO forged SELECT i, 'v' || i FROM generate_series(1, 3000) AS s(i)"));
        await cluster.HealthyAsync();
        var victim = cluster.Nodes.First(n => n != leader);
        await victim.StopAsync();
        DatabaseFile.Change(cluster.DataOf(victim), "UPDATE forged SET v = 'by hand' WHERE id = 77", "DELETE FROM forged WHERE id = 78", "INSERT INTO forged VALUES (9999, 'extra')", "DROP TABLE dropped", "CREATE TABLE alien (a)");
        await cluster.HealthyAsync();

        await using var load = await WriteLoad.StartAsync(cluster.Npgsql("Timeout=2;Command Timeout=5"), "beside", 4);
        await load.MoreAsync(50);
        var found = await Ctl("db", "check");
        Assert.True(found.ExitCode == 1, found.Output);
        foreach (var line in (string[])[$"{victim.Name}: different", "forged: 3000 rows, the leader has 3000", "differ: (77)", "missing here: (78)", "only here: (9999)", "dropped: the table is missing here", "alien: only this node has the table"])
            Assert.Contains(line, found.Output, StringComparison.Ordinal);
        var sound = cluster.Nodes.Single(n => n != leader && n != victim);
        Assert.Contains($"{sound.Name}: equal", found.Output, StringComparison.Ordinal);

        Assert.Contains("this node leads", (await Ctl("db", "repair", "--node", leader.Name, "--yes")).Output, StringComparison.Ordinal);
        var repaired = await Ctl("db", "repair", "--node", victim.Name, "--yes");
        Assert.True(repaired.ExitCode == 0, repaired.Output);
        await load.MoreAsync(50);
        var again = await Ctl("db", "check");
        Assert.True(again.ExitCode == 0, again.Output);
        await load.StopAsync();
        await cluster.HealthyAsync();
        Assert.Equal("v77", await cluster.ScalarAsync<string>(victim, "SELECT v FROM forged WHERE id = 77"));
    }

    private Task<Ran> Ctl(params string[] arguments) => Programs.ActorctlAsync([.. arguments, "--host", cluster.HttpHosts]);

    private static void Require(Ran ran) => Assert.True(ran.ExitCode == 0, ran.Output);
}

using System.Text.Json.Nodes;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed class PlannedChanges(TestCluster cluster, ITestOutputHelper output)
{
    private Task<Ran> Actorctl(params string[] arguments) => Programs.ActorctlAsync([.. arguments, "--host", cluster.HttpHosts]);

    [Fact]
    public async Task A_switchover_under_load_loses_nothing_and_shows_only_errors_that_may_be_tried_again()
    {
        var leader = await cluster.HealthyAsync();
        var to = cluster.Nodes.First(n => n != leader);
        await using var load = await WriteLoad.StartAsync(cluster.Npgsql("Timeout=2;Command Timeout=5"), "switched", 8);
        await load.MoreAsync(200);
        var ran = await Actorctl("leader", "switchover", "--to", to.Name, "--yes");
        Assert.True(ran.ExitCode == 0, ran.Output);
        Assert.Contains(to.Name, ran.Output);
        await load.MoreAsync(200);
        await load.StopAsync();
        Assert.Equal(to, await cluster.HealthyAsync());
        Assert.Empty(load.Acknowledged.Except(await cluster.IdsAsync(to, "switched")));
        Assert.DoesNotContain("40003", load.FailureKinds);
        output.WriteLine($"switchover: longest gap {load.LongestGap.TotalMilliseconds:0} ms; refused meanwhile: {load.Failures}");
    }

    [Fact]
    public async Task A_stopped_leader_hands_over_and_is_found_again()
    {
        var leader = await cluster.HealthyAsync();
        await using var load = await WriteLoad.StartAsync(cluster.Npgsql("Timeout=2;Command Timeout=5"), "stopped", 8);
        await load.MoreAsync(200);
        var logged = leader.Log.Length;
        Assert.Equal(ExitCodes.Ok, await leader.StopAsync());
        Assert.DoesNotContain(" error ", leader.Log[logged..]);
        await load.MoreAsync(200);
        await load.StopAsync();
        Assert.NotEqual(leader, await cluster.HealthyAsync());
        Assert.Empty(load.Acknowledged.Except(await cluster.IdsAsync(leader, "stopped")));
        output.WriteLine($"SIGTERM of the leader: longest gap {load.LongestGap.TotalMilliseconds:0} ms; refused meanwhile: {load.Failures}");
    }

    [Fact]
    public async Task Actorctl_shows_the_live_cluster()
    {
        var leader = await cluster.HealthyAsync();
        var shown = await Actorctl("cluster", "show");
        Assert.True(shown.ExitCode == 0, shown.Output);
        Assert.All(cluster.Nodes, n => Assert.Contains(n.Name, shown.Output));

        var status = JsonNode.Parse((await Actorctl("replication", "status", "--json")).Output)!;
        Assert.Equal(leader.Name, (string?)status["leader"]);
        Assert.Equal(3, status["nodes"]!.AsArray().Count);
        Assert.Equal(1, status["nodes"]!.AsArray().Count(n => (string)n!["role"]! == "leader"));

        Assert.Contains("Won", (await Actorctl("election", "show")).Output);
        Assert.Equal(leader.Name, (string?)JsonNode.Parse((await Actorctl("leader", "show", "--json")).Output)!["name"]);
    }

    [Fact]
    public async Task Actorctl_changes_the_policy_and_asks_before_weakening_it()
    {
        await cluster.HealthyAsync();
        Assert.Equal(0, (await Actorctl("replication", "policy", "set", "semi-sync")).ExitCode);
        Assert.Contains("ANY 1 (*)", (await Actorctl("replication", "policy", "show")).Output);
        Assert.Equal(2, (await Actorctl("replication", "policy", "set", "async")).ExitCode);
        Assert.Equal(1, (await Actorctl("replication", "policy", "set", "FIRST 1 (n8)")).ExitCode);
        Assert.Equal(0, (await Actorctl("replication", "policy", "set", "quorum")).ExitCode);
    }

    [Fact]
    public async Task A_forced_failover_moves_the_leadership()
    {
        var leader = await cluster.HealthyAsync();
        var to = cluster.Nodes.Last(n => n != leader);
        var ran = await Actorctl("leader", "failover", "--to", to.Name, "--yes");
        Assert.True(ran.ExitCode == 0, ran.Output);
        Assert.Equal(to, await cluster.HealthyAsync());
    }

    [Theory]
    [InlineData("cluster", "shwo")]
    [InlineData("leader", "switchover", "--too", "n1", "--yes")]
    [InlineData("leader", "switchover")]
    [InlineData("cluster", "show", "--host", "nowhere")]
    public async Task A_wrong_command_line_is_code_2(params string[] arguments) => Assert.Equal(2, (await Programs.ActorctlAsync(arguments)).ExitCode);

    [Fact]
    public async Task A_cluster_that_does_not_answer_is_code_1() =>
        Assert.Equal(1, (await Programs.ActorctlAsync("cluster", "show", "--host", $"127.0.0.1:{FreePorts.Take()}")).ExitCode);
}

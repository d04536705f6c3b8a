using System.Text.Json.Nodes;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed class MemberCommands(TestCluster cluster)
{
    private Task<Ran> Actorctl(params string[] arguments) => Programs.ActorctlAsync([.. arguments, "--host", cluster.HttpHosts]);

    [Fact]
    public async Task A_node_with_only_a_config_file_is_added_becomes_a_voter_and_is_removed_again()
    {
        await cluster.HealthyAsync();
        var folder = Directory.CreateTempSubdirectory("ar-joining-");
        var (akka, pg, http) = (FreePorts.Take(), FreePorts.Take(), FreePorts.Take());
        var file = Path.Combine(folder.FullName, "n4.conf");
        await File.WriteAllTextAsync(file, $$"""
            node { name = "n4", data = "{{folder.FullName}}/data" }
            cluster.join = ["n2@127.0.0.1:{{cluster.Options.AkkaPort + 1}}"]
            remote.port = {{akka}}
            postgres.port = {{pg}}
            http.port = {{http}}
            log.level = information
            """);
        var joining = new NodeProcess("n4", file);
        try
        {
            joining.Start();
            await UntilAsync(list => list["waiting"]!.AsArray().Any(w => (string)w!["name"]! == "n4"), "n4 waits");
            var added = await Actorctl("member", "add", "n4", "--address", $"127.0.0.1:{akka}");
            Assert.True(added.ExitCode == 0, added.Output);
            await UntilAsync(list => Row(list, "n4") is { } n4 && (string)n4["kind"]! == "voter" && (string?)n4["http"] == $"127.0.0.1:{http}", "n4 is a voter");

            await RefusedAsync("is a member already", "member", "add", "n4", "--address", $"127.0.0.1:{akka}");
            await RefusedAsync("is none of the members", "member", "promote", "n9");
            await RefusedAsync("only a learner can be promoted", "member", "promote", "n4");
            Assert.Equal(2, (await Actorctl("member", "remove", "n4")).ExitCode);
            Assert.Equal(0, (await Actorctl("member", "tag", "n4", "zone=east", "failover-priority=0")).ExitCode);
            Assert.Contains("east", (await Actorctl("member", "list")).Output);
            Assert.Equal(0, (await Actorctl("member", "reinit", "n4", "--yes")).ExitCode);
            await cluster.EventuallyAsync(() => Task.FromResult(joining.Log), log => log.Contains("Cloned from the leader", StringComparison.Ordinal), "n4 has a new copy");

            var removed = await Actorctl("member", "remove", "n4", "--yes");
            Assert.True(removed.ExitCode == 0, removed.Output);
            await UntilAsync(list => Row(list, "n4") is null, "n4 is gone");
        }
        finally
        {
            // A dead member of the cluster that the other tests share would count as a voter there.
            await Actorctl("member", "remove", "n4", "--yes");
            joining.Dispose();
            folder.Delete(true);
        }
    }

    [Fact]
    public async Task A_removed_leader_hands_over_and_comes_back_as_a_voter()
    {
        var leader = await cluster.HealthyAsync();
        var removed = await Actorctl("member", "remove", leader.Name, "--yes");
        Assert.True(removed.ExitCode == 0, removed.Output);
        await cluster.LeaderAsync(other: leader);
        var added = await Actorctl("member", "add", leader.Name, "--address", $"127.0.0.1:{cluster.Options.AkkaPort + cluster.IndexOf(leader)}");
        Assert.True(added.ExitCode == 0, added.Output);
        await UntilAsync(list => Row(list, leader.Name) is { } row && (string)row["kind"]! == "voter", "it is a voter again");
        await cluster.HealthyAsync();
    }

    private async Task RefusedAsync(string says, params string[] arguments)
    {
        var ran = await Actorctl(arguments);
        Assert.Equal(1, ran.ExitCode);
        Assert.Contains(says, ran.Output);
    }

    private Task<JsonNode> UntilAsync(Func<JsonNode, bool> met, string what) => cluster.EventuallyAsync(async () => JsonNode.Parse((await Actorctl("member", "list", "--json")).Output)!, met, what);

    private static JsonNode? Row(JsonNode list, string name) => list["members"]!.AsArray().FirstOrDefault(m => (string)m!["name"]! == name);
}

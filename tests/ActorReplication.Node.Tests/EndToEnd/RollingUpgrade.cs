using System.Text.Json.Nodes;
using ActorReplication.Cluster.Membership;
using ActorReplication.Node.Tests.Nemesis;
using ActorReplication.Node.Tests.Nemesis.Planted;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>The recipe of OPERATING.md, "Upgrade", with processes of an older program (<see cref="PlantedNode.OlderProgram"/>) and under load. The real older program is tried by
/// tests/ActorReplication.Benchmarks/upgrade.sh, which builds it from a commit.</summary>
[Collection(Alone.Name)]
public sealed class RollingUpgrade(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly TestCluster cluster = new();

    public async Task InitializeAsync()
    {
        // The third has been replaced already.
        foreach (var node in cluster.Nodes.Take(2)) node.Replace(PlantedNode.OlderProgram);
        await cluster.InitializeAsync();
    }

    public Task DisposeAsync() => cluster.DisposeAsync();

    private Task<Ran> Actorctl(params string[] arguments) => Programs.ActorctlAsync([.. arguments, "--host", cluster.HttpHosts]);

    [Fact]
    public async Task Programs_are_replaced_one_after_another_under_load_and_can_be_put_back_until_the_format_is_raised()
    {
        await cluster.HealthyAsync();
        var (leader, follower, replaced) = (cluster.Nodes[0], cluster.Nodes[1], cluster.Nodes[2]);
        if (await cluster.LeaderAsync() != leader) Assert.Equal(0, (await Actorctl("leader", "switchover", "--to", leader.Name, "--yes")).ExitCode);
        await using var load = await WriteLoad.StartAsync(cluster.Npgsql("Timeout=2;Command Timeout=5"), "upgraded", 4);
        await load.MoreAsync(100);

        await ReplaceAsync(follower, null, load);
        Assert.Equal(0, (await Actorctl("leader", "switchover", "--to", replaced.Name, "--yes")).ExitCode);
        await load.MoreAsync(100);
        var held = await Actorctl("config", "set", ClusterFormat.Finalize, ClusterFormat.Manual);
        Assert.True(held.ExitCode == 0, held.Output);
        await ReplaceAsync(leader, null, load);
        Assert.Equal([2, 2, 2], (await FormatsAsync()).Select(f => f.Written));

        await ReplaceAsync(leader, PlantedNode.OlderProgram, load);
        await ReplaceAsync(leader, null, load);

        var refused = await Actorctl("config", "set", ClusterFormat.Setting, "3");
        Assert.NotEqual(0, refused.ExitCode);
        var raised = await Actorctl("config", "set", ClusterFormat.Finalize, ClusterFormat.Auto);
        Assert.True(raised.ExitCode == 0, raised.Output);
        await cluster.UntilAsync(all => all.All(v => v is { Format: 3 }), "format 3 is in force");
        await load.MoreAsync(100);
        await load.StopAsync();
        await cluster.HealthyAsync();
        foreach (var node in cluster.Nodes) Assert.Empty(load.Acknowledged.Except(await cluster.IdsAsync(node, "upgraded")));
        output.WriteLine($"upgrade: {load.Count} rows, longest gap {load.LongestGap.TotalMilliseconds:0} ms; refused meanwhile: {load.Failures}");

        var shown = JsonNode.Parse((await Actorctl("cluster", "show", "--json")).Output)!;
        Assert.Equal(3, (int)shown["format"]!);
        Assert.All(shown["nodes"]!.AsArray(), n => Assert.Equal(3, (int)n!["newestFormat"]!));
        Assert.Contains("format 3", (await Actorctl("cluster", "show")).Output);

        await leader.StopAsync();
        leader.Replace(PlantedNode.OlderProgram);
        leader.Start();
        Assert.Equal(ExitCodes.DataRefused, await leader.EndAsync());
        Assert.Contains("Start the newer program", leader.Log);
        leader.Replace(null);
        await cluster.HealthyAsync();
    }

    private async Task ReplaceAsync(NodeProcess node, IReadOnlyList<string>? program, WriteLoad load)
    {
        Assert.Equal(ExitCodes.Ok, await node.StopAsync());
        node.Replace(program);
        await cluster.HealthyAsync(settled: false);
        await load.MoreAsync(100);
    }

    private async Task<IReadOnlyList<(int? Written, int? Newest)>> FormatsAsync()
    {
        var views = await Task.WhenAll(cluster.Nodes.Select(cluster.ViewAsync));
        return [.. views.Select(v => (v!.Format, v.NewestFormat))];
    }
}

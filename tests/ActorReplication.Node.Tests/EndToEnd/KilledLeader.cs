using Npgsql;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.EndToEnd;

[Collection(SharedCluster.Name)]
public sealed class KilledLeader(TestCluster cluster, ITestOutputHelper output)
{
    // A client learns of a frozen server only by its own timeouts; of a killed one at once.
    private const string Timeouts = "Timeout=2;Command Timeout=5;Cancellation Timeout=-1;Maximum Pool Size=16";

    [Theory]
    [InlineData("quorum")]
    [InlineData("semi-sync")]
    public async Task Loses_no_acknowledged_row_and_doubles_none(string policy)
    {
        var table = "killed_" + policy.Replace('-', '_');
        await cluster.HealthyAsync();
        await cluster.SetPolicyAsync(policy);
        await using var load = await WriteLoad.StartAsync(cluster.Npgsql(Timeouts), table, 8);
        await load.MoreAsync(300);
        var leader = await cluster.LeaderAsync();
        await leader.KillAsync();
        await cluster.LeaderAsync(other: leader);
        await load.MoreAsync(300);
        await load.StopAsync();

        await cluster.HealthyAsync();
        await AllNodesHoldAsync(table, load);
        Tell($"kill -9 of the leader, {policy}", load);
    }

    [Fact]
    public async Task Under_sync_writes_go_on_when_the_killed_node_is_back()
    {
        await cluster.HealthyAsync();
        await cluster.SetPolicyAsync("sync");
        await using var load = await WriteLoad.StartAsync(cluster.Npgsql(Timeouts), "killed_sync", 8);
        await load.MoreAsync(200);
        var leader = await cluster.LeaderAsync();
        await leader.KillAsync();
        // Two of three are left, and sync wants all: nothing may be acknowledged now.
        var before = load.Count;
        leader.Start();
        await load.MoreAsync(200);
        await load.StopAsync();
        Assert.True(load.Count > before);

        await cluster.HealthyAsync();
        await AllNodesHoldAsync("killed_sync", load);
        Tell("kill -9 of the leader and its restart, sync", load);
        await cluster.SetPolicyAsync("quorum");
    }

    [Fact]
    public async Task Under_async_a_contiguous_tail_is_lost_counted_and_put_aside()
    {
        var leader = await cluster.HealthyAsync();
        await cluster.SetPolicyAsync("async");
        var large = new string('x', 200_000);
        var salvagedBefore = Salvage.LinesOf(cluster.DataOf(leader)).Count;
        var followers = cluster.Nodes.Where(n => n != leader).ToArray();
        var acknowledged = new List<long>();
        var refused = 0;
        await using (var connection = new NpgsqlConnection(cluster.NpgsqlTo(leader)))
        {
            await connection.OpenAsync();
            await RunAsync(connection, "CREATE TABLE killed_async (id bigint NOT NULL, pad text NOT NULL)");
            for (var id = 1; id <= 50; id++) await InsertAsync(connection, id, "x");
            // The followers take nothing any more. The leader goes on until it misses them; the rows are large, because
            // what already stands in the followers' sockets is not lost with it.
            foreach (var follower in followers) follower.Freeze();
            try
            {
                for (var id = 51; id <= 110 && refused == 0; id++) await InsertAsync(connection, id, large);
            }
            finally
            {
                await leader.KillAsync();
                foreach (var follower in followers) follower.Thaw();
            }
        }
        var next = await cluster.LeaderAsync(other: leader);
        var kept = await cluster.IdsAsync(next, "killed_async");
        var lost = acknowledged.Except(kept).ToArray();
        Assert.NotEmpty(lost);
        Assert.Equal(acknowledged[..kept.Count], kept);
        Assert.Equal(acknowledged[^lost.Length..], lost);

        await cluster.HealthyAsync();
        foreach (var node in cluster.Nodes) Assert.Equal(kept, await cluster.IdsAsync(node, "killed_async"));
        var salvaged = Salvage.LinesOf(cluster.DataOf(leader)).Count - salvagedBefore;
        // The row whose answer did not come may have been in the leader's journal too.
        Assert.InRange(salvaged, lost.Length, lost.Length + refused);
        Assert.Equal(salvaged, (await cluster.ViewAsync(leader))!.SalvagedEntries);

        // What was lost is put back, once.
        var listed = await Programs.ActorctlAsync("salvage", "list", "--host", cluster.HttpHosts, "--json");
        var file = (string)System.Text.Json.Nodes.JsonNode.Parse(listed.Output)!["files"]!.AsArray().Last(f => (string)f!["node"]! == leader.Name)!["file"]!;
        string[] which = [file, "--node", leader.Name, "--host", cluster.HttpHosts, "--yes"];
        Assert.Contains("insert killed_async", (await Programs.ActorctlAsync(["salvage", "show", .. which])).Output, StringComparison.Ordinal);
        var applied = await Programs.ActorctlAsync(["salvage", "apply", .. which]);
        Assert.Contains($"{salvaged} changes of {salvaged} transactions put back", applied.Output, StringComparison.Ordinal);
        Assert.Contains($"0 changes of {salvaged} transactions put back, {salvaged} stood there already", (await Programs.ActorctlAsync(["salvage", "apply", .. which])).Output, StringComparison.Ordinal);
        await cluster.HealthyAsync();
        foreach (var node in cluster.Nodes) Assert.Empty(acknowledged.Except(await cluster.IdsAsync(node, "killed_async")));
        Assert.Equal(0, (await Programs.ActorctlAsync(["salvage", "drop", .. which])).ExitCode);
        Assert.Contains("has no salvage file", (await Programs.ActorctlAsync(["salvage", "show", .. which])).Output, StringComparison.Ordinal);
        output.WriteLine($"kill -9 of the leader, async, followers cut off: {acknowledged.Count} acknowledged, {lost.Length} lost, {salvaged} put aside");
        await cluster.SetPolicyAsync("quorum");

        async Task InsertAsync(NpgsqlConnection connection, long id, string pad)
        {
            try
            {
                await RunAsync(connection, "INSERT INTO killed_async VALUES ($1, $2)", new NpgsqlParameter<long> { TypedValue = id }, new NpgsqlParameter<string> { TypedValue = pad });
                acknowledged.Add(id);
            }
            catch (NpgsqlException)
            {
                refused++;
            }
        }

        static async Task RunAsync(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            command.Parameters.AddRange(parameters);
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task Frozen_instead_of_killed_it_is_replaced_and_serves_nothing_stale_when_it_wakes()
    {
        await cluster.HealthyAsync();
        await using var load = await WriteLoad.StartAsync(cluster.Npgsql("Timeout=1;Command Timeout=1;Cancellation Timeout=-1;Maximum Pool Size=16"), "frozen", 8);
        await load.MoreAsync(200);
        var leader = await cluster.LeaderAsync();
        leader.Freeze();
        NodeProcess next;
        try
        {
            next = await cluster.LeaderAsync(other: leader);
            await load.MoreAsync(200);
        }
        finally
        {
            leader.Thaw();
        }
        await load.StopAsync();
        Assert.NotEqual(leader, next);
        await cluster.HealthyAsync();
        Assert.Equal("follower", (await cluster.ViewAsync(leader))!.Role);
        await AllNodesHoldAsync("frozen", load);
        Tell("SIGSTOP of the leader", load);
    }

    [Fact]
    public async Task All_killed_and_started_again_hold_what_they_had()
    {
        await cluster.HealthyAsync();
        await using var load = await WriteLoad.StartAsync(cluster.Npgsql(Timeouts), "restarted", 4);
        await load.MoreAsync(200);
        await Task.WhenAll(cluster.Nodes.Select(n => n.KillAsync()));
        await load.StopAsync();
        await cluster.HealthyAsync();
        await AllNodesHoldAsync("restarted", load);
    }

    private async Task AllNodesHoldAsync(string table, WriteLoad load)
    {
        var acknowledged = load.Acknowledged.Order().ToArray();
        List<long>? first = null;
        foreach (var node in cluster.Nodes)
        {
            var held = await cluster.IdsAsync(node, table);
            Assert.Empty(acknowledged.Except(held));
            Assert.Equal(held.Distinct().Count(), held.Count);
            Assert.Equal(first ??= held, held);
        }
    }

    private void Tell(string what, WriteLoad load) =>
        output.WriteLine($"{what}: {load.Count} rows acknowledged, longest gap {load.LongestGap.TotalMilliseconds:0} ms; refused meanwhile: {load.Failures}");
}

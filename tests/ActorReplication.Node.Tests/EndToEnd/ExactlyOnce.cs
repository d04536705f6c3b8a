using System.Text.Json.Nodes;
using Npgsql;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>Commit tokens and receipts, with real clients and real kills.</summary>
[Collection(SharedCluster.Name)]
public sealed class ExactlyOnce(TestCluster cluster, ITestOutputHelper output)
{
    /// <summary>Leaders killed; more by the environment variable AR_TOKEN_KILLS.</summary>
    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("AR_TOKEN_KILLS"), out var kills) ? kills : 3;

    [Fact]
    public async Task Commit_asked_for_again_by_token_after_a_killed_leader_has_one_effect_never_none_never_two()
    {
        await cluster.HealthyAsync();
        if (Environment.GetEnvironmentVariable("AR_TOKEN_COUNT") is { } count) await cluster.AlterSystemAsync("replication.commit_token_count", count);
        await using var load = await TokenLoad.StartAsync(cluster.Npgsql("Timeout=2;Command Timeout=5;Cancellation Timeout=-1;Maximum Pool Size=16"), 8);
        var killed = 0;
        // Until a retry has met a token that was committed: without one the promise was not put to the test.
        for (; killed < Kills || (load.Replays == 0 && killed < 5 * Kills); killed++)
        {
            await load.MoreAsync(80);
            var leader = await cluster.LeaderAsync();
            await leader.KillAsync();
            await cluster.LeaderAsync(other: leader);
            await load.MoreAsync(20);
            await cluster.HealthyAsync(settled: false);
        }
        await load.StopAsync();
        await cluster.HealthyAsync();
        foreach (var node in cluster.Nodes)
        {
            var effects = await Programs.PsqlAsync(cluster.PsqlTo(node), "SELECT token FROM counted");
            var held = effects.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Empty(load.Done.Except(held));
            Assert.Equal("", string.Join(", ", held.GroupBy(t => t).Where(g => g.Count() > 1).Select(g => $"{g.Key} x{g.Count()}").Take(50)));
            Assert.Equal(load.Done.Count, held.Length);
        }
        Assert.True(load.Replays > 0, $"{killed} leaders killed, {load.Retries} retries, and none of them met a known token");
        output.WriteLine($"{killed} leaders killed in the middle of commits: {load.Done.Count} tokens, {load.Retries} asked for again, {load.Replays} of them known, each with one effect");
    }

    [Fact]
    public async Task Tokens_hold_on_the_next_leader_too_while_there_are_more_of_them_than_are_kept_by_count()
    {
        var leader = await cluster.HealthyAsync();
        await cluster.AlterSystemAsync("replication.commit_token_count", "50");
        await using var source = NpgsqlDataSource.Create(cluster.Npgsql("Timeout=5;Command Timeout=10"));
        await using (var create = source.CreateCommand("CREATE TABLE held (token text NOT NULL)")) await create.ExecuteNonQueryAsync();
        for (var i = 1; i <= 120; i++)
        {
            await InsertAsync($"h{i}");
            await InsertAsync($"h{i}");
        }
        var next = cluster.Nodes.First(n => n != leader);
        var moved = await Programs.ActorctlAsync("leader", "switchover", "--to", next.Name, "--yes", "--host", cluster.HttpHosts);
        Assert.True(moved.ExitCode == 0, moved.Output);
        for (var i = 81; i <= 200; i++)
        {
            await WriteLoad.PatientlyAsync(() => InsertAsync($"h{i}"));
            await InsertAsync($"h{i}");
        }
        Assert.Equal(200, await cluster.ScalarAsync<long>(next, "SELECT count(*) FROM held"));
        // The oldest is still young.
        await InsertAsync("h1");
        Assert.Equal(200, await cluster.ScalarAsync<long>(next, "SELECT count(*) FROM held"));
        await cluster.AlterSystemAsync("replication.commit_token_count", "100000");

        async Task InsertAsync(string token)
        {
            await using var connection = await source.OpenConnectionAsync();
            await using (var set = new NpgsqlCommand($"SET replication.commit_token = '{token}'", connection)) await set.ExecuteNonQueryAsync();
            await using var insert = new NpgsqlCommand("INSERT INTO held VALUES ($1)", connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = token } } };
            Assert.Equal(1, await insert.ExecuteNonQueryAsync());
        }
    }

    [Fact]
    public async Task Token_gives_the_first_answer_and_refuses_other_work_and_a_receipt_names_who_holds_the_commit()
    {
        await cluster.HealthyAsync();
        var uri = cluster.PsqlToLeader;
        var table = await Programs.PsqlAsync(uri, "CREATE TABLE receipts (id int PRIMARY KEY, v int)");
        Assert.True(table.ExitCode == 0, table.Output);

        string[] block = ["BEGIN", "SET LOCAL replication.commit_token = 'once'", "INSERT INTO receipts VALUES (1, 1), (2, 2)", "UPDATE receipts SET v = v + 1 WHERE id = 1", "COMMIT"];
        var first = await Programs.PsqlAsync(uri, block);
        var again = await Programs.PsqlAsync(uri, block);
        Assert.True(first.ExitCode == 0 && again.ExitCode == 0, first.Output + again.Output);
        Assert.Equal("1|2\n2|2\n", (await Programs.PsqlAsync(uri, "SELECT * FROM receipts ORDER BY id")).Output);

        var other = await Programs.PsqlAsync(uri, "SET replication.commit_token = 'once'", "INSERT INTO receipts VALUES (3, 3)");
        Assert.Contains("55000: a transaction with commit token \"once\" was committed before", other.Output, StringComparison.Ordinal);
        Assert.Contains("Nothing was done", other.Output, StringComparison.Ordinal);

        var receipt = await Programs.PsqlAsync(uri, "INSERT INTO receipts VALUES (4, 4)", "SELECT replication.last_commit()");
        var json = JsonNode.Parse(receipt.Output)!;
        Assert.Contains((string)json["level"]!, (string[])["on", "remote_apply"]);
        Assert.InRange(json["acknowledged"]!.AsArray().Count, 2, 3);
        Assert.True((long)json["index"]! > 0 && (long)json["term"]! > 0);
        Assert.Equal("\n", (await Programs.PsqlAsync(uri, "SELECT replication.last_commit()")).Output);
    }
}

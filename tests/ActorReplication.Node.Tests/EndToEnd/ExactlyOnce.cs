using System.Text.Json.Nodes;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>Commit tokens and receipts, with real clients and real kills.</summary>
[Collection(SharedCluster.Name)]
public sealed class ExactlyOnce(TestCluster cluster, ITestOutputHelper output)
{
    /// <summary>Leaders killed; more by the environment variable AR_TOKEN_KILLS.</summary>
    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("AR_TOKEN_KILLS"), out var kills) ? kills : 4;

    [Fact]
    public async Task Commit_asked_for_again_by_token_after_a_killed_leader_has_one_effect_never_none_never_two()
    {
        await cluster.HealthyAsync();
        await using var load = await TokenLoad.StartAsync(cluster.Npgsql("Timeout=2;Command Timeout=5;Cancellation Timeout=-1;Maximum Pool Size=16"), 8);
        for (var kill = 0; kill < Kills; kill++)
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
            Assert.Equal(load.Done.Count, held.Length);
        }
        output.WriteLine($"{Kills} leaders killed in the middle of commits: {load.Done.Count} tokens, {load.Retries} asked for again, each with one effect");
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

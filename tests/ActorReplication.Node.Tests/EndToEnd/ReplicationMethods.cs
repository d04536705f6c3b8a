using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>Statements in the log instead of rows, with real clients and a real kill.</summary>
[Collection(SharedCluster.Name)]
public sealed class ReplicationMethods(TestCluster cluster, ITestOutputHelper output)
{
    private const string Schema = """
        CREATE TABLE {0} (id serial PRIMARY KEY, r float8 DEFAULT random(), u uuid DEFAULT gen_random_uuid(), at timestamptz DEFAULT now(), c timestamptz DEFAULT clock_timestamp(), n int, s text)
        """;

    [Fact]
    public async Task Psql_statements_arrive_equal_whatever_they_draw()
    {
        await cluster.HealthyAsync();
        var uri = cluster.PsqlToLeader;
        var ran = await Programs.PsqlAsync(
            uri,
            "ALTER SYSTEM SET replication.method = 'statement'",
            string.Format(Schema, "drawn"),
            "INSERT INTO drawn(n, s) VALUES (1, now()::text), (2, gen_random_uuid()::text), (3, clock_timestamp()::text), (4, 'now'::timestamptz::text)",
            "INSERT INTO drawn(n, r) SELECT n, r FROM drawn ORDER BY random() LIMIT 1",
            "UPDATE drawn SET r = random() WHERE id = 1",
            "UPDATE drawn SET s = s || '!', c = CURRENT_TIMESTAMP",
            "BEGIN; INSERT INTO drawn(n) VALUES (6); SAVEPOINT x; INSERT INTO drawn(n) VALUES (7); ROLLBACK TO x; INSERT INTO drawn(n) VALUES (8); COMMIT",
            "INSERT INTO drawn(n) SELECT n + 100 FROM drawn ORDER BY drawn.id",
            "ALTER SYSTEM SET replication.unsafe_statements = 'error'");
        Assert.True(ran.ExitCode == 0, ran.Output);
        var refused = await Programs.PsqlAsync(uri, "UPDATE drawn SET r = random()");
        Assert.Contains("not safe for statement-based replication", refused.Output, StringComparison.Ordinal);
        ran = await Programs.PsqlAsync(uri, "ALTER SYSTEM RESET replication.unsafe_statements", "UPDATE drawn SET r = random()", "SHOW replication.method", "ALTER SYSTEM RESET replication.method");
        Assert.Contains("statement", ran.Output, StringComparison.Ordinal);

        await EqualAsync("drawn");
        Assert.Equal("14\n", (await Programs.PsqlAsync(uri, "SELECT count(*) FROM drawn")).Output);
    }

    [Fact]
    public async Task Methods_change_under_load_with_a_killed_leader_in_it_and_nothing_is_lost()
    {
        await cluster.HealthyAsync();
        await using var load = await WriteLoad.StartAsync(cluster.Npgsql("Timeout=2;Command Timeout=5;Cancellation Timeout=-1;Maximum Pool Size=16"), "methods", 8);
        foreach (var method in new[] { "statement", "mixed", "page", "row", "page" })
        {
            await cluster.AlterSystemAsync("replication.method", method);
            await load.MoreAsync(80);
            if (method is not ("mixed" or "page")) continue;
            var leader = await cluster.LeaderAsync();
            await leader.KillAsync();
            await cluster.LeaderAsync(other: leader);
            await load.MoreAsync(80);
            await cluster.HealthyAsync(settled: false);
        }
        await load.StopAsync();
        await cluster.HealthyAsync();
        await cluster.AlterSystemAsync("replication.method", "row");
        foreach (var node in cluster.Nodes)
        {
            var held = await cluster.IdsAsync(node, "methods");
            Assert.Empty(load.Acknowledged.Except(held));
            Assert.Equal(held.Count, held.Distinct().Count());
        }
        await EqualAsync("methods");
        output.WriteLine($"methods changed under load, kill -9: {load.Count} rows acknowledged; refused meanwhile: {load.Failures}");
    }

    /// <summary>All nodes answer the same, to the last row, and none has found a difference by itself.</summary>
    private async Task EqualAsync(string table)
    {
        await cluster.HealthyAsync();
        var answers = new HashSet<string>();
        foreach (var node in cluster.Nodes)
        {
            answers.Add((await Programs.PsqlAsync(cluster.PsqlTo(node), $"SELECT * FROM {table} ORDER BY 1")).Output);
            Assert.Equal(0, (await cluster.ViewAsync(node))!.DivergencesFound);
        }
        Assert.Single(answers);
    }
}

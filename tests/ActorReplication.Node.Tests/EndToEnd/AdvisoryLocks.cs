using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>Advisory locks beside transactions, and what becomes of them without a leader.</summary>
[Collection(SharedCluster.Name)]
public sealed class AdvisoryLocks(TestCluster cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_transactions_lock_lasts_as_long_as_it_and_whoever_gets_it_next_sees_what_was_done()
    {
        var leader = await cluster.HealthyAsync();
        await using var one = await OpenAsync(leader);
        await using var two = await OpenAsync(leader);
        await AskAsync(one, "DROP TABLE IF EXISTS advisory; CREATE TABLE advisory (n int); INSERT INTO advisory VALUES (1)");
        await AskAsync(one, "BEGIN");
        await AskAsync(one, "SELECT pg_advisory_xact_lock(77)");
        await AskAsync(one, "UPDATE advisory SET n = 2");
        await AskAsync(two, "BEGIN");
        Assert.Equal("False", await AskAsync(two, "SELECT pg_try_advisory_xact_lock(77)"));
        var waiting = AskAsync(two, "SELECT pg_advisory_xact_lock(77)");
        Assert.Equal("2", await AskAsync(one, "SELECT n FROM advisory"));
        Assert.False(waiting.IsCompleted);
        await AskAsync(one, "COMMIT");
        await waiting.WaitAsync(Patience);
        Assert.Equal("2", await AskAsync(two, "SELECT n FROM advisory"));
        // A block that has failed holds nothing any more.
        Assert.Equal("22012", (await Assert.ThrowsAsync<PostgresException>(() => AskAsync(two, "SELECT 1 / 0"))).SqlState);
        Assert.Equal("True", await AskAsync(one, "SELECT pg_try_advisory_lock(77)"));
        Assert.Equal("1", await AskAsync(one, "SELECT count(*) FROM pg_locks WHERE objid = 77 AND granted"));
    }

    [Fact]
    public async Task They_are_the_leaders()
    {
        var leader = await cluster.HealthyAsync();
        await using var follower = await OpenAsync(cluster.Nodes.First(node => node != leader));
        Assert.Equal("25006", (await Assert.ThrowsAsync<PostgresException>(() => AskAsync(follower, "SELECT pg_advisory_lock(1)"))).SqlState);
        await AskAsync(follower, "SELECT pg_advisory_unlock_all()");
    }

    private async Task<NpgsqlConnection> OpenAsync(NodeProcess node)
    {
        var connection = new NpgsqlConnection(cluster.NpgsqlTo(node));
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>The first value.</summary>
    private static async Task<string?> AskAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync().WaitAsync(Patience), System.Globalization.CultureInfo.InvariantCulture);
    }
}

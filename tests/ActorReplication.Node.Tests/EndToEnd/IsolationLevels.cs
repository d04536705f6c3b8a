using Npgsql;
using Xunit;

namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>The anomalies that isolation levels are told apart by (Adya's and Berenson's, as the Hermitage tests name them): what PostgreSQL forbids at a level cannot be brought about at it here. Where
/// PostgreSQL lets one of two transactions go on and this database has it fail or wait, that is said; the rows never differ from what PostgreSQL may leave.</summary>
[Collection(SharedCluster.Name)]
public sealed class IsolationLevels(TestCluster cluster)
{
    private const string ReadCommitted = "READ COMMITTED", RepeatableRead = "REPEATABLE READ", Serializable = "SERIALIZABLE";
    private const string Failed = "40001";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(ReadCommitted)]
    [InlineData(RepeatableRead)]
    [InlineData(Serializable)]
    public async Task G0_two_transactions_writes_do_not_mix(string level)
    {
        await using var all = await OpenAsync(level, 2);
        await all.DoAsync(0, "UPDATE iso SET v = 11 WHERE id = 1");
        var waiting = all.TryAsync(1, "UPDATE iso SET v = 12 WHERE id = 1");
        await all.DoAsync(0, "UPDATE iso SET v = 21 WHERE id = 2");
        await all.DoAsync(0, "COMMIT");
        // PostgreSQL fails the second one above READ COMMITTED; here its snapshot may be newer than the first one's commit.
        if (await waiting.WaitAsync(Patience) is { } state)
        {
            Assert.Equal((Failed, true), (state, level != ReadCommitted));
            await all.DoAsync(1, "ROLLBACK");
            Assert.Equal("1:11 2:21", await all.RowsAsync());
            return;
        }
        await all.DoAsync(1, "UPDATE iso SET v = 22 WHERE id = 2");
        await all.DoAsync(1, "COMMIT");
        Assert.Equal("1:12 2:22", await all.RowsAsync());
    }

    [Theory]
    [InlineData(ReadCommitted, "11")]
    [InlineData(RepeatableRead, "10")]
    [InlineData(Serializable, "10")]
    public async Task G1_nothing_is_read_that_is_not_committed_and_what_was_read_stays_where_it_has_to(string level, string after)
    {
        await using var all = await OpenAsync(level, 2);
        await all.DoAsync(0, "UPDATE iso SET v = 101 WHERE id = 1");
        Assert.Equal("10", await all.ReadAsync(1, "SELECT v FROM iso WHERE id = 1"));
        await all.DoAsync(0, "ROLLBACK");
        Assert.Equal("10", await all.ReadAsync(1, "SELECT v FROM iso WHERE id = 1"));
        await all.DoAsync(0, "BEGIN ISOLATION LEVEL " + level);
        await all.DoAsync(0, "UPDATE iso SET v = 101 WHERE id = 1");
        Assert.Equal("10", await all.ReadAsync(1, "SELECT v FROM iso WHERE id = 1"));
        await all.DoAsync(0, "UPDATE iso SET v = 11 WHERE id = 1");
        await all.DoAsync(0, "COMMIT");
        Assert.Equal(after, await all.ReadAsync(1, "SELECT v FROM iso WHERE id = 1"));
        await all.DoAsync(1, "COMMIT");
    }

    [Theory]
    [InlineData(ReadCommitted)]
    [InlineData(RepeatableRead)]
    [InlineData(Serializable)]
    public async Task G1c_neither_of_two_transactions_sees_what_the_other_wrote_while_both_are_open(string level)
    {
        await using var all = await OpenAsync(level, 2);
        await all.DoAsync(0, "UPDATE iso SET v = 11 WHERE id = 1");
        var second = all.TryAsync(1, "UPDATE iso SET v = 22 WHERE id = 2");
        Assert.Equal("20", await all.ReadAsync(0, "SELECT v FROM iso WHERE id = 2"));
        if (level == ReadCommitted)
        {
            Assert.Null(await second.WaitAsync(Patience));
            Assert.Equal("10", await all.ReadAsync(1, "SELECT v FROM iso WHERE id = 1"));
        }
        await all.DoAsync(0, "COMMIT");
        // Above READ COMMITTED the second one begins where the first has ended.
        Assert.Null(await second.WaitAsync(Patience));
        Assert.Equal("11", await all.ReadAsync(1, "SELECT v FROM iso WHERE id = 1"));
        await all.DoAsync(1, "COMMIT");
        Assert.Equal("1:11 2:22", await all.RowsAsync());
    }

    [Theory]
    [InlineData(ReadCommitted)]
    [InlineData(RepeatableRead)]
    public async Task OTV_what_was_seen_of_a_transaction_does_not_vanish(string level)
    {
        await using var all = await OpenAsync(level, 3);
        await all.DoAsync(0, "UPDATE iso SET v = 11 WHERE id = 1");
        await all.DoAsync(0, "UPDATE iso SET v = 19 WHERE id = 2");
        var second = all.TryAsync(1, "UPDATE iso SET v = 12 WHERE id = 1");
        await all.DoAsync(0, "COMMIT");
        Assert.Null(await second.WaitAsync(Patience));
        Assert.Equal("11", await all.ReadAsync(2, "SELECT v FROM iso WHERE id = 1"));
        await all.DoAsync(1, "UPDATE iso SET v = 18 WHERE id = 2");
        Assert.Equal("19", await all.ReadAsync(2, "SELECT v FROM iso WHERE id = 2"));
        await all.DoAsync(1, "COMMIT");
        Assert.Equal(level == ReadCommitted ? "18" : "19", await all.ReadAsync(2, "SELECT v FROM iso WHERE id = 2"));
        Assert.Equal(level == ReadCommitted ? "12" : "11", await all.ReadAsync(2, "SELECT v FROM iso WHERE id = 1"));
    }

    [Theory]
    [InlineData(ReadCommitted, "3", "18")]
    [InlineData(RepeatableRead, "", "20")]
    [InlineData(Serializable, "", "20")]
    public async Task PMP_and_read_skew_phantoms_and_halves_of_transactions_are_seen_under_read_committed_only(string level, string phantoms, string half)
    {
        await using var all = await OpenAsync(level, 2);
        Assert.Equal("", await all.ReadAsync(0, "SELECT id FROM iso WHERE v = 30"));
        Assert.Equal("10", await all.ReadAsync(0, "SELECT v FROM iso WHERE id = 1"));
        await all.DoAsync(1, "INSERT INTO iso VALUES (3, 30)");
        await all.DoAsync(1, "UPDATE iso SET v = CASE id WHEN 1 THEN 12 WHEN 2 THEN 18 ELSE v END");
        await all.DoAsync(1, "COMMIT");
        Assert.Equal(phantoms, await all.ReadAsync(0, "SELECT id FROM iso WHERE v = 30"));
        Assert.Equal(half, await all.ReadAsync(0, "SELECT v FROM iso WHERE id = 2"));
        await all.DoAsync(0, "COMMIT");
    }

    /// <summary>A write whose rows are no more what the transaction has read.</summary>
    [Theory]
    [InlineData(ReadCommitted, "UPDATE iso SET v = 11 WHERE id = 1", null, "1:11 2:18")]
    [InlineData(RepeatableRead, "UPDATE iso SET v = 11 WHERE id = 1", Failed, "1:12 2:18")]
    [InlineData(Serializable, "UPDATE iso SET v = 11 WHERE id = 1", Failed, "1:12 2:18")]
    [InlineData(ReadCommitted, "DELETE FROM iso WHERE v = 20", null, "1:12 2:18")]
    [InlineData(RepeatableRead, "DELETE FROM iso WHERE v = 20", Failed, "1:12 2:18")]
    [InlineData(Serializable, "DELETE FROM iso WHERE v = 20", Failed, "1:12 2:18")]
    [InlineData(RepeatableRead, "SELECT v FROM iso WHERE id = 1 FOR UPDATE", Failed, "1:12 2:18")]
    [InlineData(Serializable, "SELECT v FROM iso WHERE id = 1 FOR SHARE", Failed, "1:12 2:18")]
    public async Task P4_no_update_is_lost_and_no_predicate_is_applied_to_two_states(string level, string write, string? failure, string rows)
    {
        await using var all = await OpenAsync(level, 2);
        Assert.Equal("10", await all.ReadAsync(0, "SELECT v FROM iso WHERE id = 1"));
        Assert.Equal("10", await all.ReadAsync(1, "SELECT v FROM iso WHERE id = 1"));
        await all.DoAsync(1, "UPDATE iso SET v = CASE id WHEN 1 THEN 12 ELSE 18 END");
        await all.DoAsync(1, "COMMIT");
        Assert.Equal(failure, await all.TryAsync(0, write));
        await all.DoAsync(0, failure is null ? "COMMIT" : "ROLLBACK");
        Assert.Equal(rows, await all.RowsAsync());
    }

    /// <summary>PostgreSQL lets both commit under REPEATABLE READ too; here one of them fails there.</summary>
    [Theory]
    [InlineData(ReadCommitted, "UPDATE iso SET v = 0 WHERE id = 1", "UPDATE iso SET v = 0 WHERE id = 2", null, "1:0 2:0")]
    [InlineData(RepeatableRead, "UPDATE iso SET v = 0 WHERE id = 1", "UPDATE iso SET v = 0 WHERE id = 2", Failed, "1:0 2:20")]
    [InlineData(Serializable, "UPDATE iso SET v = 0 WHERE id = 1", "UPDATE iso SET v = 0 WHERE id = 2", Failed, "1:0 2:20")]
    [InlineData(ReadCommitted, "INSERT INTO iso VALUES (3, 30)", "INSERT INTO iso VALUES (4, 42)", null, "1:10 2:20 3:30 4:42")]
    [InlineData(Serializable, "INSERT INTO iso VALUES (3, 30)", "INSERT INTO iso VALUES (4, 42)", Failed, "1:10 2:20 3:30")]
    public async Task G2_write_skew_and_phantoms_of_each_other_end_one_of_the_two(string level, string first, string second, string? failure, string rows)
    {
        await using var all = await OpenAsync(level, 2);
        Assert.Equal("30", await all.ReadAsync(0, "SELECT sum(v) FROM iso"));
        Assert.Equal("30", await all.ReadAsync(1, "SELECT sum(v) FROM iso"));
        await all.DoAsync(0, first);
        var waiting = all.TryAsync(1, second);
        if (level == ReadCommitted) Assert.Null(await waiting.WaitAsync(Patience));
        await all.DoAsync(0, "COMMIT");
        Assert.Equal(failure, await waiting.WaitAsync(Patience));
        await all.DoAsync(1, failure is null ? "COMMIT" : "ROLLBACK");
        Assert.Equal(rows, await all.RowsAsync());
    }

    /// <summary>Fekete, O'Neil and O'Neil: a reader may see a state that no order of the writers explains.</summary>
    [Fact]
    public async Task A_serializable_reader_sees_no_state_that_the_writers_order_does_not_have()
    {
        await using var all = await OpenAsync(Serializable, 3);
        Assert.Equal("30", await all.ReadAsync(0, "SELECT sum(v) FROM iso"));
        await all.DoAsync(1, "UPDATE iso SET v = v + 5 WHERE id = 2");
        await all.DoAsync(1, "COMMIT");
        Assert.Equal("35", await all.ReadAsync(2, "SELECT sum(v) FROM iso"));
        await all.DoAsync(2, "COMMIT");
        Assert.Equal(Failed, await all.TryAsync(0, "UPDATE iso SET v = 0 WHERE id = 1"));
        await all.DoAsync(0, "ROLLBACK");
        Assert.Equal("1:10 2:25", await all.RowsAsync());
    }

    [Fact]
    public async Task A_value_whose_row_is_deleted_and_not_committed_yet_is_waited_for()
    {
        await using var all = await OpenAsync(ReadCommitted, 2);
        await all.DoAsync(0, "DELETE FROM iso WHERE id = 1");
        var waiting = all.TryAsync(1, "INSERT INTO iso VALUES (1, 5) ON CONFLICT DO NOTHING");
        await all.DoAsync(0, "SELECT 1");
        Assert.False(waiting.IsCompleted);
        await all.DoAsync(0, "COMMIT");
        Assert.Null(await waiting.WaitAsync(Patience));
        await all.DoAsync(1, "COMMIT");
        Assert.Equal("1:5 2:20", await all.RowsAsync());
    }

    [Fact]
    public async Task Rows_of_a_table_without_rowid_are_selected_for_update_too()
    {
        await using var all = await OpenAsync(ReadCommitted, 2);
        await all.DoAsync(0, "COMMIT; DROP TABLE IF EXISTS iso_w; CREATE TABLE iso_w (a text, b int, v int, PRIMARY KEY (b, a)) WITHOUT ROWID; INSERT INTO iso_w VALUES ('p', 1, 0), ('q', 2, 0)");
        await all.DoAsync(0, "BEGIN");
        Assert.Equal("q", await all.ReadAsync(0, "SELECT w.a FROM iso_w w WHERE b = 2 FOR UPDATE"));
        Assert.Equal("p", await all.ReadAsync(1, "SELECT a FROM iso_w ORDER BY b DESC LIMIT 1 FOR UPDATE SKIP LOCKED"));
        Assert.Equal("55P03", await all.TryAsync(1, "SELECT a FROM iso_w WHERE b = 2 FOR UPDATE NOWAIT"));
        await all.DoAsync(0, "COMMIT");
    }

    private async Task<Sessions> OpenAsync(string level, int count)
    {
        var leader = await cluster.HealthyAsync();
        var sessions = new Sessions(Enumerable.Range(0, count + 1).Select(_ => new NpgsqlConnection(cluster.NpgsqlTo(leader))).ToArray());
        foreach (var connection in sessions.Connections) await connection.OpenAsync();
        await sessions.DoAsync(count, "DROP TABLE IF EXISTS iso; CREATE TABLE iso (id int PRIMARY KEY, v int NOT NULL); INSERT INTO iso VALUES (1, 10), (2, 20)");
        for (var i = 0; i < count; i++) await sessions.DoAsync(i, "BEGIN ISOLATION LEVEL " + level);
        return sessions;
    }

    /// <param name="Connections">The last is in no transaction.</param>
    private sealed record Sessions(NpgsqlConnection[] Connections) : IAsyncDisposable
    {
        public async Task DoAsync(int session, string sql)
        {
            await using var command = new NpgsqlCommand(sql, Connections[session]);
            await command.ExecuteNonQueryAsync().WaitAsync(Patience);
        }

        /// <summary>The SQLSTATE; null: it succeeded.</summary>
        public async Task<string?> TryAsync(int session, string sql)
        {
            try
            {
                await DoAsync(session, sql);
                return null;
            }
            catch (PostgresException e)
            {
                return e.SqlState;
            }
        }

        /// <summary>The values of a query with one column.</summary>
        public async Task<string> ReadAsync(int session, string sql)
        {
            await using var command = new NpgsqlCommand(sql, Connections[session]);
            await using var reader = await command.ExecuteReaderAsync().WaitAsync(Patience);
            var values = new List<string>();
            while (await reader.ReadAsync()) values.Add(Convert.ToString(reader.GetValue(0), System.Globalization.CultureInfo.InvariantCulture)!);
            return string.Join(',', values);
        }

        public Task<string> RowsAsync() => ReadAsync(Connections.Length - 1, "SELECT string_agg(id || ':' || v, ' ' ORDER BY id) FROM iso");

        public async ValueTask DisposeAsync()
        {
            foreach (var connection in Connections) await connection.DisposeAsync();
        }
    }
}

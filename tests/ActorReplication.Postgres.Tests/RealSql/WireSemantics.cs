using ActorReplication.Postgres.Tests.Sessions;
using Xunit;

namespace ActorReplication.Postgres.Tests.RealSql;

/// <summary>What was traced of PostgreSQL 15 and its drivers, with real SQL on the raw wire. (The rules one by one: Sessions/.)</summary>
public sealed class WireSemantics : IAsyncLifetime
{
    private SqlServer _server = null!;

    public async Task InitializeAsync() => _server = await SqlServer.StartAsync();
    public async Task DisposeAsync() => await _server.DisposeAsync();

    private Task<RawClient> OpenAsync() => _server.OpenAsync("CREATE TABLE t (i int PRIMARY KEY)");

    private static async Task<string> RowsAsync(RawClient client) =>
        string.Join(' ', (await client.AskAsync("SELECT i FROM t ORDER BY i")).Where(answer => answer.StartsWith("D ", StringComparison.Ordinal)).Select(answer => answer[2..]));

    [Fact]
    public async Task A_query_of_several_statements_is_one_transaction_cut_by_what_it_says()
    {
        using var client = await OpenAsync();
        Assert.Equal(["C INSERT 0 1", "C INSERT 0 1", "E 23505", "Z I"], await Answers(client, "insert into t values (1); insert into t values (2); insert into t values (1)"));
        Assert.Equal("", await RowsAsync(client));
        Assert.Equal(["C INSERT 0 1", "N 25P01", "C COMMIT", "C INSERT 0 1", "E 23505", "Z I"], await Answers(client, "insert into t values (5); commit; insert into t values (6); insert into t values (6)"));
        Assert.Equal("5", await RowsAsync(client));
        Assert.Equal(["C INSERT 0 1", "C BEGIN", "C INSERT 0 1", "Z T"], await Answers(client, "insert into t values (7); begin; insert into t values (8)"));
        Assert.Equal(["C ROLLBACK", "Z I"], await Answers(client, "rollback"));
        Assert.Equal("5", await RowsAsync(client));
        Assert.Equal(["E 42601", "Z I"], await Answers(client, "insert into t values (9); insert into t valuess (10)"));
        Assert.Equal("5", await RowsAsync(client));
    }

    [Fact]
    public async Task What_npgsql_puts_into_one_flush_is_answered_in_order()
    {
        using var client = await OpenAsync();
        client.Query("BEGIN").Query("SAVEPOINT s").Parse("INSERT INTO t VALUES ($1)").Bind(values: ["1"]).DescribePortal().Execute().Sync();
        await client.FlushAsync();
        var answers = new List<string>();
        for (var ready = 0; ready < 3; ready++) answers.AddRange((await client.UntilReadyAsync()).Select(reply => reply.ToString()));
        Assert.Equal(["C BEGIN", "Z T", "C SAVEPOINT", "Z T", "1", "2", "n", "C INSERT 0 1", "Z T"], answers);
        Assert.Equal(["C COMMIT", "Z I", "C DISCARD ALL", "Z I", "T"], (await BothAsync(client))[..5]);
    }

    [Theory]
    [InlineData("SELECT nope FROM t", "42703", "8", null, null, null)]
    [InlineData("SELECT * FROM missing", "42P01", "15", null, null, null)]
    [InlineData("SELECT 'ü' AS a, FROM t", "42601", "18", null, null, null)]
    [InlineData("INSERT INTO t VALUES (1), (1)", "23505", null, "t", null, "t_pkey")]
    [InlineData("INSERT INTO t VALUES (NULL)", "23502", null, null, null, null)]
    [InlineData("SELECT 'x'::int", "22P02", "8", null, null, null)]
    [InlineData("INSERT INTO t VALUES (99999999999)", "22003", null, null, null, null)]
    public async Task Errors_say_where_and_what(string sql, string state, string? position, string? table, string? column, string? constraint)
    {
        using var client = await OpenAsync();
        await client.Query(sql).FlushAsync();
        var error = (await client.UntilReadyAsync()).Single(reply => reply.Type == 'E');
        Assert.Equal(("ERROR", "ERROR", state), (error.Field('S'), error.Field('V'), error.Field('C')));
        Assert.NotNull(error.Field('M'));
        Assert.Equal((position, table, column, constraint), (error.Field('P'), error.Field('t'), error.Field('c'), error.Field('n')));
    }

    [Fact]
    public async Task Hundred_thousand_statements_of_one_session_are_refused_before_they_weigh_anything()
    {
        using var client = await OpenAsync();
        string[] last = [];
        for (var i = 0; i < 21; i++)
        {
            for (var n = 0; n < 500; n++) client.Parse("SELECT 1", $"s{i}_{n}");
            last = await client.Sync().AskAsync();
        }
        Assert.Equal(["E 54000", "Z I"], last[^2..]);
        Assert.Equal(["1", "2", "D 1", "C SELECT 1", "Z I"], await client.Parse("SELECT 1").Bind().Execute().Sync().AskAsync());
    }

    [Fact]
    public async Task Explain_is_a_tree()
    {
        using var client = await OpenAsync();
        var plan = (await client.AskAsync("EXPLAIN SELECT * FROM t a WHERE i IN (SELECT i FROM t UNION SELECT i + 1 FROM t)")).Where(answer => answer.StartsWith("D ", StringComparison.Ordinal)).Select(answer => answer[2..]).ToList();
        Assert.Contains(plan, step => step.StartsWith("SEARCH a", StringComparison.Ordinal));
        Assert.Contains(plan, step => step.StartsWith("  ->  ", StringComparison.Ordinal));
        Assert.Contains(plan, step => step.StartsWith("        ->  ", StringComparison.Ordinal));
        client.Parse("EXPLAIN SELECT * FROM t a WHERE i IN (SELECT i FROM t UNION SELECT i + 1 FROM t)").Bind().Execute(maxRows: 1).Execute();
        Assert.Equal(plan, (await client.Sync().AskAsync()).Where(answer => answer.StartsWith("D ", StringComparison.Ordinal)).Select(answer => answer[2..]));
    }

    private static Task<string[]> Answers(RawClient client, string sql) => client.AskAsync(sql);

    private static async Task<List<string>> BothAsync(RawClient client)
    {
        await client.Query("COMMIT").Query("DISCARD ALL").Query("SELECT 1").FlushAsync();
        var answers = new List<string>();
        for (var ready = 0; ready < 3; ready++) answers.AddRange((await client.UntilReadyAsync()).Where(reply => reply.Type != 'S').Select(reply => reply.ToString()));
        return answers;
    }
}

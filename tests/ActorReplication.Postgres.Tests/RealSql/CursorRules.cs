using ActorReplication.Postgres.Session;
using ActorReplication.Postgres.Tests.Sessions;
using Xunit;

namespace ActorReplication.Postgres.Tests.RealSql;

public sealed class CursorRules : IAsyncLifetime
{
    private const string Numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {0}) SELECT i FROM n";
    private SqlServer _server = null!;

    public async Task InitializeAsync() => _server = await SqlServer.StartAsync();
    public async Task DisposeAsync() => await _server.DisposeAsync();

    private Task<RawClient> OpenAsync(string scroll = "", int rows = 5) => _server.OpenAsync("BEGIN", $"DECLARE c {scroll} CURSOR FOR " + string.Format(null, Numbers, rows));

    /// <summary>The rows and the tag: "1 2 3 FETCH 3"; or the error.</summary>
    private static async Task<string> AskAsync(RawClient client, string sql)
    {
        var answers = await client.AskAsync(sql);
        return string.Join(' ', answers.Where(answer => answer[0] is 'D' or 'C' or 'E' or 'N').Select(answer => answer[0] is 'E' or 'N' ? answer : answer[2..]));
    }

    [Fact]
    public async Task Goes_forwards_and_backwards_as_postgres_does()
    {
        using var client = await OpenAsync("SCROLL");
        // Checked against PostgreSQL 15, line by line.
        foreach (var (sql, expected) in new[]
        {
            ("FETCH c", "1 FETCH 1"), ("FETCH 2 FROM c", "2 3 FETCH 2"), ("FETCH PRIOR FROM c", "2 FETCH 1"), ("FETCH BACKWARD 5 IN c", "1 FETCH 1"), ("FETCH PRIOR IN c", "FETCH 0"),
            ("FETCH ALL c", "1 2 3 4 5 FETCH 5"), ("FETCH NEXT c", "FETCH 0"), ("FETCH BACKWARD 2 FROM c", "5 4 FETCH 2"), ("FETCH 0 FROM c", "4 FETCH 1"), ("MOVE 0 FROM c", "MOVE 1"),
            ("FETCH FIRST c", "1 FETCH 1"), ("FETCH LAST c", "5 FETCH 1"), ("FETCH ABSOLUTE 2 c", "2 FETCH 1"), ("FETCH RELATIVE 2 c", "4 FETCH 1"), ("FETCH RELATIVE -3 c", "1 FETCH 1"),
            ("FETCH ABSOLUTE -2 c", "4 FETCH 1"), ("FETCH ABSOLUTE 99 c", "FETCH 0"), ("FETCH BACKWARD ALL c", "5 4 3 2 1 FETCH 5"), ("MOVE FORWARD 3 FROM c", "MOVE 3"), ("FETCH c", "4 FETCH 1"),
            ("FETCH -2 c", "3 2 FETCH 2"), ("MOVE ABSOLUTE 0 c", "MOVE 0"), ("MOVE ALL c", "MOVE 5"), ("FETCH c", "FETCH 0"), ("CLOSE c", "CLOSE CURSOR"), ("FETCH c", "E 34000"),
        })
            Assert.Equal((sql, expected), (sql, await AskAsync(client, sql)));
    }

    [Fact]
    public async Task No_scroll_goes_forwards_only()
    {
        using var client = await OpenAsync("NO SCROLL");
        Assert.Equal("1 2 FETCH 2", await AskAsync(client, "FETCH FORWARD 2 FROM c"));
        Assert.Equal("4 FETCH 1", await AskAsync(client, "FETCH ABSOLUTE 4 FROM c"));
        Assert.Equal("E 55000", await AskAsync(client, "FETCH PRIOR FROM c"));
    }

    [Fact]
    public async Task Ends_with_its_transaction_unless_held()
    {
        using var client = await OpenAsync();
        Assert.Equal("DECLARE CURSOR", await AskAsync(client, "DECLARE h CURSOR WITH HOLD FOR SELECT 7 AS a"));
        Assert.Equal("E 42P03", await AskAsync(client, "DECLARE h CURSOR FOR SELECT 1"));
        await AskAsync(client, "ROLLBACK");
        Assert.Equal("E 34000", await AskAsync(client, "FETCH h"));
        Assert.Equal("E 25P01", await AskAsync(client, "DECLARE h CURSOR FOR SELECT 1"));
        Assert.Equal("DECLARE CURSOR", await AskAsync(client, "DECLARE h CURSOR WITH HOLD FOR SELECT 7 AS a"));
        Assert.Equal("BEGIN DECLARE CURSOR COMMIT", await AskAsync(client, "BEGIN; DECLARE c CURSOR FOR SELECT 1; COMMIT"));
        Assert.Equal("E 34000", await AskAsync(client, "FETCH c"));
        Assert.Equal("7 FETCH 1", await AskAsync(client, "FETCH h"));
        Assert.Equal("CLOSE CURSOR ALL", await AskAsync(client, "CLOSE ALL"));
        Assert.Equal("E 34000", await AskAsync(client, "CLOSE h"));
    }

    [Fact]
    public async Task Rolling_back_to_a_savepoint_closes_what_was_declared_since()
    {
        using var client = await OpenAsync();
        await AskAsync(client, "SAVEPOINT s; DECLARE d CURSOR FOR SELECT 9; SAVEPOINT s; DECLARE e CURSOR FOR SELECT 10; ROLLBACK TO s");
        Assert.Equal("E 34000", await AskAsync(client, "FETCH e"));
        Assert.Equal("ROLLBACK", await AskAsync(client, "ROLLBACK TO s"));
        Assert.Equal("9 FETCH 1", await AskAsync(client, "FETCH d"));
        Assert.Equal("RELEASE ROLLBACK", await AskAsync(client, "RELEASE s; ROLLBACK TO s"));
        Assert.Equal("E 34000", await AskAsync(client, "FETCH d"));
        Assert.Equal("ROLLBACK", await AskAsync(client, "ROLLBACK TO s"));
        Assert.Equal("1 FETCH 1", await AskAsync(client, "FETCH c"));
    }

    [Fact]
    public async Task Shows_what_was_there_when_it_was_declared()
    {
        using var client = await _server.OpenAsync("CREATE TABLE t (i int)", "INSERT INTO t VALUES (1), (2)", "BEGIN", "DECLARE c CURSOR FOR SELECT i FROM t ORDER BY i");
        await AskAsync(client, "DELETE FROM t");
        Assert.Equal("1 2 FETCH 2", await AskAsync(client, "FETCH ALL FROM c"));
    }

    [Fact]
    public async Task A_large_result_is_read_both_ways_from_its_file()
    {
        using var client = await _server.OpenAsync("BEGIN", "DECLARE c SCROLL CURSOR FOR " + string.Format(null, Numbers, 3000).Replace("SELECT i FROM n", "SELECT i, repeat('x', 1000) AS pad FROM n"));
        Assert.Equal(3000, (await client.AskAsync("FETCH ALL FROM c")).Count(answer => answer.StartsWith("D ", StringComparison.Ordinal)));
        var back = await client.AskAsync("FETCH BACKWARD ALL FROM c");
        Assert.Equal(3000, back.Count(answer => answer.StartsWith("D ", StringComparison.Ordinal)));
        Assert.StartsWith("D 3000,xxx", back[1]);
        Assert.StartsWith("D 1777,xxx", (await client.AskAsync("FETCH ABSOLUTE 1777 FROM c"))[1]);
    }

    [Fact]
    public async Task A_result_beyond_the_limit_is_refused()
    {
        await using var server = await SqlServer.StartAsync(new SessionLimits { CursorBytes = 10_000 });
        using var client = await server.OpenAsync("BEGIN");
        Assert.Equal("E 54000", await AskAsync(client, "DECLARE c CURSOR FOR " + string.Format(null, Numbers, 5000)));
    }

    [Fact]
    public async Task Rows_beyond_an_executes_limit_wait_in_a_file_for_the_next()
    {
        await using var server = await SqlServer.StartAsync(new SessionLimits { BufferedResultBytes = 100_000 });
        using var client = await server.OpenAsync("BEGIN");
        var sql = string.Format(null, Numbers, 2000).Replace("SELECT i FROM n", "SELECT i, repeat('x', 1000) AS pad FROM n");
        var first = await client.Parse(sql, "s").Bind("s", "p").Execute("p", 10).Sync().AskAsync();
        Assert.Equal(["s", "Z T"], first[^2..]);
        Assert.Equal(10, first.Count(answer => answer.StartsWith("D ", StringComparison.Ordinal)));
        var next = await client.Execute("p", 1000).Sync().AskAsync();
        Assert.Equal(1000, next.Count(answer => answer.StartsWith("D ", StringComparison.Ordinal)));
        Assert.StartsWith("D 11,x", next[0]);
        var last = await client.Execute("p").Sync().AskAsync();
        Assert.StartsWith("D 2000,x", last[^3]);
        Assert.Equal(["C SELECT 990", "Z T"], last[^2..]);
    }

    [Fact]
    public async Task The_extended_protocol_gives_parameters_and_asks_for_binary()
    {
        using var client = await _server.OpenAsync("BEGIN");
        var declared = await client.Parse("DECLARE c CURSOR FOR SELECT $1::int + 1 AS a").DescribeStatement().Bind(values: ["41"]).Execute().Sync().AskAsync();
        Assert.Equal(["1", "t 23", "n", "2", "C DECLARE CURSOR", "Z T"], declared);
        Assert.Equal(["T", "Z T"], await client.DescribePortal("c").Sync().AskAsync());
        var fetched = await client.Parse("FETCH 1 FROM c").Bind(binaryResults: true).DescribePortal().Execute().Sync().AskAsync();
        Assert.Equal(["1", "2", "T", "D \0\0\0*", "C FETCH 1", "Z T"], fetched);
        Assert.Equal(["3", "Z T"], await client.Add('C', [(byte)'P'], "c\0"u8.ToArray()).Sync().AskAsync());
        Assert.Equal("E 34000", await AskAsync(client, "FETCH c"));
    }
}

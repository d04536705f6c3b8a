using System.Text;
using ActorReplication.Postgres.Session;
using ActorReplication.Postgres.Tests.Sessions;
using Npgsql;
using NpgsqlTypes;
using Xunit;

namespace ActorReplication.Postgres.Tests.RealSql;

public sealed class CopyRules : IAsyncLifetime
{
    private SqlServer _server = null!;

    public async Task InitializeAsync() => _server = await SqlServer.StartAsync();
    public async Task DisposeAsync() => await _server.DisposeAsync();

    private Task<RawClient> OpenAsync() => _server.OpenAsync("CREATE TABLE t (id int PRIMARY KEY, name text, n numeric(10,2) DEFAULT 7, at timestamptz)");

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task<string[]> CopyInAsync(RawClient client, string sql, params string[] pieces)
    {
        client.Query(sql);
        foreach (var piece in pieces) client.Add('d', Utf8(piece));
        return await client.Add('c').AskAsync();
    }

    private static async Task<string> TableAsync(RawClient client, string sql = "SELECT * FROM t ORDER BY id") =>
        string.Join('\n', (await client.AskAsync(sql)).Where(answer => answer.StartsWith("D ", StringComparison.Ordinal)).Select(answer => answer[2..]));

    private static async Task<string> CopyOutAsync(RawClient client, string sql)
    {
        await client.Query(sql).FlushAsync();
        var replies = await client.UntilReadyAsync();
        if (replies.Find(reply => reply.Type == 'E') is { } error) return error.Field('C')!;
        Assert.Equal(['H', 'c', 'C', 'Z'], replies.Where(reply => reply.Type != 'd').Select(reply => reply.Type));
        return string.Concat(replies.Where(reply => reply.Type == 'd').Select(reply => Encoding.UTF8.GetString(reply.Body)));
    }

    [Fact]
    public async Task Takes_text_with_escapes_nulls_and_defaults()
    {
        using var client = await OpenAsync();
        Assert.Equal(["G", "C COPY 3", "Z I"], await CopyInAsync(client, "COPY t (id, name) FROM STDIN", "1\ta\\tb\\nc\\\\d\\x41\\101\n2\t\\N\n3\t\\\\N\n"));
        Assert.Equal("1,a\tb\nc\\dAA,7.00,null\n2,null,7.00,null\n3,\\N,7.00,null", await TableAsync(client));
    }

    [Fact]
    public async Task Rows_may_come_in_pieces_of_any_size_and_pieces_may_be_empty()
    {
        using var client = await OpenAsync();
        var text = "1\tone\t1.5\t2024-01-01 00:00:00+00\n22\tzwei ü\\\\\\n\t-2\t\\N\n";
        client.Query("COPY t FROM STDIN");
        client.Add('d');
        foreach (var value in Utf8(text)) client.Add('d', [value]);
        Assert.Equal(["G", "C COPY 2", "Z I"], await client.Add('c').AskAsync());
        Assert.Equal("1,one,1.50,2024-01-01 00:00:00+00\n22,zwei ü\\\n,-2.00,null", await TableAsync(client));
    }

    [Theory]
    [InlineData("1\ta\\\r\n2\tb\\\n\n", "1,a\r\n2,b\n")]
    [InlineData("1\ta\n2\tb\\\r", "1,a\n2,b\r")]
    [InlineData("1\ta\n2\tb\\\n", "1,a\n2,b\n")]
    [InlineData("1\ta\r\n2\tb\\\\\r\n", "1,a\n2,b\\")]
    public async Task An_escaped_line_end_is_data_at_the_end_of_a_row_too(string data, string expected)
    {
        using var client = await OpenAsync();
        Assert.Equal("C COPY 2", (await CopyInAsync(client, "COPY t (id, name) FROM STDIN", data))[1]);
        Assert.Equal(expected, await TableAsync(client, "SELECT id, name FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("1,\"a, \"\"b\"\"\nc\",,\n", "1,a, \"b\"\nc,null,null")]
    [InlineData("1,\"\",,\n2,,,\n", "1,,null,null\n2,null,null,null")]
    [InlineData("1,x,5,\r\n2,y,6,\r\n", "1,x,5.00,null\n2,y,6.00,null")]
    [InlineData("1,x,5,", "1,x,5.00,null")]
    [InlineData("1,x,5,\n\\.\nnot looked at", "1,x,5.00,null")]
    public async Task Takes_csv(string data, string expected)
    {
        using var client = await OpenAsync();
        Assert.Equal("G", (await CopyInAsync(client, "COPY t FROM STDIN WITH (FORMAT csv)", data))[0]);
        Assert.Equal(expected, await TableAsync(client));
    }

    [Fact]
    public async Task Csv_may_be_cut_anywhere_with_an_escape_of_its_own()
    {
        using var client = await OpenAsync();
        const string Data = "1,'a\\'b\nc'\n2,'\\\\'\n3,'x,\\''\n";
        for (var cut = 0; cut <= Data.Length; cut++)
        {
            Assert.Equal(["G", "C COPY 3", "Z I"], await CopyInAsync(client, "COPY t (id, name) FROM STDIN (FORMAT csv, QUOTE '''', ESCAPE '\\')", Data[..cut], Data[cut..]));
            Assert.Equal("1,a'b\nc\n2,\\\n3,x,'", await TableAsync(client, "SELECT id, name FROM t ORDER BY id"));
            await client.AskAsync("DELETE FROM t");
        }
    }

    [Fact]
    public async Task Takes_csv_with_every_option()
    {
        using var client = await OpenAsync();
        Assert.Equal(["G", "C COPY 2", "Z I"], await CopyInAsync(client,
            "COPY t (id, name, n) FROM STDIN (FORMAT csv, DELIMITER ';', NULL 'nil', HEADER match, QUOTE '''', ESCAPE '\\', FORCE_NOT_NULL (name), ENCODING 'UTF8', FREEZE)",
            "id;name;n\n1;nil;'3'\n2;'a\\'b';nil\n"));
        Assert.Equal("1,nil,3.00\n2,a'b,null", await TableAsync(client, "SELECT id, name, n FROM t ORDER BY id"));
        Assert.Equal(["G", "C COPY 1", "Z I"], await CopyInAsync(client, "COPY t (id, name) FROM STDIN WITH DELIMITER '|' NULL AS 'x' CSV HEADER QUOTE AS '\"' FORCE NULL name", "id|name\n3|\"x\"\n"));
        Assert.Equal("3,null", await TableAsync(client, "SELECT id, name FROM t WHERE id = 3"));
    }

    [Theory]
    [InlineData("COPY t FROM STDIN", "1\ta\n", "22P04", "missing data for column \"n\"", "COPY t, line 1")]
    [InlineData("COPY t (id) FROM STDIN", "1\n2\tb\n", "22P04", "extra data after last expected column", "COPY t, line 2")]
    [InlineData("COPY t (id) FROM STDIN", "1\nx\n", "22P02", "invalid input syntax for type integer: \"x\"", "COPY t, line 2, column id: \"x\"")]
    [InlineData("COPY t (id) FROM STDIN", "99999999999\n", "22003", null, null)]
    [InlineData("COPY t (id) FROM STDIN", "1\n2\r\n", "22P04", "literal carriage return found in data", null)]
    [InlineData("COPY t (id, name) FROM STDIN CSV", "1,\"open\n", "22P04", "unterminated CSV quoted field", null)]
    [InlineData("COPY t (id, name) FROM STDIN (FORMAT csv, HEADER match)", "id,nome\n", "22P04", "column name mismatch in header line field 2: got \"nome\", expected \"name\"", null)]
    [InlineData("COPY t (id) FROM STDIN", "1\n1\n", "23505", null, "COPY t, lines 1 to 2")]
    [InlineData("COPY t (id) FROM STDIN BINARY", "PGCOPX", "22P04", "COPY file signature not recognized", null)]
    [InlineData("COPY t (name) FROM STDIN", "a\0b\n", "22021", null, null)]
    public async Task What_is_wrong_is_told_with_its_line_and_nothing_stays(string sql, string data, string state, string? message, string? where)
    {
        using var client = await OpenAsync();
        client.Query(sql).Add('d', Utf8(data)).Add('c');
        await client.FlushAsync();
        var replies = await client.UntilReadyAsync();
        var error = replies.Single(reply => reply.Type == 'E');
        Assert.Equal(state, error.Field('C'));
        if (message is not null) Assert.Equal(message, error.Field('M'));
        if (where is not null) Assert.Equal(where, error.Field('W'));
        Assert.Equal("", await TableAsync(client));
    }

    [Fact]
    public async Task An_error_after_thousands_of_rows_leaves_nothing()
    {
        using var client = await OpenAsync();
        var rows = string.Concat(Enumerable.Range(1, 5000).Select(i => $"{i}\n"));
        Assert.Equal(["G", "E 22P02", "Z I"], await CopyInAsync(client, "COPY t (id) FROM STDIN", rows, "wrong\n"));
        Assert.Equal("0", await TableAsync(client, "SELECT count(*) FROM t"));
        Assert.Equal(["G", "C COPY 5000", "Z I"], await CopyInAsync(client, "COPY t (id) FROM STDIN", rows));
        Assert.Equal("5000", await TableAsync(client, "SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_copy_that_the_client_fails_is_cancelled()
    {
        using var client = await OpenAsync();
        Assert.Equal(["G", "E 57014", "Z I"], await client.Query("COPY t (id) FROM STDIN").Add('d', Utf8("1\n")).Add('f', Utf8("changed my mind\0")).AskAsync());
        Assert.Equal(["G", "E 08P01", "Z I"], await client.Query("COPY t (id) FROM STDIN").Add('d', Utf8("1\n")).Query("SELECT 1").AskAsync());
        Assert.Equal("", await TableAsync(client));
    }

    [Fact]
    public async Task Statements_after_it_in_the_message_run_and_all_is_one_transaction()
    {
        using var client = await OpenAsync();
        Assert.Equal(["G", "C COPY 1", "T", "D 1", "C SELECT 1", "G", "C COPY 1", "C INSERT 0 1", "Z I"], await client
            .Query("COPY t (id) FROM STDIN; SELECT count(*) FROM t; COPY t (id) FROM STDIN; INSERT INTO t (id) VALUES (3)")
            .Add('d', Utf8("1\n")).Add('c').Add('d', Utf8("2\n")).Add('c').AskAsync());
        Assert.Equal(["G", "C COPY 1", "E 23505", "Z I"], await client.Query("COPY t (id) FROM STDIN; INSERT INTO t (id) VALUES (3)").Add('d', Utf8("4\n")).Add('c').AskAsync());
        Assert.Equal("1,2,3", string.Join(',', (await TableAsync(client, "SELECT id FROM t ORDER BY id")).Split('\n')));
    }

    [Fact]
    public async Task A_commit_that_fails_is_the_only_answer()
    {
        using var client = await OpenAsync();
        _server.Gateway.CommitError = new ActorReplication.Postgres.Gateway.BackendError.OutcomeUnknown();
        Assert.Equal(["G", "E 40003", "Z I"], await CopyInAsync(client, "COPY t (id) FROM STDIN", "1\n"));
    }

    [Fact]
    public async Task In_a_block_it_stays_open_and_rolls_back_with_it()
    {
        using var client = await OpenAsync();
        await client.AskAsync("BEGIN");
        Assert.Equal(["G", "C COPY 1", "Z T"], await CopyInAsync(client, "COPY t (id) FROM STDIN", "1\n"));
        Assert.Equal("1", await TableAsync(client, "SELECT id FROM t"));
        Assert.Equal(["G", "E 22P02", "Z E"], await CopyInAsync(client, "COPY t (id) FROM STDIN", "y\n"));
        Assert.Equal(["C ROLLBACK", "Z I"], await client.AskAsync("COMMIT"));
        Assert.Equal("", await TableAsync(client));
    }

    [Fact]
    public async Task The_extended_protocol_ends_it_with_a_sync_of_its_own()
    {
        using var client = await OpenAsync();
        // As psycopg does: Sync comes with Execute, and again with CopyDone.
        var answers = await client.Parse("COPY t (id) FROM STDIN").Bind().DescribePortal().Execute().Sync().Add('d', Utf8("1\n")).Add('c').Sync().AskAsync();
        Assert.Equal(["1", "2", "n", "G", "C COPY 1", "Z I"], answers);
        var failed = await client.Parse("COPY t (id) FROM STDIN").Bind().Execute().Sync().Add('d', Utf8("z\n")).Add('d', Utf8("2\n")).Add('c').Sync().AskAsync();
        Assert.Equal(["1", "2", "G", "E 22P02", "Z I"], failed);
        Assert.Equal("1", await TableAsync(client, "SELECT id FROM t"));
    }

    [Theory]
    [InlineData("COPY t TO STDOUT", "1\ta\\tb\\nc\\\\d\t1.50\t\\N\n2\t\\N\t-2.00\t2024-01-01 00:00:00+00\n")]
    [InlineData("COPY t (name, id) TO STDOUT CSV HEADER", "name,id\n\"a\tb\nc\\d\",1\n,2\n")]
    [InlineData("COPY (SELECT id, name || '\"' AS x FROM t ORDER BY id DESC) TO STDOUT (FORMAT csv, DELIMITER ';', NULL 'nil', FORCE_QUOTE *)", "\"2\";nil\n\"1\";\"a\tb\nc\\d\"\"\"\n")]
    [InlineData("COPY (UPDATE t SET name = 'u' WHERE id = 2 RETURNING id, name) TO STDOUT", "2\tu\n")]
    [InlineData("COPY (SELECT '', NULL::text, '\\.') TO STDOUT CSV", "\"\",,\\.\n")]
    [InlineData("COPY (SELECT '\\.') TO STDOUT CSV", "\"\\.\"\n")]
    [InlineData("COPY missing TO STDOUT", "42P01")]
    [InlineData("COPY t (nothing) TO STDOUT", "42703")]
    [InlineData("COPY (INSERT INTO t (id) VALUES (9)) TO STDOUT", "0A000")]
    [InlineData("COPY t TO '/tmp/x'", "42501")]
    [InlineData("COPY t FROM PROGRAM 'ls'", "42501")]
    [InlineData("COPY t FROM STDIN (FORMAT xml)", "22023")]
    [InlineData("COPY t FROM STDIN (DELIMITER 'ab')", "0A000")]
    [InlineData("COPY t FROM STDIN (QUOTE '|')", "0A000")]
    public async Task Gives_rows(string sql, string expected)
    {
        using var client = await OpenAsync();
        await client.AskAsync("INSERT INTO t VALUES (1, E'a\\tb\\nc\\\\d', 1.5, NULL), (2, NULL, -2, '2024-01-01 00:00:00+00')");
        Assert.Equal(expected, await CopyOutAsync(client, sql));
    }

    [Fact]
    public async Task Npgsql_copies_in_text_and_binary_both_ways()
    {
        using (await OpenAsync()) { }
        await using var connection = new NpgsqlConnection(_server.ConnectionString);
        await connection.OpenAsync();
        var at = new DateTime(2024, 2, 29, 1, 2, 3, DateTimeKind.Utc);
        await using (var writer = await connection.BeginBinaryImportAsync("COPY t (id, name, n, at) FROM STDIN (FORMAT BINARY)"))
        {
            for (var i = 1; i <= 1000; i++)
            {
                await writer.StartRowAsync();
                await writer.WriteAsync(i, NpgsqlDbType.Integer);
                if (i % 2 == 0) await writer.WriteNullAsync(); else await writer.WriteAsync("Zeile " + i);
                await writer.WriteAsync(i / 4m);
                await writer.WriteAsync(at);
            }
            Assert.Equal(1000UL, await writer.CompleteAsync());
        }
        await using (var writer = await connection.BeginTextImportAsync("COPY t (id, name) FROM STDIN")) await writer.WriteAsync("2000\tlast\n");
        // Given up without Complete: nothing stays.
        await using (var writer = await connection.BeginBinaryImportAsync("COPY t (id) FROM STDIN (FORMAT BINARY)"))
        {
            await writer.StartRowAsync();
            await writer.WriteAsync(5000, NpgsqlDbType.Integer);
        }
        await using (var reader = await connection.BeginBinaryExportAsync("COPY (SELECT id, name, n, at FROM t WHERE id <= 1000 ORDER BY id) TO STDOUT (FORMAT BINARY)"))
        {
            var rows = 0;
            while (await reader.StartRowAsync() >= 0)
            {
                rows++;
                Assert.Equal(rows, await reader.ReadAsync<int>());
                if (rows % 2 == 0) { Assert.True(reader.IsNull); await reader.SkipAsync(); } else Assert.Equal("Zeile " + rows, await reader.ReadAsync<string>());
                Assert.Equal(rows / 4m, await reader.ReadAsync<decimal>());
                Assert.Equal(at, await reader.ReadAsync<DateTime>());
            }
            Assert.Equal(1000, rows);
        }
        await using (var reader = await connection.BeginBinaryExportAsync("COPY (SELECT id FROM t WHERE id > 9000) TO STDOUT (FORMAT BINARY)")) Assert.Equal(-1, await reader.StartRowAsync());
        await using var count = new NpgsqlCommand("SELECT count(*) FROM t", connection);
        Assert.Equal(1001L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_row_that_never_ends_is_refused_before_it_fills_the_memory()
    {
        await using var server = await SqlServer.StartAsync(new SessionLimits { MessageBytes = 100_000 });
        using var client = await server.OpenAsync("CREATE TABLE t (a text)");
        client.Query("COPY t FROM STDIN");
        for (var i = 0; i < 20; i++) client.Add('d', new byte[10_000].Select(_ => (byte)'x').ToArray());
        Assert.Equal(["G", "E 54000", "Z I"], await client.Add('c').AskAsync());
    }
}

using ActorReplication.Postgres.Gateway;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

public sealed class SimpleProtocol
{
    [Fact]
    public async Task Answers_a_query_with_description_row_tag_and_status()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["T", "D 1,hello", "C SELECT 1", "Z I"], await client.AskAsync("select int4:1, text:hello"));
    }

    [Fact]
    public async Task A_statement_alone_is_one_call_without_a_transaction()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C INSERT 0 1", "Z I"], await client.AskAsync("insert a"));
        Assert.Equal(["T", "D a", "C INSERT 0 1", "Z I"], await client.AskAsync("returning a"));
        Assert.Equal(["run insert a", "run returning a"], server.Gateway.Log);
    }

    [Fact]
    public async Task Several_statements_are_one_call()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C INSERT 0 1", "T", "D b", "C INSERT 0 1", "T", "D a", "D b", "C SELECT 2", "Z I"], await client.AskAsync("insert a; returning b; list"));
        Assert.Equal(["run insert a|returning b|list"], server.Gateway.Log);
    }

    [Fact]
    public async Task A_failing_statement_takes_those_before_it_back()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C INSERT 0 1", "C INSERT 0 1", "E 23505", "Z I"], await client.AskAsync("insert a; insert b; insert dup; insert c"));
        Assert.Empty(server.Gateway.Items);
    }

    [Fact]
    public async Task A_syntax_error_anywhere_runs_nothing()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["E 42601", "Z I"], await client.AskAsync("insert a; bad"));
        Assert.Empty(server.Gateway.Log);
    }

    [Fact]
    public async Task A_commit_in_the_middle_keeps_what_came_before_it()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C INSERT 0 1", "N 25P01", "C COMMIT", "C INSERT 0 1", "E 23505", "Z I"], await client.AskAsync("insert 5; commit; insert 6; insert dup"));
        Assert.Equal(["5"], server.Gateway.Items);
    }

    [Fact]
    public async Task A_begin_in_the_middle_takes_what_came_before_it_into_its_block()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C INSERT 0 1", "C BEGIN", "C INSERT 0 1", "Z T"], await client.AskAsync("insert 7; begin; insert 8"));
        Assert.Equal(["C ROLLBACK", "Z I"], await client.AskAsync("rollback"));
        Assert.Empty(server.Gateway.Items);
    }

    [Fact]
    public async Task A_rollback_in_the_middle_takes_what_came_before_it_back()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C INSERT 0 1", "N 25P01", "C ROLLBACK", "C INSERT 0 1", "Z I"], await client.AskAsync("insert 1; rollback; insert 2"));
        Assert.Equal(["2"], server.Gateway.Items);
    }

    [Fact]
    public async Task A_savepoint_outside_a_block_fails()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C INSERT 0 1", "E 25P01", "Z I"], await client.AskAsync("insert 1; savepoint s"));
        Assert.Empty(server.Gateway.Items);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ; ;; ")]
    public async Task An_empty_query_has_its_own_answer(string sql)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["I", "Z I"], await client.AskAsync(sql));
    }

    [Fact]
    public async Task Later_statements_see_tables_made_by_earlier_ones()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C CREATE TABLE", "C UPDATE 1", "Z I"], await client.AskAsync("create x; use x"));
        Assert.Equal(["begin", "exec create x", "exec use x", "commit"], server.Gateway.Log);
        Assert.Equal(["C UPDATE 1", "Z I"], await client.AskAsync("use x"));
        Assert.Equal(["C CREATE TABLE", "E 42P01", "Z I"], await client.AskAsync("create y; use z"));
        Assert.Equal(["E 42P01", "Z I"], await client.AskAsync("use y"));
    }

    [Fact]
    public async Task A_failing_commit_is_the_only_answer()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        server.Gateway.CommitError = new BackendError.OutcomeUnknown();
        Assert.Equal(["E 40003", "Z I"], await client.AskAsync("insert a"));
        Assert.Equal(["T", "E 40003", "Z I"], await client.AskAsync("returning a"));
        Assert.Equal(["E 40003", "Z I"], await client.AskAsync("insert a; insert b"));
        server.Gateway.CommitError = null;
        Assert.Equal(["T", "C SELECT 0", "Z I"], await client.AskAsync("list"));
    }

    [Fact]
    public async Task A_statement_translated_into_several_is_one_statement()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C INSERT 0 1", "Z I"], await client.AskAsync("two b"));
        Assert.Equal(["C BEGIN", "C INSERT 0 1", "C COMMIT", "Z I"], await client.AskAsync("begin; two d; commit"));
        Assert.Equal(["before", "b", "before", "d"], server.Gateway.Items);
        Assert.Equal(["C INSERT 0 1", "E 23505", "Z I"], await client.AskAsync("two e; two dup"));
        Assert.Equal(4, server.Gateway.Items.Count);
    }

    [Fact]
    public async Task Fixed_answers_need_no_backend()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["T", "D 1,x", "D 2,null", "C SELECT 2", "Z I"], await client.AskAsync("canned"));
        Assert.Empty(server.Gateway.Log);
    }

    [Fact]
    public async Task Notices_come_before_the_tag_unless_the_client_does_not_want_them()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["N 42P07", "C INSERT 0 1", "Z I"], await client.AskAsync("insert a notice"));
        Assert.Equal(["C SET", "C INSERT 0 1", "Z I"], await client.AskAsync("set client_min_messages = warning; insert a notice"));
    }

    [Fact]
    public async Task Values_are_text_whatever_their_type()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["T", @"D t,7,\x0a0b,1.50,2026-01-02 03:04:05+00,null", "C SELECT 1", "Z I"],
            await client.AskAsync(@"select bool:true, int8:7, bytea:\x0a0b, raw:1.50, timestamptz:2026-01-02 04:04:05+01, text:null"));
    }

    [Fact]
    public async Task A_value_that_its_type_does_not_take_is_an_error_and_not_a_row()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        var replies = await client.AskAsync("select int4:null, text:a");
        Assert.Equal("D null,a", replies[1]);
        await using var connection = new Npgsql.NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        await using var command = new Npgsql.NpgsqlCommand("select int4:$1", connection) { Parameters = { new() { Value = "x", NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Unknown } } };
        Assert.Equal("22P02", (await Assert.ThrowsAsync<Npgsql.PostgresException>(() => command.ExecuteScalarAsync())).SqlState);
    }
}

using ActorReplication.Postgres.Gateway;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

public sealed class ExtendedProtocol
{
    [Fact]
    public async Task Parse_bind_describe_execute_sync_is_one_call()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse("select int4:$1, text:$2").Bind(values: ["7", null]).DescribePortal().Execute().Sync();
        Assert.Equal(["1", "2", "T", "D 7,null", "C SELECT 1", "Z I"], await client.AskAsync());
        Assert.Equal(["run select int4:$1, text:$2"], server.Gateway.Log);
    }

    [Fact]
    public async Task Describing_a_statement_names_parameter_types_before_any_value()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse("select int4:$1, uuid:$2").DescribeStatement().Sync();
        Assert.Equal(["1", "t 23,2950", "T", "Z I"], await client.AskAsync());
        client.Parse("insert $1", "", 0).DescribeStatement().Sync();
        Assert.Equal(["1", "t 25", "n", "Z I"], await client.AskAsync());
        client.Parse("select int4:$1", "", 20).DescribeStatement().Sync();
        Assert.Equal(["1", "t 20", "T", "Z I"], await client.AskAsync());
    }

    [Fact]
    public async Task A_pipeline_up_to_sync_is_one_transaction()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse("insert $1").Bind(values: ["a"]).Execute().Bind(values: ["b"]).Execute().Parse("list").Bind().DescribePortal().Execute().Sync();
        Assert.Equal(["1", "2", "C INSERT 0 1", "2", "C INSERT 0 1", "1", "2", "T", "D a", "D b", "C SELECT 2", "Z I"], await client.AskAsync());
        Assert.Equal(["run insert $1|insert $1|list"], server.Gateway.Log);
        client.Parse("insert c").Bind().Execute().Parse("insert dup").Bind().Execute().Parse("insert d").Bind().Execute().Sync();
        Assert.Equal(["1", "2", "C INSERT 0 1", "1", "2", "E 23505", "Z I"], await client.AskAsync());
        Assert.Equal(["a", "b"], server.Gateway.Items);
    }

    [Fact]
    public async Task An_error_after_executes_comes_after_their_answers_and_undoes_them()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse("insert a").Bind().Execute().Parse("bad").Bind().Execute().Sync();
        Assert.Equal(["1", "2", "C INSERT 0 1", "E 42601", "Z I"], await client.AskAsync());
        Assert.Empty(server.Gateway.Items);
        client.Parse("insert dup").Bind().Execute().Parse("bad").Sync();
        Assert.Equal(["1", "2", "E 23505", "Z I"], await client.AskAsync());
    }

    [Fact]
    public async Task An_error_is_sent_at_once_and_everything_up_to_sync_is_skipped()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.Parse("bad").FlushAsync();
        Assert.Equal("E 42601", (await client.ReadAsync())!.ToString());
        client.Query("insert a").Parse("insert b").Bind().Execute().Add('H').Sync();
        Assert.Equal(["Z I"], await client.AskAsync());
        Assert.Empty(server.Gateway.Log);
    }

    [Fact]
    public async Task Flush_pushes_results_out_and_sync_commits_them()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.Parse("returning a").DescribeStatement().Add('H').FlushAsync();
        Assert.Equal(["1", "t ", "T"], [await Next(client), await Next(client), await Next(client)]);
        await client.Bind().Execute().Add('H').FlushAsync();
        Assert.Equal(["2", "D a", "C INSERT 0 1"], [await Next(client), await Next(client), await Next(client)]);
        Assert.Empty(server.Gateway.Items);
        Assert.Equal(["Z I"], await client.Sync().AskAsync());
        Assert.Equal(["a"], server.Gateway.Items);
        Assert.Equal(["begin", "exec returning a", "commit"], server.Gateway.Log);
    }

    [Fact]
    public async Task An_error_after_flush_undoes_the_whole_unit()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse("insert a").Bind().Execute().Add('H').Parse("insert dup").Bind().Execute().Sync();
        Assert.Equal(["1", "2", "C INSERT 0 1", "1", "2", "E 23505", "Z I"], await client.AskAsync());
        Assert.Empty(server.Gateway.Items);
    }

    [Fact]
    public async Task A_name_that_a_waiting_statement_defines_is_found()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse("create x").Bind().Execute().Parse("use x").Bind().Execute().Sync();
        Assert.Equal(["1", "2", "C CREATE TABLE", "1", "2", "C UPDATE 1", "Z I"], await client.AskAsync());
        Assert.Contains("x", server.Gateway.Tables);
    }

    [Fact]
    public async Task Named_portals_die_at_sync_outside_a_block_and_live_inside()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse("series 3", "s").Bind("s", "p").Execute("p", 1).Sync();
        Assert.Equal(["1", "2", "D 1,x", "s", "Z I"], await client.AskAsync());
        Assert.Equal(["E 34000", "Z I"], await client.Execute("p").Sync().AskAsync());
        await client.AskAsync("begin");
        Assert.Equal(["2", "D 1,x", "s", "Z T"], await client.Bind("s", "p").Execute("p", 1).Sync().AskAsync());
        Assert.Equal(["D 2,x", "s", "Z T"], await client.Execute("p", 1).Sync().AskAsync());
        Assert.Equal(["D 3,x", "C SELECT 1", "Z T"], await client.Execute("p", 5).Sync().AskAsync());
        Assert.Equal(["C SELECT 0", "Z T"], await client.Execute("p", 5).Sync().AskAsync());
        Assert.Equal(["C COMMIT", "Z I"], await client.AskAsync("commit"));
        Assert.Equal(["E 34000", "Z I"], await client.Execute("p").Sync().AskAsync());
        Assert.Single(server.Gateway.Log, line => line == "exec series 3");
    }

    [Fact]
    public async Task A_portal_can_be_fetched_in_parts_within_one_pipeline()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse("series 3").Bind().Execute("", 2).Execute("", 2).Sync();
        Assert.Equal(["1", "2", "D 1,x", "D 2,x", "s", "D 3,x", "C SELECT 1", "Z I"], await client.AskAsync());
    }

    [Fact]
    public async Task A_row_limit_on_a_statement_without_rows_does_not_suspend_it()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["1", "2", "C INSERT 0 1", "Z I"], await client.Parse("insert a").Bind().Execute("", 1).Sync().AskAsync());
        Assert.Equal(["1", "2", "C BEGIN", "Z T"], await client.Parse("begin").Bind().Execute("", 1).Sync().AskAsync());
    }

    [Fact]
    public async Task Statement_names_are_checked()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["1", "Z I"], await client.Parse("list", "a").Sync().AskAsync());
        Assert.Equal(["E 42P05", "Z I"], await client.Parse("list", "a").Sync().AskAsync());
        Assert.Equal(["E 26000", "Z I"], await client.Bind("missing").Sync().AskAsync());
        Assert.Equal(["E 26000", "Z I"], await client.DescribeStatement("missing").Sync().AskAsync());
        Assert.Equal(["3", "3", "Z I"], await client.Add('C', [(byte)'S'], RawClient.Text("missing")).Add('C', [(byte)'P'], RawClient.Text("missing")).Sync().AskAsync());
        Assert.Equal(["3", "1", "Z I"], await client.Add('C', [(byte)'S'], RawClient.Text("a")).Parse("list", "a").Sync().AskAsync());
        Assert.Equal(["E 42601", "Z I"], await client.Parse("list; list").Sync().AskAsync());
        Assert.Equal(["E 26000", "Z I"], await client.Bind().Sync().AskAsync());
    }

    [Fact]
    public async Task A_simple_query_drops_the_unnamed_statement()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.Parse("list").Sync().AskAsync();
        await client.AskAsync("list");
        Assert.Equal(["E 26000", "Z I"], await client.Bind().Sync().AskAsync());
    }

    [Fact]
    public async Task A_wrong_number_of_parameters_is_a_protocol_violation_that_the_session_survives()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["1", "E 08P01", "Z I"], await client.Parse("select int4:$1").Bind(values: ["1", "2"]).Execute().Sync().AskAsync());
        Assert.Equal(["1", "2", "D 1", "C SELECT 1", "Z I"], await client.Parse("select int4:$1").Bind(values: ["1"]).Execute().Sync().AskAsync());
    }

    [Fact]
    public async Task A_prepared_statement_whose_result_changed_says_so()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["1", "2", "D 1", "C SELECT 1", "Z I"], await client.Parse("wide", "w").Bind("w").Execute().Sync().AskAsync());
        await client.AskAsync("create other");
        Assert.Equal(["E 0A000", "Z I"], await client.Bind("w").Execute().Sync().AskAsync());
        Assert.Equal(["1", "2", "D 1,2", "C SELECT 1", "Z I"], await client.Parse("wide").Bind().Execute().Sync().AskAsync());
    }

    [Fact]
    public async Task A_prepared_statement_survives_a_schema_change_that_does_not_concern_it()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.Parse("select int4:$1", "s").Sync().AskAsync();
        await client.AskAsync("create other");
        Assert.Equal(["2", "D 4", "C SELECT 1", "Z I"], await client.Bind("s", values: ["4"]).Execute().Sync().AskAsync());
    }

    [Fact]
    public async Task An_empty_statement_has_no_columns_and_an_empty_answer()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["1", "2", "n", "I", "Z I"], await client.Parse("").Bind().DescribePortal().Execute().Sync().AskAsync());
        Assert.Equal(["1", "t ", "n", "Z I"], await client.Parse("").DescribeStatement().Sync().AskAsync());
    }

    [Fact]
    public async Task Result_formats_are_none_one_or_one_each()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse("select int4:1, int4:2");
        client.Add('B', [0], [0], RawClient.Int16(0), RawClient.Int16(0), RawClient.Int16(2), RawClient.Int16(0), RawClient.Int16(1)).DescribePortal().Execute().Sync();
        await client.FlushAsync();
        var replies = await client.UntilReadyAsync();
        Assert.Equal([0, 0], replies[2].Body[23..25]);
        Assert.Equal([0, 2, 0, 0, 0, 1, (byte)'1', 0, 0, 0, 4, 0, 0, 0, 2], replies[3].Body);
        client.Parse("select int4:1, int4:2").Add('B', [0], [0], RawClient.Int16(0), RawClient.Int16(0), RawClient.Int16(3), RawClient.Int16(0), RawClient.Int16(0), RawClient.Int16(0)).Execute().Sync();
        Assert.Equal(["1", "2", "E 08P01", "Z I"], await client.AskAsync());
        client.Parse("select int4:1").Add('B', [0], [0], RawClient.Int16(0), RawClient.Int16(0), RawClient.Int16(1), RawClient.Int16(7)).Execute().Sync();
        Assert.Equal(["1", "E 22023", "Z I"], await client.AskAsync());
    }

    [Fact]
    public async Task A_block_runs_each_statement_as_it_comes()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Query("begin").Parse("insert a").Bind().DescribePortal().Execute().Sync();
        await client.FlushAsync();
        Assert.Equal("Z T", (await client.UntilReadyAsync())[^1].ToString());
        Assert.Equal(["1", "2", "n", "C INSERT 0 1", "Z T"], [.. (await client.UntilReadyAsync()).Select(reply => reply.ToString())]);
        Assert.Equal(["C COMMIT", "Z I"], await client.AskAsync("commit"));
        Assert.Equal(["begin", "exec insert a", "commit"], server.Gateway.Log);
    }

    [Fact]
    public async Task Begin_inside_a_pipeline_takes_earlier_statements_in()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse("insert a").Bind().Execute().Parse("begin").Bind().Execute().Sync();
        Assert.Equal(["1", "2", "C INSERT 0 1", "1", "2", "C BEGIN", "Z T"], await client.AskAsync());
        Assert.Equal(["C ROLLBACK", "Z I"], await client.AskAsync("rollback"));
        Assert.Empty(server.Gateway.Items);
    }

    [Fact]
    public async Task Several_reads_that_may_be_long_are_streamed_one_by_one()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        client.Parse("series 2").Bind().Execute().Parse("series 1").Bind().Execute().Sync();
        Assert.Equal(["1", "2", "D 1,x", "D 2,x", "C SELECT 2", "1", "2", "D 1,x", "C SELECT 1", "Z I"], await client.AskAsync());
        Assert.Equal(["begin", "exec series 2", "exec series 1", "commit"], server.Gateway.Log);
    }

    [Fact]
    public async Task A_failing_commit_of_a_pipeline_comes_instead_of_its_answers()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        server.Gateway.CommitError = new BackendError.OutcomeUnknown();
        Assert.Equal(["1", "2", "E 40003", "Z I"], await client.Parse("insert a").Bind().Execute().Bind().Execute().Sync().AskAsync());
        Assert.Equal(["1", "2", "E 40003", "Z I"], await client.Parse("returning a").Bind().Execute().Sync().AskAsync());
    }

    [Fact]
    public async Task Copy_messages_outside_a_copy_are_ignored()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["T", "D 1", "C SELECT 1", "Z I"], await client.Add('d', [1, 2, 3]).Add('d').Add('c').Add('f', RawClient.Text("no")).AskAsync("select int4:1"));
    }

    [Fact]
    public async Task Function_calls_are_refused_and_the_session_goes_on()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["E 0A000", "Z I"], await client.Add('F', RawClient.Int32(1), RawClient.Int16(0), RawClient.Int16(0), RawClient.Int16(0)).AskAsync());
        Assert.Equal(["I", "Z I"], await client.AskAsync(""));
    }

    [Fact]
    public async Task Session_values_fill_the_slots_after_the_clients_own()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync("begin");
        var first = await client.AskAsync("now");
        var second = await client.AskAsync("now");
        Assert.Equal(first, second);
        await client.AskAsync("commit");
        Assert.NotEqual(first[1], (await client.AskAsync("now"))[1]);
    }

    private static async Task<string> Next(RawClient client) => (await client.ReadAsync())!.ToString();
}

using ActorReplication.Postgres.Gateway;
using Xunit;

namespace ActorReplication.Postgres.Tests.Sessions;

public sealed class TransactionBlocks
{
    [Fact]
    public async Task A_failed_block_takes_nothing_but_its_end()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C BEGIN", "Z T"], await client.AskAsync("begin"));
        Assert.Equal(["C INSERT 0 1", "E 23505", "Z E"], await client.AskAsync("insert a; insert dup"));
        Assert.Equal(["E 25P02", "Z E"], await client.AskAsync("list"));
        Assert.Equal(["E 25P02", "Z E"], await client.AskAsync("show TimeZone"));
        Assert.Equal(["E 25P02", "Z E"], await client.Parse("list").Bind().Execute().Sync().AskAsync());
        Assert.Equal(["E 42601", "Z E"], await client.AskAsync("bad"));
        Assert.Equal(["C ROLLBACK", "Z I"], await client.AskAsync("commit"));
        Assert.Empty(server.Gateway.Items);
    }

    [Fact]
    public async Task A_syntax_error_fails_the_block()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C BEGIN", "Z T"], await client.AskAsync("begin"));
        Assert.Equal(["E 42601", "Z E"], await client.AskAsync("bad"));
        Assert.Equal(["C ROLLBACK", "Z I"], await client.AskAsync("rollback"));
    }

    [Fact]
    public async Task A_failed_block_without_savepoints_gives_its_locks_up_at_once()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync("begin; insert dup");
        Assert.Equal(["begin", "exec insert dup", "rollback"], server.Gateway.Log);
        Assert.Equal(["E 3B001", "Z E"], await client.AskAsync("rollback to s"));
    }

    [Fact]
    public async Task Rolling_back_to_a_savepoint_revives_a_failed_block()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C BEGIN", "C INSERT 0 1", "C SAVEPOINT", "C INSERT 0 1", "E 23505", "Z E"], await client.AskAsync("begin; insert a; savepoint s; insert b; insert dup"));
        Assert.Equal(["E 3B001", "Z E"], await client.AskAsync("rollback to other"));
        Assert.Equal(["C ROLLBACK", "C INSERT 0 1", "C RELEASE", "C COMMIT", "Z I"], await client.AskAsync("rollback to s; insert c; release s; commit"));
        Assert.Equal(["a", "c"], server.Gateway.Items);
    }

    [Fact]
    public async Task Savepoints_of_one_name_hide_one_another()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync("begin; insert a; savepoint s; insert b; savepoint s; insert c");
        await client.AskAsync("rollback to s; release s; rollback to s; commit");
        Assert.Equal(["a"], server.Gateway.Items);
    }

    [Fact]
    public async Task Beginning_twice_and_ending_nothing_are_warnings()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["N 25P01", "C COMMIT", "Z I"], await client.AskAsync("commit"));
        Assert.Equal(["N 25P01", "C ROLLBACK", "Z I"], await client.AskAsync("rollback"));
        await client.AskAsync("begin");
        Assert.Equal(["N 25001", "C BEGIN", "Z T"], await client.AskAsync("begin"));
        Assert.Equal(["C COMMIT", "Z I"], await client.AskAsync("end"));
        Assert.Equal(["C START TRANSACTION", "Z T"], await client.AskAsync("start transaction"));
    }

    [Fact]
    public async Task A_block_in_which_nothing_ran_asks_nothing_of_the_backend()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C BEGIN", "C COMMIT", "Z I"], await client.AskAsync("begin; commit"));
        Assert.Empty(server.Gateway.Log);
    }

    [Fact]
    public async Task Read_only_blocks_refuse_writes()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C BEGIN", "T", "C SELECT 0", "E 25006", "Z E"], await client.AskAsync("begin read only; list; insert a"));
        await client.AskAsync("rollback");
        Assert.Equal(["C SET", "E 25006", "Z I"], await client.AskAsync("set default_transaction_read_only = on; insert a"));
        await client.AskAsync("set default_transaction_read_only = on");
        Assert.Equal(["E 25006", "Z I"], await client.AskAsync("insert a"));
        Assert.Equal(["C BEGIN", "C INSERT 0 1", "C COMMIT", "Z I"], await client.AskAsync("begin read write; insert a; commit"));
    }

    [Fact]
    public async Task Isolation_is_taken_from_begin_set_transaction_or_the_default()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync("begin isolation level serializable; list; commit");
        Assert.Equal(Isolation.Serializable, server.Gateway.LastMode.Isolation);
        await client.AskAsync("begin; set transaction isolation level repeatable read, read only; list; commit");
        Assert.Equal(new TransactionMode(Isolation.RepeatableRead, true, 0), server.Gateway.LastMode);
        await client.AskAsync("set default_transaction_isolation = 'serializable'; set idle_in_transaction_session_timeout = '7s'");
        Assert.Equal(["C BEGIN", "T", "D serializable", "C SHOW", "T", "C SELECT 0", "C COMMIT", "Z I"], await client.AskAsync("begin; show transaction isolation level; list; commit"));
        Assert.Equal(new TransactionMode(Isolation.Serializable, false, 7000), server.Gateway.LastMode);
        Assert.Equal(["C BEGIN", "T", "C SELECT 0", "E 25001", "Z E"], await client.AskAsync("begin; list; set transaction isolation level repeatable read"));
    }

    [Fact]
    public async Task A_failing_commit_ends_the_block()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        server.Gateway.CommitError = new BackendError.OutcomeUnknown();
        Assert.Equal(["C BEGIN", "C INSERT 0 1", "E 40003", "Z I"], await client.AskAsync("begin; insert a; commit"));
        server.Gateway.CommitError = null;
        Assert.Equal(["C INSERT 0 1", "Z I"], await client.AskAsync("insert b"));
    }

    [Fact]
    public async Task Chained_blocks_keep_their_mode()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C BEGIN", "C COMMIT", "T", "D on", "C SHOW", "Z T"], await client.AskAsync("begin read only; commit and chain; show transaction_read_only"));
        Assert.Equal(["C ROLLBACK", "C ROLLBACK", "Z I"], await client.AskAsync("rollback and chain; rollback"));
        Assert.Equal(["E 25P01", "Z I"], await client.AskAsync("commit and chain"));
    }

    [Fact]
    public async Task Settings_follow_the_transaction()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync("set application_name = 'base'");
        await client.AskAsync("begin; set application_name = 'inner'; rollback");
        Assert.Equal("D base", (await client.AskAsync("show application_name"))[1]);
        await client.AskAsync("begin; set local application_name = 'local'");
        Assert.Equal("D local", (await client.AskAsync("show application_name"))[1]);
        await client.AskAsync("commit");
        Assert.Equal("D base", (await client.AskAsync("show application_name"))[1]);
        await client.AskAsync("begin; set application_name = 'a'; savepoint s; set application_name = 'b'; rollback to s");
        Assert.Equal("D a", (await client.AskAsync("show application_name"))[1]);
        await client.AskAsync("commit");
        Assert.Equal("D a", (await client.AskAsync("show application_name"))[1]);
        await client.AskAsync("set application_name = 'lost'; insert dup");
        Assert.Equal("D a", (await client.AskAsync("show application_name"))[1]);
        Assert.Equal(["N 25P01", "C SET", "Z I"], await client.AskAsync("set local application_name = 'x'"));
        Assert.Equal("D a", (await client.AskAsync("show application_name"))[1]);
    }

    [Fact]
    public async Task Schema_changes_of_a_block_are_seen_in_it_and_gone_with_it()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        Assert.Equal(["C BEGIN", "C CREATE TABLE", "C UPDATE 1", "C ROLLBACK", "E 42P01", "Z I"], await client.AskAsync("begin; create x; use x; rollback; use x"));
    }

    [Fact]
    public async Task A_client_that_vanishes_has_its_block_rolled_back()
    {
        await using var server = await TestServer.StartAsync();
        var client = await server.OpenAsync();
        await client.AskAsync("begin; insert a");
        client.Dispose();
        Assert.True(await server.Gateway.Disposed.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Contains("rollback on dispose", server.Gateway.Log);
    }

    [Fact]
    public async Task A_block_that_idles_too_long_ends_the_session()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await server.OpenAsync();
        await client.AskAsync("set idle_in_transaction_session_timeout = 50");
        await client.AskAsync("begin; insert a");
        Assert.Equal("FATAL 25P03", (await client.UntilClosedAsync()).Last());
        Assert.Empty(server.Gateway.Items);
    }
}

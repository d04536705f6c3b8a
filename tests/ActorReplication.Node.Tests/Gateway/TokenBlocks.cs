using ActorReplication.Cluster;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Gateway;
using Xunit;

namespace ActorReplication.Node.Tests.Gateway;

/// <summary>Transaction blocks under a commit token, and receipts, over a gate that only notes what it is asked.</summary>
public sealed class TokenBlocks : BackendFixture
{
    private static readonly RunOptions Options = new(CommitLevel.On, ReadConsistency.Default, 0, 0, "tok");

    [Fact]
    public async Task Second_making_executes_nothing_and_is_answered_as_the_first()
    {
        Assert.Null(await Block(Options, "w1", "w2"));
        _node.Gate.Log.Clear();
        await Begin();
        Assert.Equal(1, (await Execute("w1", Options)).AffectedRows);
        Assert.Null(await _backend.SavepointAsync("s", CancellationToken.None));
        Assert.Equal(1, (await Execute("w2", Options)).AffectedRows);
        Assert.True(await _backend.ReleaseAsync("s", CancellationToken.None));
        Assert.Null(await _backend.CommitAsync(Options, CancellationToken.None));
        Assert.Equal(["acquire", "find tok", "dispose"], _node.Gate.Log);
    }

    [Fact]
    public async Task Other_statements_under_its_token_are_refused_where_they_differ_or_at_the_end()
    {
        await Block(Options, "w1", "w2");
        await Begin();
        await Execute("w1", Options);
        Assert.Equal("55000", Assert.IsType<BackendError.Engine>((await Execute("w3", Options)).Error).SqlState);
        await _backend.RollbackAsync();
        Assert.Equal("55000", Assert.IsType<BackendError.Engine>(await Block(Options, "w1")).SqlState);
    }

    [Fact]
    public async Task Statement_that_failed_and_was_rolled_back_to_a_savepoint_fails_again()
    {
        _node.Gate.Failure = new Storage.Engine.SqlFailure(2067, "UNIQUE constraint failed: t.a");
        _node.Gate.FailsStatement = sql => sql == "w2";
        await Begin();
        await Execute("w1", Options);
        await Execute("w2", Options);
        await Execute("w3", Options);
        Assert.Null(await _backend.CommitAsync(Options, CancellationToken.None));
        await Begin();
        Assert.Null((await Execute("w1", Options)).Error);
        Assert.Equal(2067, Assert.IsType<BackendError.Engine>((await Execute("w2", Options)).Error).ExtendedCode);
        Assert.Null((await Execute("w3", Options)).Error);
        Assert.Null(await _backend.CommitAsync(Options, CancellationToken.None));
    }

    [Fact]
    public async Task Token_set_or_changed_after_the_first_write_is_refused()
    {
        Assert.Contains("set it before", Assert.IsType<BackendError.Engine>(await Block(Options with { CommitToken = null }, Options, "w1")).Message);
        Assert.Contains("set it before", Assert.IsType<BackendError.Engine>(await Block(Options, Options with { CommitToken = "other" }, "w1")).Message);
        Assert.Contains("set it before", Assert.IsType<BackendError.Engine>(await Block(Options, Options with { CommitToken = null }, "w1")).Message);
    }

    [Fact]
    public async Task Receipt_is_about_the_sessions_last_commit_that_wrote()
    {
        _node.Receipt = new CommitReceipt(LogPosition.Zero, AckLevel.Applied, [new NodeId("n1"), new NodeId("n3")], [new NodeId("n1")]);
        Assert.Null(await _backend.LastCommitAsync(CancellationToken.None));
        await _backend.RunAsync([Write("w")], Options with { CommitToken = null }, CancellationToken.None);
        Assert.Equal("""{"term":1,"index":21,"level":"remote_apply","acknowledged":["n1","n3"],"applied":["n1"]}""", await _backend.LastCommitAsync(CancellationToken.None));
        _node.Receipt = null;
        Assert.Null(await _backend.LastCommitAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Answer_from_a_token_leaves_no_receipt_of_an_earlier_commit()
    {
        _node.Receipt = new CommitReceipt(LogPosition.Zero, AckLevel.Committed, [], []);
        await Block(Options, "w1");
        Assert.NotNull(await _backend.LastCommitAsync(CancellationToken.None));
        Assert.Null(await Block(Options, "w1"));
        Assert.Null(await _backend.LastCommitAsync(CancellationToken.None));
        await Block(Options with { CommitToken = null }, "w2");
        Assert.NotNull(await _backend.LastCommitAsync(CancellationToken.None));
        _node.Gate.Position = LogPosition.Zero;
        await _backend.RunAsync([Write("w1")], Options, CancellationToken.None);
        Assert.Null(await _backend.LastCommitAsync(CancellationToken.None));
    }

    [Fact]
    public async Task More_statements_than_can_be_kept_are_refused_before_the_gate()
    {
        var call = Write("w");
        var outcome = await _backend.RunAsync([.. Enumerable.Repeat(call, Storage.Engine.CommitRecord.MostStatements + 1)], Options, CancellationToken.None);
        Assert.IsType<BackendError.TooLarge>(outcome.Error);
        Assert.Empty(_node.Gate.Requests);
    }

    [Fact]
    public async Task Statement_whose_rows_could_not_be_taken_counts_among_its_tokens_statements()
    {
        _node.Gate.OnExecute = sql => sql == "w2" ? throw new InvalidOperationException("no such value") : WriteStatus.Committed;
        await Begin();
        await Execute("w1", Options);
        await _backend.SavepointAsync("s", CancellationToken.None);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await Execute("w2", Options));
        await _backend.RollbackToAsync("s", CancellationToken.None);
        await Execute("w3", Options);
        Assert.Null(await _backend.CommitAsync(Options, CancellationToken.None));
        Assert.Equal([1, -1, 1], _node.Gate.Tokens["tok"].Statements.Select(s => s.Affected));
    }

    private ValueTask<BackendError?> Block(RunOptions options, params string[] statements) => Block(options, options, statements);

    private async ValueTask<BackendError?> Block(RunOptions options, RunOptions atCommit, params string[] statements)
    {
        await Begin();
        foreach (var sql in statements) await Execute(sql, options);
        return await _backend.CommitAsync(atCommit, CancellationToken.None);
    }

    private ValueTask<BackendError?> Begin() => _backend.BeginAsync(new TransactionMode(Isolation.ReadCommitted, false, 0), CancellationToken.None);

    private ValueTask<StatementOutcome> Execute(string sql, RunOptions options) => _backend.ExecuteAsync(Write(sql), options, CancellationToken.None);

    private static StatementCall Write(string sql) => new(sql, default, null, false, false) { Work = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(sql)) };
}

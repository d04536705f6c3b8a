using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>Commit tokens at the gate, with the test in the place of the replica's actor.</summary>
public sealed class CommitTokenRules : GateFixture
{
    private static readonly UInt128 Work = 77;

    private long _index;

    public CommitTokenRules() => Gate.OnServing(new Term(1));

    [Fact]
    public async Task Second_asking_gets_the_first_answer_and_proposes_nothing()
    {
        await Create();
        var first = Insert("a", Work);
        await Commit();
        Assert.Equal((WriteStatus.Committed, 1, 2), Shown(await first.WaitAsync(Patience)));
        var again = await Insert("a", Work).WaitAsync(Patience);
        Assert.Equal((WriteStatus.Committed, 1, 0), Shown(again));
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task Same_token_twice_in_one_batch_has_one_effect_and_both_wait_for_it()
    {
        await Create();
        var (first, second) = await TwoInOneBatch("a", "a");
        Assert.Single(Proposals.Last.Payloads);
        Assert.False(second.IsCompleted);
        await Committed(1);
        Assert.Equal((WriteStatus.Committed, 1, 3), Shown(await first.WaitAsync(Patience)));
        Assert.Equal((WriteStatus.Committed, 1, 0), Shown(await second.WaitAsync(Patience)));
        Assert.Equal(2, Count());
    }

    [Fact]
    public async Task Answer_from_a_batch_that_is_lost_is_unknown_too()
    {
        await Create();
        var (first, second) = await TwoInOneBatch("a", "a");
        Gate.OnAccepted(Proposals.Last.Id, Range(_index + 1, 1));
        Gate.OnNotServing();
        Assert.Equal(WriteStatus.OutcomeUnknown, (await first.WaitAsync(Patience)).Status);
        Assert.Equal(WriteStatus.OutcomeUnknown, (await second.WaitAsync(Patience)).Status);
    }

    [Fact]
    public async Task Other_work_under_a_known_token_is_refused_by_name()
    {
        await Create();
        var first = Insert("a", Work);
        await Commit();
        await first.WaitAsync(Patience);
        var other = await Insert("a", Work + 1).WaitAsync(Patience);
        Assert.Equal(WriteStatus.StatementFailed, other.Status);
        Assert.Equal("55000", other.Statements[^1].Failure!.SqlState);
        Assert.Contains("commit token \"a\" was committed before; statement 1 is another one", other.Statements[^1].Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task Fewer_statements_than_then_are_other_work_and_rows_that_were_returned_are_not_kept()
    {
        await Create();
        var calls = new[] { new SqlCall("INSERT INTO t VALUES (1)"), new SqlCall("INSERT INTO t VALUES (2) RETURNING a", Rows: new NoRows()) };
        var first = Gate.RunAsync(new WriteRequest(calls, AckLevel.Committed, long.MaxValue, null, new CommitToken("a", [1, 2])));
        await Commit();
        await first.WaitAsync(Patience);
        var fewer = await Gate.RunAsync(new WriteRequest(calls[..1], AckLevel.Committed, long.MaxValue, null, new CommitToken("a", [1]))).WaitAsync(Patience);
        Assert.Contains("it had 2 writing statements, and this one has 1", fewer.Statements[^1].Failure!.Message, StringComparison.Ordinal);
        var same = await Gate.RunAsync(new WriteRequest(calls, AckLevel.Committed, long.MaxValue, null, new CommitToken("a", [1, 2]))).WaitAsync(Patience);
        Assert.Contains("the 1 rows that statement 2 returned then are not kept", same.Statements[^1].Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(2, Count());
    }

    [Fact]
    public async Task Failed_transaction_leaves_its_token_free()
    {
        await Create();
        var failed = await Gate.RunAsync(new WriteRequest([new SqlCall("INSERT INTO nowhere VALUES (1)")], AckLevel.Committed, long.MaxValue, null, new CommitToken("a", [Work]))).WaitAsync(Patience);
        Assert.Equal(WriteStatus.StatementFailed, failed.Status);
        var write = Insert("a", Work);
        await Commit();
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task Interactive_transaction_keeps_its_token_and_the_next_one_finds_it()
    {
        await Create();
        var (_, transaction) = await Gate.AcquireAsync(long.MaxValue, 5000, null);
        Assert.Equal((WriteStatus.Committed, null), await transaction!.FindTokenAsync("a"));
        await transaction.ExecuteAsync(new SqlCall("INSERT INTO t VALUES (1)"), long.MaxValue, null);
        var record = new CommitRecord("a", [new StatementSummary(Work, 1, 0)]);
        var commit = transaction.CommitAsync(AckLevel.Committed, record).AsTask();
        await Commit();
        await commit.WaitAsync(Patience);
        (_, transaction) = await Gate.AcquireAsync(long.MaxValue, 5000, null);
        Assert.Equal(record.Statements, (await transaction!.FindTokenAsync("a")).Known!.Statements);
        await transaction.DisposeAsync();
    }

    [Fact]
    public async Task More_statements_than_can_be_kept_are_refused_and_theGate_goes_on()
    {
        await Create();
        var count = CommitRecord.MostStatements + 1;
        var request = new WriteRequest([.. Enumerable.Repeat(new SqlCall("INSERT INTO t VALUES (1)"), count)], AckLevel.Committed, long.MaxValue, null, new CommitToken("a", [.. Enumerable.Repeat((UInt128?)Work, count)]));
        var refused = await Gate.RunAsync(request).WaitAsync(Patience);
        Assert.Equal((WriteStatus.StatementFailed, FailureKind.TooLarge), (refused.Status, refused.Statements[^1].Failure!.Kind));
        var small = Insert("a", Work);
        await Commit();
        Assert.Equal((WriteStatus.Committed, 1, 2), Shown(await small.WaitAsync(Patience)));
    }

    [Fact]
    public void What_is_known_and_cannot_be_read_refuses_every_statement_and_the_end()
    {
        var replay = new TokenReplay(new CommitRecord("a", []) { Unreadable = "format 99" });
        Assert.Equal("55000", replay.Next(Work, false).Failure!.SqlState);
        Assert.Contains("format 99", replay.End()!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1d", 86_400_000_000)]
    [InlineData("90s", 90_000_000)]
    [InlineData("2 h", 7_200_000_000)]
    [InlineData("5min", 300_000_000)]
    [InlineData("5", 0)]
    [InlineData("0s", 0)]
    [InlineData("-1d", 0)]
    [InlineData("3651d", 0)]
    [InlineData("99999999999999999999d", 0)]
    [InlineData("", 0)]
    public void Age_is_a_number_with_a_unit(string text, long micros) => Assert.Equal((micros != 0, micros), (TokenSettings.TryParseAge(text, out var age), age));

    private async Task Create()
    {
        var create = Gate.RunAsync(new WriteRequest([new SqlCall("CREATE TABLE t(a)")], AckLevel.Committed, long.MaxValue, null));
        await Commit();
        await create.WaitAsync(Patience);
    }

    private Task<WriteResult> Insert(string token, UInt128 work) =>
        Gate.RunAsync(new WriteRequest([new SqlCall("INSERT INTO t VALUES (1)")], AckLevel.Committed, long.MaxValue, null, new CommitToken(token, [work])));

    /// <summary>Both wait behind a batch, which is then committed.</summary>
    private async Task<(Task<WriteResult>, Task<WriteResult>)> TwoInOneBatch(string one, string two)
    {
        var before = Insert("before", Work);
        await Proposals.Next();
        var (first, second) = (Insert(one, Work), Insert(two, Work));
        await Committed(1);
        await before.WaitAsync(Patience);
        await Proposals.Next();
        return (first, second);
    }

    private async Task Commit()
    {
        await Proposals.Next();
        await Committed(Proposals.Last.Payloads.Count);
    }

    private Task Committed(int entries)
    {
        Gate.OnAccepted(Proposals.Last.Id, Range(_index + 1, entries));
        _index += entries;
        Gate.OnCommit(new LogIndex(_index));
        return Task.CompletedTask;
    }

    private static LogRange Range(long first, int count) => new(new LogIndex(first), new LogIndex(first + count - 1));

    private static (WriteStatus, long, long) Shown(WriteResult result) => (result.Status, result.Statements[0].AffectedRows, result.Position.Index.Value);

    private sealed class NoRows : IRowConsumer
    {
        public void Start(IRowReader columns) { }
        public void Row(IRowReader row) { }
    }
}

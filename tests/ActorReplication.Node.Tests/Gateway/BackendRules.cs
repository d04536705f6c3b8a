using ActorReplication.Cluster;
using ActorReplication.Cluster.Reads;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Storage.Engine;
using Xunit;

namespace ActorReplication.Node.Tests.Gateway;

public sealed class BackendRules : BackendFixture
{
    private static readonly RunOptions Options = new(CommitLevel.On, ReadConsistency.Default, 0, 0);
    private static readonly TransactionMode Plain = new(Isolation.ReadCommitted, false, 0);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Assert.Equal(0, _node.Data.Rented);
    }

    private static StatementCall Read(string sql = "SELECT 1", bool point = true, IResultSink? sink = null) => new(sql, default, sink, true, point);

    private static StatementCall Write(string sql = "INSERT INTO t VALUES (1)") => new(sql, default, null, false, false);

    private ValueTask<RunOutcome> Run(StatementCall statement, RunOptions? options = null) => _backend.RunAsync([statement], options ?? Options, CancellationToken.None);

    private ValueTask<StatementOutcome> Execute(StatementCall statement) => _backend.ExecuteAsync(statement, Options, CancellationToken.None);

    [Fact]
    public async Task A_point_read_runs_on_the_calling_thread_and_gives_its_rows()
    {
        var sink = new RowCount();
        var here = Environment.CurrentManagedThreadId;
        var outcome = await Run(Read(sink: sink));
        Assert.Null(outcome.Error);
        Assert.Equal((1, 42L), (sink.Rows, sink.Last));
        Assert.Equal(here, Assert.Single(_node.Data.Ran).Thread);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_on_a_node_that_has_closed_its_database_hears_that_it_is_stopping(bool point)
    {
        _node.Data.IsClosed = true;
        Assert.IsType<BackendError.Stopping>((await Run(Read(point: point))).Statements.Single().Error);
        await _backend.BeginAsync(new TransactionMode(Isolation.Serializable, false, 0), CancellationToken.None);
        Assert.IsType<BackendError.Stopping>((await Execute(Read(point: point))).Error);
    }

    [Fact]
    public async Task A_long_read_runs_on_a_thread_that_is_not_the_pools()
    {
        var pooled = true;
        _node.Data.During = _ => pooled = Thread.CurrentThread.IsThreadPoolThread;
        await Run(Read(point: false));
        Assert.False(pooled);
    }

    [Fact]
    public async Task Long_reads_leave_readers_for_point_reads()
    {
        using var started = new CountdownEvent(3);
        using var release = new ManualResetEvent(false);
        _node.Data.During = sql => { if (sql == "long") { started.Signal(); release.WaitOne(); } };
        var backends = Enumerable.Range(0, 5).Select(_ => _gateway.OpenBackend()).ToArray();
        var reads = backends.Select(b => b.RunAsync([Read("long", point: false)], Options, CancellationToken.None).AsTask()).ToArray();
        started.Wait(TimeSpan.FromSeconds(10));
        Assert.Null((await Run(Read())).Statements[0].Error);
        Assert.Equal(3, _node.Data.Ran.Count(r => r.Sql == "long"));
        _node.Data.During = _ => { };
        release.Set();
        Assert.All(await Task.WhenAll(reads), r => Assert.Null(r.Statements[0].Error));
    }

    [Fact]
    public async Task A_waiting_long_read_can_be_cancelled()
    {
        using var started = new CountdownEvent(3);
        using var release = new ManualResetEvent(false);
        _node.Data.During = sql => { if (sql == "long") { started.Signal(); release.WaitOne(); } };
        var backends = Enumerable.Range(0, 3).Select(_ => _gateway.OpenBackend()).ToArray();
        var reads = backends.Select(b => b.RunAsync([Read("long", point: false)], Options, CancellationToken.None).AsTask()).ToArray();
        started.Wait(TimeSpan.FromSeconds(10));
        var waiting = Run(Read("queued", point: false)).AsTask();
        _backend.Cancel();
        Assert.IsType<BackendError.Cancelled>((await waiting).Statements[0].Error);
        release.Set();
        await Task.WhenAll(reads);
    }

    [Theory]
    [InlineData(CommitLevel.Off, AckLevel.Local)]
    [InlineData(CommitLevel.Local, AckLevel.Local)]
    [InlineData(CommitLevel.RemoteWrite, AckLevel.Received)]
    [InlineData(CommitLevel.On, AckLevel.Committed)]
    [InlineData(CommitLevel.RemoteApply, AckLevel.Applied)]
    public async Task A_write_asks_for_the_level_of_synchronous_commit(CommitLevel level, AckLevel expected)
    {
        await Run(Write(), Options with { Commit = level });
        Assert.Equal(expected, Assert.Single(_node.Gate.Requests).Level);
    }

    [Fact]
    public async Task Reads_and_writes_in_one_implicit_transaction_all_go_to_the_gate()
    {
        var outcome = await _backend.RunAsync([Read(), Write()], Options, CancellationToken.None);
        Assert.Equal(2, outcome.Statements.Count);
        Assert.Equal(2, Assert.Single(_node.Gate.Requests).Calls.Count);
        Assert.Empty(_node.Data.Ran);
    }

    [Fact]
    public async Task A_session_reads_at_least_its_own_last_commit()
    {
        await Run(Write());
        await Run(Read(), Options with { Reads = ReadConsistency.Session });
        Assert.Equal((ReadLevel.Session, 21L), _node.Reading.Asked[^1]);
    }

    [Theory]
    [InlineData(WriteStatus.LeadershipLost, typeof(BackendError.LeadershipLost))]
    [InlineData(WriteStatus.OutcomeUnknown, typeof(BackendError.OutcomeUnknown))]
    [InlineData(WriteStatus.Overloaded, typeof(BackendError.Overloaded))]
    [InlineData(WriteStatus.LogFull, typeof(BackendError.LogFull))]
    [InlineData(WriteStatus.Cancelled, typeof(BackendError.StatementTimeout))]
    [InlineData(WriteStatus.LockTimeout, typeof(BackendError.LockTimeout))]
    [InlineData(WriteStatus.IdleTimeout, typeof(BackendError.IdleTimeout))]
    public async Task Each_way_to_refuse_a_write_has_its_own_error(WriteStatus status, Type error)
    {
        _node.Gate.Answer = status;
        Assert.IsType(error, (await Run(Write())).Error);
    }

    [Fact]
    public async Task A_write_on_a_follower_is_refused_and_names_the_leader()
    {
        _node.Become(Role.Follower, 2, "n2", true);
        _node.Gate.Answer = WriteStatus.NotLeader;
        var error = Assert.IsType<BackendError.ReadOnly>((await Run(Write("create table t (id int)"))).Error);
        Assert.Equal("cannot execute CREATE TABLE in a read-only transaction; the leader is n2", error.Message);
        _node.Become(Role.Follower, 3, null, false);
        Assert.IsType<BackendError.NoLeader>((await Run(Write())).Error);
    }

    [Fact]
    public async Task A_failed_statement_is_the_statements_error_not_the_transactions()
    {
        _node.Gate.Answer = WriteStatus.StatementFailed;
        _node.Gate.Failure = new SqlFailure(1555, "UNIQUE constraint failed: t.id");
        var outcome = await Run(Write());
        Assert.Null(outcome.Error);
        Assert.Equal(1555, Assert.IsType<BackendError.Engine>(outcome.Statements[^1].Error).ExtendedCode);
    }

    [Fact]
    public async Task What_the_engine_finds_to_write_is_run_as_a_write_on_the_leader()
    {
        _node.Data.Fail = _ => new SqlFailure(8, "would write", Kind: FailureKind.WouldWrite);
        Assert.Null((await Run(Read("SELECT setval()"))).Error);
        Assert.Single(_node.Gate.Requests);
    }

    [Fact]
    public async Task A_transaction_goes_to_the_gate_only_with_its_first_write_and_replays_its_savepoints()
    {
        await _backend.BeginAsync(Plain, CancellationToken.None);
        await Execute(Read());
        await _backend.SavepointAsync("a", CancellationToken.None);
        await _backend.SavepointAsync("b", CancellationToken.None);
        await _backend.SavepointAsync("c", CancellationToken.None);
        Assert.True(await _backend.RollbackToAsync("b", CancellationToken.None));
        Assert.False(await _backend.ReleaseAsync("c", CancellationToken.None));
        Assert.Empty(_node.Gate.Log);
        await Execute(Write("w1"));
        await Execute(Read("r2"));
        Assert.Null(await _backend.CommitAsync(Options, CancellationToken.None));
        Assert.Equal(["open", "savepoint a", "savepoint b", "w1", "r2", "commit Committed", "dispose"], _node.Gate.Log);
        Assert.False(_backend.InTransaction);
    }

    [Fact]
    public async Task Another_term_at_the_snapshots_index_is_another_state()
    {
        await _backend.BeginAsync(Plain with { Isolation = Isolation.RepeatableRead }, CancellationToken.None);
        await Execute(Read());
        _node.Data.AppliedTerm++;
        Assert.IsType<BackendError.Serialization>((await Execute(Write())).Error);
    }

    [Fact]
    public async Task Repeatable_read_keeps_one_snapshot_and_refuses_a_first_write_after_another_commit()
    {
        await _backend.BeginAsync(Plain with { Isolation = Isolation.RepeatableRead }, CancellationToken.None);
        await Execute(Read("a"));
        await Execute(Read("b", point: false));
        Assert.All(_node.Data.Ran, r => Assert.True(r.InSnapshot));
        Assert.Equal(1, _node.Data.Rented);
        _node.Data.AppliedIndex++;
        Assert.IsType<BackendError.Serialization>((await Execute(Write())).Error);
        Assert.Equal(["acquire", "dispose"], _node.Gate.Log);
        await _backend.RollbackAsync();
        Assert.Equal(0, _node.Data.Rented);
    }

    [Fact]
    public async Task Serializable_writes_when_nothing_was_committed_since_its_snapshot()
    {
        await _backend.BeginAsync(Plain with { Isolation = Isolation.Serializable }, CancellationToken.None);
        await Execute(Read());
        Assert.Null((await Execute(Write("w"))).Error);
        Assert.Equal(0, _node.Data.Rented);
        await _backend.RollbackAsync();
        Assert.Equal(["acquire", "w", "dispose"], _node.Gate.Log);
    }

    [Fact]
    public async Task A_read_only_transaction_refuses_a_write_before_the_gate()
    {
        await _backend.BeginAsync(Plain with { ReadOnly = true }, CancellationToken.None);
        Assert.Equal("cannot execute INSERT in a read-only transaction", Assert.IsType<BackendError.ReadOnly>((await Execute(Write())).Error).Message);
        Assert.Empty(_node.Gate.Log);
    }

    [Fact]
    public async Task A_transaction_that_the_gate_took_back_says_why_until_it_is_rolled_back()
    {
        _node.Gate.OnExecute = sql => sql == "w2" ? WriteStatus.IdleTimeout : WriteStatus.Committed;
        await _backend.BeginAsync(Plain, CancellationToken.None);
        await Execute(Write("w1"));
        Assert.IsType<BackendError.IdleTimeout>((await Execute(Write("w2"))).Error);
        Assert.IsType<BackendError.IdleTimeout>((await Execute(Read())).Error);
        Assert.IsType<BackendError.IdleTimeout>(await _backend.CommitAsync(Options, CancellationToken.None));
        Assert.DoesNotContain("commit Committed", _node.Gate.Log);
    }

    [Fact]
    public async Task With_lock_timeout_only_the_wait_is_bounded()
    {
        _node.Gate.Answer = WriteStatus.LockTimeout;
        Assert.IsType<BackendError.LockTimeout>((await Run(Write(), Options with { LockTimeoutMs = 50 })).Error);
        var request = Assert.Single(_node.Gate.Requests);
        Assert.Equal(long.MaxValue, request.Deadline);
        Assert.InRange(request.LockDeadline, 1, Environment.TickCount64 + 50);
    }

    [Fact]
    public async Task A_deadlock_leaves_the_transaction_and_a_conflict_ends_it()
    {
        _node.Gate.OnExecute = sql => sql switch { "w1" => WriteStatus.Deadlock, "w3" => WriteStatus.Conflict, _ => WriteStatus.Committed };
        await _backend.BeginAsync(Plain, CancellationToken.None);
        Assert.IsType<BackendError.Deadlock>((await Execute(Write("w1"))).Error);
        Assert.Null((await Execute(Write("w2"))).Error);
        Assert.IsType<BackendError.Serialization>((await Execute(Write("w3"))).Error);
        Assert.IsType<BackendError.Serialization>((await Execute(Write("w4"))).Error);
        Assert.IsType<BackendError.Serialization>(await _backend.CommitAsync(Options, CancellationToken.None));
    }

    [Theory]
    [InlineData(Isolation.RepeatableRead)]
    [InlineData(Isolation.Serializable)]
    public async Task Above_read_committed_a_writing_transaction_holds_the_gate(Isolation isolation)
    {
        await _backend.BeginAsync(Plain with { Isolation = isolation }, CancellationToken.None);
        await Execute(Write("w1"));
        Assert.Equal(["acquire", "w1"], _node.Gate.Log);
    }

    [Fact]
    public async Task A_read_that_cannot_be_confirmed_has_no_leader()
    {
        _node.Reading.Answer = ReadAdmission.NotLeader;
        Assert.IsType<BackendError.NoLeader>((await Run(Read())).Error);
        Assert.Empty(_node.Data.Ran);
    }

    private sealed class RowCount : IResultSink
    {
        public int Rows { get; private set; }
        public long Last { get; private set; }
        public void Start(IResultRow columns) { }
        public void Row(IResultRow row) => (Rows, Last) = (Rows + 1, row.Int64(0));
    }
}

using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>SQLite ends the whole transaction when a writing statement is stopped: the batch must not show it.</summary>
public sealed class InterruptedStatements : IDisposable
{
    private const string Endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) ";
    private readonly Pair pair = new();

    private IWriter Writer => pair.Leader.Writer;

    public void Dispose() => pair.Dispose();

    [Fact]
    public void A_cancelled_write_is_undone_alone_and_the_batch_goes_on()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a INT)", "CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (1, 1)");
        Execute("CREATE TABLE u (x TEXT)");
        Execute("INSERT INTO s DEFAULT VALUES");
        var first = Writer.EndTransaction().Payload;
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (2, 2)");
        Writer.Savepoint("a");
        Execute("INSERT INTO u VALUES ('before')");
        Writer.Savepoint("b");
        Execute("INSERT INTO s DEFAULT VALUES");
        var outcome = Writer.Execute(new SqlCall($"INSERT INTO t(a) {Endless} SELECT i FROM n"), long.MaxValue, new Stop(askedTimes: 20));
        Assert.Equal(FailureKind.Cancelled, outcome.Failure!.Kind);
        Execute("INSERT INTO t VALUES (3, 3)");
        Assert.True(Writer.RollbackToSavepoint("b"));
        Execute("INSERT INTO u VALUES ('after')");
        Assert.True(Writer.ReleaseSavepoint("a"));
        var second = Writer.EndTransaction();
        Assert.Null(second.Failure);
        Writer.CommitBatch(1, 9);
        pair.Apply(first);
        pair.Apply(second.Payload);
        Assert.Equal(["1|1", "2|2"], pair.Same("SELECT * FROM t"));
        Assert.Equal(["before", "after"], pair.Same("SELECT * FROM u"));
        Assert.Equal(["s|1"], pair.Same("SELECT * FROM sqlite_sequence"));
    }

    [Fact]
    public void After_an_interrupted_statement_triggers_and_foreign_keys_work_as_before()
    {
        pair.Run(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT CHECK (a > 0))",
            "CREATE TABLE c (t INT REFERENCES t)",
            "CREATE TABLE l (x)",
            "CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO l VALUES (new.id); END");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (1, 1)");
        Assert.NotNull(Writer.Execute(new SqlCall($"INSERT INTO l {Endless} SELECT i FROM n"), long.MaxValue, new Stop(askedTimes: 3)).Failure);
        Execute("INSERT INTO t VALUES (2, 2)");
        Assert.NotNull(Writer.Execute(new SqlCall("INSERT INTO c VALUES (5)"), long.MaxValue, null).Failure);
        Assert.NotNull(Writer.Execute(new SqlCall("INSERT INTO t VALUES (3, -1)"), long.MaxValue, null).Failure);
        var outcome = Writer.EndTransaction();
        Writer.CommitBatch(1, 9);
        pair.Apply(outcome.Payload);
        Assert.Equal(["1", "2"], pair.Same("SELECT x FROM l"));
    }

    [Fact]
    public void Deferred_violations_are_not_forgotten_by_an_interrupted_statement()
    {
        pair.Run("CREATE TABLE p (id INTEGER PRIMARY KEY)", "CREATE TABLE c (p INT REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO c VALUES (1)");
        Assert.NotNull(Writer.Execute(new SqlCall($"INSERT INTO p {Endless} SELECT i + 10 FROM n"), long.MaxValue, new Stop(askedTimes: 3)).Failure);
        Assert.Equal(787, Writer.EndTransaction().Failure!.ExtendedCode);
        Writer.CommitBatch(1, 9);
        Assert.Empty(Pair.Query(pair.Leader, "SELECT * FROM c"));
    }

    [Fact]
    public void A_write_past_its_deadline_times_out()
    {
        pair.Run("CREATE TABLE t (a INT)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        var outcome = Writer.Execute(new SqlCall($"INSERT INTO t {Endless} SELECT i FROM n"), Environment.TickCount64 + 30, null);
        Assert.Equal(FailureKind.TimedOut, outcome.Failure!.Kind);
        Assert.Equal(FailureKind.TimedOut, Writer.Execute(new SqlCall("INSERT INTO t VALUES (1)"), Environment.TickCount64 - 1, null).Failure!.Kind);
        Assert.False(Writer.HasChanges);
        Writer.RollbackBatch();
    }

    [Fact]
    public void A_transaction_whose_full_text_terms_were_lost_is_rolled_back_and_says_so()
    {
        pair.Run("CREATE VIRTUAL TABLE f USING fts5(x)", "CREATE TABLE t (a INT)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (1)");
        Writer.Savepoint("s");
        LoseTerms();
        Assert.NotNull(Writer.Execute(new SqlCall("INSERT INTO t VALUES (2)"), long.MaxValue, null).Failure);
        Assert.True(Writer.RollbackToSavepoint("s"));
        Execute("INSERT INTO f VALUES ('kept')");
        var outcome = Writer.EndTransaction();
        Assert.Null(outcome.Failure);
        Writer.CommitBatch(1, 9);
        pair.Apply(outcome.Payload);
        Assert.Equal(["kept"], pair.Same("SELECT x FROM f WHERE f MATCH 'lost OR kept'"));
        Assert.Equal(["1"], pair.Same("SELECT a FROM t"));
        pair.Run("INSERT INTO f(f) VALUES ('integrity-check')");
    }

    [Fact]
    public void A_lost_transaction_cannot_be_ended_as_if_it_were_whole()
    {
        pair.Run("CREATE VIRTUAL TABLE f USING fts5(x)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        LoseTerms();
        Assert.Equal(FailureKind.Cancelled, Writer.EndTransaction().Failure!.Kind);
        Writer.CommitBatch(1, 9);
        Assert.Empty(Pair.Query(pair.Leader, "SELECT * FROM f"));
    }

    [Fact]
    public void Terms_of_an_earlier_statement_survive_the_failure_of_another()
    {
        pair.Run("CREATE VIRTUAL TABLE f USING fts5(x)", "CREATE TABLE t (a INT UNIQUE)", "INSERT INTO t VALUES (1)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO f VALUES ('kept')");
        Assert.NotNull(Writer.Execute(new SqlCall("INSERT INTO t VALUES (7), (1)"), long.MaxValue, null).Failure);
        Execute("INSERT INTO f VALUES ('kept too')");
        Assert.NotNull(Writer.Execute(new SqlCall($"INSERT INTO t {Endless} SELECT i + 10 FROM n"), long.MaxValue, new Stop(askedTimes: 3)).Failure);
        var outcome = Writer.EndTransaction();
        Assert.Null(outcome.Failure);
        Writer.CommitBatch(1, 9);
        pair.Apply(outcome.Payload);
        Assert.Equal(["1", "2"], pair.Same("SELECT rowid FROM f WHERE f MATCH 'kept' ORDER BY rowid"));
    }

    /// <summary>A statement that is repeated finds full-text terms still in memory; when it is stopped they are lost.</summary>
    private void LoseTerms()
    {
        const string repeated = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) INSERT INTO f SELECT 'lost' FROM n";
        Assert.True(Writer.Execute(new SqlCall(repeated, new Values(1)), long.MaxValue, null).Succeeded);
        Assert.NotNull(Writer.Execute(new SqlCall(repeated, new Values(long.MaxValue)), long.MaxValue, new Stop(askedTimes: 30)).Failure);
    }

    [Fact]
    public void A_repeated_full_text_statement_that_fails_does_not_leave_rows_that_were_not_captured()
    {
        pair.Run("CREATE VIRTUAL TABLE f USING fts5(x)", "CREATE TABLE t (a INT)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        const string repeated = "INSERT INTO f(rowid, x) SELECT column1, 'word' FROM (VALUES (?1), (?2))";
        Assert.True(Writer.Execute(new SqlCall(repeated, new Values(1, 2)), long.MaxValue, null).Succeeded);
        Assert.NotNull(Writer.Execute(new SqlCall(repeated, new Values(3, 1)), long.MaxValue, null).Failure);
        var outcome = Writer.EndTransaction();
        Writer.CommitBatch(1, 9);
        pair.Apply(outcome.Payload);
        Assert.Equal(outcome.Failure is null ? ["1", "2"] : [], pair.Same("SELECT rowid FROM f WHERE f MATCH 'word' ORDER BY rowid"));
    }

    [Fact]
    public void A_cancel_stops_only_the_statement_it_was_for()
    {
        pair.Run("CREATE TABLE t (a INT)");
        var stop = new Stop();
        stop.Cancel();
        using var reader = pair.Leader.TryRentReader()!;
        Assert.Equal(FailureKind.Cancelled, reader.Execute(new SqlCall("SELECT * FROM t"), long.MaxValue, stop).Failure!.Kind);
        Assert.True(reader.Execute(new SqlCall("SELECT * FROM t"), long.MaxValue, new Stop()).Succeeded);
    }

    [Fact]
    public void An_endless_read_is_stopped_by_cancel_deadline_and_the_databases_own_limit()
    {
        using var limited = new Pair(options => options with { StatementTimeoutMs = 20 });
        var sql = new SqlCall($"{Endless} SELECT count(*) FROM n");
        using (var reader = pair.Leader.TryRentReader()!)
        {
            Assert.Equal(FailureKind.Cancelled, reader.Execute(sql, long.MaxValue, new Stop(askedTimes: 10)).Failure!.Kind);
            Assert.Equal(FailureKind.TimedOut, reader.Execute(sql, Environment.TickCount64 + 20, null).Failure!.Kind);
        }
        using var other = limited.Leader.TryRentReader()!;
        Assert.Equal(FailureKind.TimedOut, other.Execute(sql, long.MaxValue, null).Failure!.Kind);
    }

    private void Execute(string sql) => Pair.Succeed(Writer.Execute(new SqlCall(sql), long.MaxValue, null), sql);
}

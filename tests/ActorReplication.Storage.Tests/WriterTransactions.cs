using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

public sealed class WriterTransactions : IDisposable
{
    private readonly Pair pair = new();

    private IWriter Writer => pair.Leader.Writer;

    public void Dispose() => pair.Dispose();

    [Fact]
    public void Nothing_of_a_batch_is_seen_before_it_commits()
    {
        pair.Run("CREATE TABLE t (a INT)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (1)");
        Assert.True(Writer.HasChanges);
        var payload = End();
        Assert.Empty(Pair.Query(pair.Leader, "SELECT * FROM t"));
        Writer.CommitBatch(3, 9);
        Assert.Equal(["1"], Pair.Query(pair.Leader, "SELECT * FROM t"));
        Assert.Equal((3, 9), (pair.Leader.Applied.Term, pair.Leader.Applied.Index));
        pair.Apply(payload);
        pair.Same();
    }

    [Fact]
    public void A_rolled_back_batch_leaves_nothing_and_the_next_one_works()
    {
        pair.Run("CREATE TABLE t (a INT)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (1)");
        Execute("CREATE TABLE u (a INT)");
        End();
        Writer.RollbackBatch();
        pair.Run("INSERT INTO t VALUES (2)", "CREATE TABLE u (b TEXT)", "INSERT INTO u VALUES ('x')");
        Assert.Equal(["2"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void One_transactions_rollback_leaves_the_others_of_the_batch()
    {
        pair.Run("CREATE TABLE t (a INT UNIQUE)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (1)");
        var first = End();
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (2)");
        Writer.RollbackTransaction();
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (3)");
        var third = End();
        Writer.CommitBatch(1, 10);
        pair.Apply(first);
        pair.Apply(third);
        Assert.Equal(["1", "3"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void A_failing_statement_has_no_effect_on_rows_or_payload()
    {
        pair.Run("CREATE TABLE t (a INT UNIQUE)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (5)");
        var outcome = Writer.Execute(new SqlCall("INSERT INTO t VALUES (1), (2), (5), (3)"), long.MaxValue, null);
        Assert.Equal(19, outcome.Failure!.ExtendedCode & 0xff);
        Execute("INSERT INTO t VALUES (6)");
        Commit();
        Assert.Equal(["5", "6"], pair.Same("SELECT a FROM t ORDER BY a"));
    }

    [Fact]
    public void Savepoints_cut_rows_and_payload_back()
    {
        pair.Run("CREATE TABLE t (a INT)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (1)");
        Writer.Savepoint("a");
        Execute("INSERT INTO t VALUES (2)");
        Execute("CREATE TABLE u (x)");
        Execute("INSERT INTO u VALUES (1)");
        Writer.Savepoint("b");
        Execute("INSERT INTO t VALUES (3)");
        Assert.True(Writer.RollbackToSavepoint("a"));
        Assert.False(Writer.RollbackToSavepoint("b"));
        Execute("INSERT INTO t VALUES (4)");
        Writer.Savepoint("a");
        Execute("INSERT INTO t VALUES (5)");
        Assert.True(Writer.RollbackToSavepoint("a"));
        Assert.True(Writer.ReleaseSavepoint("a"));
        Assert.True(Writer.ReleaseSavepoint("a"));
        Assert.False(Writer.ReleaseSavepoint("a"));
        Execute("INSERT INTO t VALUES (6)");
        Commit();
        Assert.Equal(["1", "4", "6"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Deferred_foreign_keys_fail_at_the_end_of_their_own_transaction()
    {
        pair.Run("CREATE TABLE p (id INTEGER PRIMARY KEY)", "CREATE TABLE c (p INT REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO c VALUES (1)");
        Assert.Equal(787, Writer.EndTransaction().Failure!.ExtendedCode);
        Writer.BeginTransaction();
        Execute("INSERT INTO c VALUES (2)");
        Execute("INSERT INTO p VALUES (2)");
        Commit();
        Assert.Equal(["2"], pair.Same("SELECT * FROM c"));
    }

    [Fact]
    public void Full_text_terms_not_yet_written_are_in_the_payload_or_cut_with_their_savepoint()
    {
        pair.Run("CREATE VIRTUAL TABLE f USING fts5(x)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO f VALUES ('one')");
        Writer.Savepoint("s");
        Execute("INSERT INTO f VALUES ('two')");
        Writer.RollbackToSavepoint("s");
        Execute("INSERT INTO f VALUES ('three')");
        Commit();
        Assert.Equal(["one", "three"], pair.Same("SELECT x FROM f WHERE f MATCH 'one OR two OR three' ORDER BY rowid"));
        pair.Run("INSERT INTO f(f) VALUES ('integrity-check')");
    }

    [Fact]
    public void A_consumer_that_throws_undoes_its_statement_only()
    {
        pair.Run("CREATE TABLE t (a INT)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("INSERT INTO t VALUES (1)");
        var call = new SqlCall("INSERT INTO t VALUES (2), (3) RETURNING a", null, new Thrower());
        Assert.Throws<InvalidCastException>(() => Writer.Execute(call, long.MaxValue, null));
        Execute("INSERT INTO t VALUES (4)");
        Commit();
        Assert.Equal(["1", "4"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void A_batch_either_leads_or_follows()
    {
        var payload = pair.Run("CREATE TABLE t (a INT)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Assert.Throws<InvalidOperationException>(() => Writer.Apply(payload));
        Writer.RollbackBatch();
        Assert.Throws<InvalidOperationException>(() => Writer.BeginTransaction());
        Assert.Throws<InvalidOperationException>(() => Writer.CommitBatch(1, 2));
    }

    [Fact]
    public void The_configuration_is_stored_with_the_position()
    {
        Writer.BeginBatch();
        Writer.StoreConfig(new byte[] { 1, 2, 3 });
        Writer.CommitBatch(4, 5);
        Writer.BeginBatch();
        Writer.StoreConfig(new byte[] { 9 });
        Writer.RollbackBatch();
        Writer.BeginBatch();
        Writer.CommitBatch(4, 6);
        Assert.Equal((4, 6), (pair.Leader.Applied.Term, pair.Leader.Applied.Index));
        Assert.Equal([1, 2, 3], pair.Leader.Applied.Config.ToArray());
    }

    [Fact]
    public void The_schema_version_rises_with_committed_changes_only()
    {
        var before = pair.Leader.SchemaVersion;
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Execute("CREATE TABLE t (a INT)");
        End();
        Writer.RollbackBatch();
        Assert.Equal(before, pair.Leader.SchemaVersion);
        pair.Run("CREATE TABLE t (a INT)");
        Assert.True(pair.Leader.SchemaVersion > before);
        Assert.True(pair.Follower.SchemaVersion > before);
        before = pair.Leader.SchemaVersion;
        pair.Run("INSERT INTO t VALUES (1)");
        Assert.Equal(before, pair.Leader.SchemaVersion);
    }

    [Fact]
    public void Affected_rows_are_counted_for_writes_only()
    {
        pair.Run("CREATE TABLE t (a INT)");
        Writer.BeginBatch();
        Writer.BeginTransaction();
        Assert.Equal(3, Writer.Execute(new SqlCall("INSERT INTO t VALUES (1), (2), (3)"), long.MaxValue, null).AffectedRows);
        Assert.Equal(0, Writer.Execute(new SqlCall("CREATE TABLE u (a)"), long.MaxValue, null).AffectedRows);
        var read = Writer.Execute(new SqlCall("SELECT * FROM t"), long.MaxValue, null);
        Assert.Equal((0, 3, true), (read.AffectedRows, read.RowCount, read.ReadOnly));
        Writer.RollbackBatch();
    }

    private void Execute(string sql) => Pair.Succeed(Writer.Execute(new SqlCall(sql), long.MaxValue, null), sql);

    private ReadOnlyMemory<byte> End()
    {
        var outcome = Writer.EndTransaction();
        Assert.Null(outcome.Failure);
        return outcome.Payload;
    }

    private void Commit()
    {
        var payload = End();
        Writer.CommitBatch(1, 100);
        pair.Apply(payload);
    }

    private sealed class Thrower : IRowConsumer
    {
        public void Start(IRowReader columns)
        {
        }

        public void Row(IRowReader row) => throw new InvalidCastException("not wanted");
    }
}

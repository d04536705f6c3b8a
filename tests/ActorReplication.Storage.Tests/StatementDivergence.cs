using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>A node on which a repeated statement does something else says so, with the statement; and what is taken back with statements in it.</summary>
public sealed class StatementDivergence : IDisposable
{
    private static readonly CaptureRules Statements = new(ReplicationMethod.Statement, UnsafeStatements.Row);

    private readonly Pair pair = new() { Rules = Statements };

    public StatementDivergence() => pair.Run(
        "CREATE TABLE p (id INTEGER PRIMARY KEY)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT UNIQUE, p INT REFERENCES p DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO p VALUES (1), (2)",
        "INSERT INTO t VALUES (1, 10, 1), (2, 20, 2)");

    public void Dispose() => pair.Dispose();

    [Theory]
    [InlineData("DELETE FROM t WHERE id = 2", "UPDATE t SET p = 1", "was to affect 2 rows and affected 1 here: UPDATE t SET p = 1")]
    [InlineData("UPDATE t SET a = 11 WHERE id = 1", "DELETE FROM t WHERE id = 1", "the checksum of their contents differs: DELETE FROM t")]
    [InlineData("UPDATE t SET a = 30 WHERE id = 2", "INSERT INTO t VALUES (3, 30, 1)", "the statement failed here: UNIQUE constraint failed: t.a: INSERT INTO t")]
    [InlineData("DROP TABLE t", "INSERT INTO t VALUES (3, 30, 1)", "cannot be prepared here: no such table: t: INSERT INTO t")]
    [InlineData("CREATE TRIGGER tt AFTER INSERT ON t BEGIN INSERT INTO p VALUES (new.id + 100); END", "INSERT INTO t VALUES (3, 30, 1)", "was to change 1 rows, those of triggers and foreign keys included, and changed 2 here")]
    [InlineData("DELETE FROM t; DELETE FROM p WHERE id = 1", "INSERT INTO t VALUES (3, 30, 1)", "foreign keys are violated here")]
    public void Another_effect_is_told(string tamper, string sql, string told)
    {
        pair.Tamper(tamper.Split("; ", tamper.Contains("TRIGGER", StringComparison.Ordinal) ? 1 : 9));
        pair.Leader.Writer.BeginBatch();
        pair.Leader.Writer.BeginTransaction(Statements);
        Pair.Succeed(pair.Leader.Writer.Execute(new SqlCall(sql), long.MaxValue, null), sql);
        var payload = pair.Leader.Writer.EndTransaction().Payload;
        pair.Leader.Writer.CommitBatch(1, 50);
        pair.Follower.Writer.BeginBatch();
        var outcome = pair.Follower.Writer.Apply(payload);
        pair.Follower.Writer.CommitBatch(1, 50);
        Assert.Contains(told, outcome.Divergence, StringComparison.Ordinal);
        // It goes on from there.
        pair.Run("INSERT INTO p VALUES (50)");
        Assert.Equal(["50"], Pair.Query(pair.Follower, "SELECT id FROM p WHERE id = 50"));
    }

    [Fact]
    public void An_entry_of_statements_cannot_be_taken_back_and_one_of_rows_only_can()
    {
        var writer = pair.Follower.Writer;
        pair.Rules = new CaptureRules(ReplicationMethod.Mixed, UnsafeStatements.Row);
        var before = Pair.Describe(pair.Follower);
        var rows = pair.Run("UPDATE t SET a = 77 WHERE id = 1", "INSERT INTO t VALUES (9, 9, 1)");
        Assert.DoesNotContain("statement", RepeatedStatements.Kinds(rows));
        pair.Rules = Statements;
        var statement = pair.Run("UPDATE t SET p = 1");
        var after = Pair.Describe(pair.Follower);

        writer.BeginBatch();
        Assert.False(writer.TryUndo(statement));
        writer.RollbackBatch();
        Assert.Equal(after, Pair.Describe(pair.Follower));

        pair.Run("UPDATE t SET p = 2 WHERE id = 2");
        writer.BeginBatch();
        Assert.True(writer.TryUndo(rows));
        writer.CommitBatch(1, 1);
        Assert.Equal(before, Pair.Describe(pair.Follower));
    }

    [Fact]
    public void A_batch_takes_either_rows_or_statements()
    {
        var statement = pair.Run("UPDATE t SET p = 1");
        pair.Rules = default;
        var rows = pair.Run("UPDATE t SET a = 78 WHERE id = 1");
        var writer = pair.Follower.Writer;
        writer.BeginBatch();
        Assert.True(writer.Takes(statement));
        Assert.True(writer.Takes(rows));
        writer.Apply(statement);
        Assert.True(writer.Takes(statement));
        Assert.False(writer.Takes(rows));
        Assert.Throws<InvalidOperationException>(() => writer.Apply(rows));
        writer.RollbackBatch();
    }

    [Fact]
    public void A_statement_that_SQLite_ends_with_the_whole_batch_leaves_the_others_as_they_were()
    {
        pair.Run("CREATE TABLE m (id INTEGER PRIMARY KEY AUTOINCREMENT, r INT DEFAULT (random()), n INT)");
        pair.Run("INSERT INTO m(n) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 30000) SELECT i FROM c");
        foreach (var method in new[] { ReplicationMethod.Statement, ReplicationMethod.Mixed })
        {
            var rules = new CaptureRules(method, UnsafeStatements.Row);
            var writer = pair.Leader.Writer;
            writer.BeginBatch();
            writer.BeginTransaction(rules);
            Run("INSERT INTO m(n) VALUES (-1), (-2)");
            var first = writer.EndTransaction().Payload;
            writer.BeginTransaction(rules);
            Run("INSERT INTO m(n) VALUES (-3)");
            writer.Savepoint("s");
            Run("UPDATE m SET n = n + 1");
            Run("UPDATE m SET r = random() WHERE id = 1");
            var stopped = writer.Execute(new SqlCall("UPDATE m SET n = n * 2"), long.MaxValue, new Stop(3));
            Assert.Equal(FailureKind.Cancelled, stopped.Failure?.Kind);
            Run("INSERT INTO m(n) VALUES (-4)");
            var second = writer.EndTransaction().Payload;
            writer.CommitBatch(1, 60);
            pair.Apply(first);
            pair.Apply(second);
            pair.Same("SELECT count(*), sum(n), total(r) FROM m");

            void Run(string sql) => Pair.Succeed(writer.Execute(new SqlCall(sql), long.MaxValue, null), sql);
        }
    }
}

using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>Which statements may be repeated on another node, and what happens to the others.</summary>
public sealed class StatementSafetyRules : IDisposable
{
    private const string Order = "order in which rows are visited", Query = "a query whose result", Limit = "LIMIT without", Function = "a function whose", Local = "local time", Virtual = "virtual table";

    private readonly Pair pair = new(options => options with
    {
        Functions =
        [
            new ScalarFunction("chance", 0, false, call => call.Return((long)(call.NextRandom() >> 1))) { Input = FunctionInput.Chance },
            new ScalarFunction("elsewhere", 0, false, call => call.Return(1L)),
            new ScalarFunction("moment", 0, false, call => call.Return(call.StatementMicros - call.TransactionMicros >= 0 ? call.StatementMicros : -1)) { Input = FunctionInput.Arguments },
        ],
    });

    public StatementSafetyRules()
    {
        pair.Run(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, u INT UNIQUE, k INT NOT NULL UNIQUE)",
            "CREATE TABLE s (a INT, b INT)",
            "CREATE TABLE w (k INT PRIMARY KEY, a INT) WITHOUT ROWID",
            "CREATE TABLE e (id INTEGER PRIMARY KEY, a DEFAULT (elsewhere()))",
            "CREATE TABLE d (id INTEGER PRIMARY KEY, a INT, r DEFAULT (chance()))",
            "CREATE TABLE g (id INTEGER PRIMARY KEY, a INT)",
            "CREATE TABLE audit (g INT)",
            "CREATE TRIGGER tg AFTER UPDATE ON g BEGIN INSERT INTO audit VALUES (new.id); END",
            "CREATE TABLE q (id INTEGER PRIMARY KEY, a INT)",
            "CREATE TRIGGER tq AFTER UPDATE ON q BEGIN UPDATE s SET b = (SELECT a FROM s) ; END",
            "CREATE VIEW l AS SELECT * FROM s LIMIT 1",
            "CREATE VIRTUAL TABLE f USING fts5(x)",
            "INSERT INTO t VALUES (1, 10, 100, 1000), (2, 20, 200, 2000), (3, 30, 300, 3000)",
            "INSERT INTO s VALUES (1, 1), (2, 2), (3, 3)",
            "INSERT INTO w VALUES (1, 1)",
            "INSERT INTO d(id, a) VALUES (1, 1), (2, 2)",
            "INSERT INTO g VALUES (1, 1), (2, 2)",
            "INSERT INTO q VALUES (1, 1)",
            "INSERT INTO f VALUES ('one')");
        pair.Rules = new CaptureRules(ReplicationMethod.Statement, UnsafeStatements.Row);
    }

    public void Dispose() => pair.Dispose();

    [Theory]
    [InlineData("INSERT INTO s VALUES (4, 4), (5, random())")]
    [InlineData("INSERT INTO s VALUES (4, chance()), (5, chance())")]
    [InlineData("INSERT INTO s VALUES (4, moment())")]
    [InlineData("INSERT INTO s SELECT a, u FROM t ORDER BY t.id")]
    [InlineData("INSERT INTO s SELECT a, u FROM t AS x ORDER BY x.a, x.k DESC LIMIT 2")]
    [InlineData("INSERT INTO s VALUES ((SELECT max(id) FROM t), (SELECT count(*) FROM s))")]
    [InlineData("INSERT INTO w SELECT id, a FROM t WHERE id > 1")]
    [InlineData("INSERT INTO g(id, a) SELECT id + 10, a FROM t")]
    [InlineData("INSERT INTO s SELECT a, u FROM t WHERE id = 2")]
    [InlineData("INSERT INTO t VALUES (1, 0, 0, 0) ON CONFLICT DO UPDATE SET a = 77")]
    [InlineData("INSERT OR REPLACE INTO t VALUES (1, 0, 200, 0)")]
    [InlineData("UPDATE t SET a = a + 1")]
    [InlineData("UPDATE t SET a = 5 WHERE id IN (SELECT a FROM s)")]
    [InlineData("UPDATE t SET u = u + 1 WHERE id = 3")]
    [InlineData("UPDATE s SET b = random() WHERE a = 1")]
    [InlineData("UPDATE g SET a = 9 WHERE id = 1")]
    [InlineData("DELETE FROM t WHERE a > 10")]
    [InlineData("DELETE FROM t WHERE id IN (SELECT a FROM s WHERE b = 2)")]
    public void Safe_ones_travel(string sql)
    {
        Assert.Equal(["statement"], RepeatedStatements.Kinds(pair.Run(sql)));
        pair.Same();
    }

    [Theory]
    [InlineData("INSERT INTO s SELECT a, u FROM t", Order)]
    [InlineData("INSERT INTO s SELECT a, u FROM t ORDER BY u", Order)]
    [InlineData("INSERT INTO s SELECT a AS k, u FROM t ORDER BY k", Order)]
    [InlineData("INSERT INTO s SELECT a, random() FROM t ORDER BY t.id", Order)]
    [InlineData("INSERT INTO s SELECT x.a, y.a FROM t AS x, s AS y ORDER BY x.id", Order)]
    [InlineData("INSERT INTO d(id, a) SELECT id + 10, a FROM t", Order)]
    [InlineData("INSERT OR IGNORE INTO w SELECT id, a FROM t", Order)]
    [InlineData("INSERT INTO s SELECT a, b FROM s ORDER BY random() LIMIT 1", Limit)]
    [InlineData("INSERT INTO s SELECT * FROM l", Limit)]
    [InlineData("INSERT INTO s SELECT a, sum(b) FROM s GROUP BY a", Function)]
    [InlineData("INSERT INTO s SELECT a, row_number() OVER () FROM s", Function)]
    [InlineData("INSERT INTO s WITH c(a) AS (SELECT a FROM t) SELECT a, a FROM c", Query)]
    [InlineData("UPDATE t SET a = random()", Order)]
    [InlineData("UPDATE t SET u = u + 1000", Order)]
    [InlineData("UPDATE t SET id = id + 1000", Order)]
    [InlineData("UPDATE t SET a = s.b FROM s WHERE s.a = t.id", Order)]
    [InlineData("UPDATE OR REPLACE t SET a = 5", Order)]
    [InlineData("UPDATE t SET a = (SELECT b FROM s) ", Query)]
    [InlineData("UPDATE t SET a = (SELECT max(x.a) + 1 FROM t AS x)", Order)]
    [InlineData("UPDATE g SET a = 9", Order)]
    [InlineData("UPDATE q SET a = 9", Query)]
    [InlineData("DELETE FROM t WHERE id IN (SELECT a FROM s LIMIT 2)", Limit)]
    [InlineData("DELETE FROM t WHERE a IN (SELECT min(a) FROM t GROUP BY a)", Order)]
    [InlineData("INSERT INTO s VALUES (1, total_changes())", Function)]
    [InlineData("INSERT INTO s VALUES (1, sqlite_version())", Function)]
    [InlineData("INSERT INTO s VALUES (1, exp(1))", Function)]
    [InlineData("INSERT INTO s VALUES (1, elsewhere())", Function)]
    [InlineData("INSERT INTO e(id) VALUES (1)", Function)]
    [InlineData("INSERT INTO s VALUES (1, datetime('now', 'localtime'))", Local)]
    [InlineData("INSERT INTO f VALUES ('two')", Virtual)]
    public void Others_travel_as_rows_and_say_why(string sql, string reason)
    {
        var changes = EntryDescription.Describe(pair.Run(sql));
        Assert.DoesNotContain(changes, change => change.Operation == "statement");
        Assert.Contains(changes, change => change.Reason!.Contains(reason, StringComparison.Ordinal));
        pair.Same();
    }

    [Theory]
    [InlineData("INSERT INTO s SELECT a, b FROM s ORDER BY random() LIMIT 1")]
    [InlineData("UPDATE t SET a = random()")]
    [InlineData("INSERT INTO f VALUES ('two')")]
    public void Are_refused_on_request_and_leave_nothing(string sql)
    {
        pair.Rules = new CaptureRules(ReplicationMethod.Statement, UnsafeStatements.Error);
        var before = Pair.Describe(pair.Leader);
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction(pair.Rules);
        Pair.Succeed(writer.Execute(new SqlCall("INSERT INTO s VALUES (50, 50)"), long.MaxValue, null), "first");
        var outcome = writer.Execute(new SqlCall(sql), long.MaxValue, null);
        Assert.Equal(FailureKind.Refused, outcome.Failure?.Kind);
        Assert.Contains("replication.unsafe_statements is error", outcome.Failure!.Message, StringComparison.Ordinal);
        Pair.Succeed(writer.Execute(new SqlCall("DELETE FROM s WHERE a = 50"), long.MaxValue, null), "last");
        writer.EndTransaction();
        writer.CommitBatch(1, 1);
        Assert.Equal(before, Pair.Describe(pair.Leader));
    }

    [Fact]
    public void Are_let_through_on_request_and_the_checksum_tells_when_it_went_wrong()
    {
        pair.Rules = new CaptureRules(ReplicationMethod.Statement, UnsafeStatements.Allow);
        // On the other node the table's rows come in another order: they have the same contents, and LIMIT takes another one.
        pair.Leader.Writer.BeginBatch();
        pair.Leader.Writer.BeginTransaction(pair.Rules);
        Pair.Succeed(pair.Leader.Writer.Execute(new SqlCall("DELETE FROM s WHERE rowid IN (SELECT rowid FROM s WHERE a > elsewhere() - 1 ORDER BY b LIMIT 1)"), long.MaxValue, null), "delete");
        var payload = pair.Leader.Writer.EndTransaction().Payload;
        pair.Leader.Writer.CommitBatch(1, 90);
        var change = Assert.Single(EntryDescription.Describe(payload));
        Assert.StartsWith("let through although it calls a function", change.Reason, StringComparison.Ordinal);

        pair.Tamper("UPDATE s SET b = 9 WHERE a = 1");
        pair.Follower.Writer.BeginBatch();
        var outcome = pair.Follower.Writer.Apply(payload);
        pair.Follower.Writer.CommitBatch(1, 90);
        Assert.Contains("the checksum of their contents differs: DELETE FROM s", outcome.Divergence, StringComparison.Ordinal);
    }

    [Fact]
    public void Are_judged_anew_when_the_schema_changes()
    {
        const string Sql = "UPDATE t SET a = a + 1";
        Assert.Equal(["statement"], RepeatedStatements.Kinds(pair.Run(Sql)));
        pair.Run("CREATE TRIGGER tt AFTER UPDATE ON t BEGIN INSERT INTO audit VALUES (new.id); END");
        Assert.DoesNotContain("statement", RepeatedStatements.Kinds(pair.Run(Sql)));
        pair.Run("DROP TRIGGER tt");
        Assert.Equal(["statement"], RepeatedStatements.Kinds(pair.Run(Sql)));
        pair.Same();
    }
}

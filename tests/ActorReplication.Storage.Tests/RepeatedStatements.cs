using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>Statements that travel as such and are run again: everything that they took from clock and chance comes out the same.</summary>
public sealed class RepeatedStatements : IDisposable
{
    private readonly Pair pair = new() { Rules = new CaptureRules(ReplicationMethod.Statement, UnsafeStatements.Row) };

    public void Dispose() => pair.Dispose();

    [Fact]
    public void An_insert_arrives_as_a_statement()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        Assert.Equal(["statement"], Kinds(pair.Run("INSERT INTO t VALUES (1, 'one'), (2, 'two')")));
        Assert.Equal(["1|one", "2|two"], pair.Same("SELECT * FROM t"));
    }

    [Fact]
    public void Parameters_of_every_kind_arrive()
    {
        pair.Run("CREATE TABLE t (a, b, c, d, e, f, g)");
        var payload = pair.Run(new SqlCall("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", new Values(null, long.MinValue, 1.5, "ü", new byte[] { 0, 255 }, "", Array.Empty<byte>())));
        Assert.Equal(["∅|-9223372036854775808|1.5|ü|x00ff||x"], pair.Same("SELECT * FROM t"));
        Assert.Equal(new object?[] { null, long.MinValue, 1.5, "ü", new BlobText("00ff"), "", new BlobText("") }, Assert.Single(EntryDescription.Describe(payload)).Key);
    }

    [Theory]
    [InlineData("INSERT INTO t(a) VALUES (random()), (random())")]
    [InlineData("INSERT INTO t(a) VALUES (hex(randomblob(20)))")]
    [InlineData("INSERT INTO t(a) VALUES (CURRENT_TIMESTAMP), (CURRENT_DATE), (CURRENT_TIME)")]
    [InlineData("INSERT INTO t(a) VALUES (datetime('now')), (strftime('%J %f', 'now')), (julianday('now')), (unixepoch('now', 'subsec')), (date('now', '+1 day'))")]
    [InlineData("UPDATE t SET a = random() WHERE id = 1")]
    [InlineData("INSERT INTO t(a) VALUES (last_insert_rowid())")]
    [InlineData("INSERT INTO t(a) VALUES (changes())")]
    public void What_is_drawn_from_clock_and_chance_is_drawn_once(string sql)
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a)", "INSERT INTO t VALUES (1, 0), (7, 0)");
        // The other node's connection has another last rowid and count than this one's.
        pair.Tamper("CREATE TABLE other (a)", "INSERT INTO other VALUES (1), (2), (3), (4), (5)");
        // As rows: the other node's connection for statements does not see them made.
        var rules = pair.Rules;
        pair.Rules = default;
        pair.Run("INSERT INTO t VALUES (100, 'x'), (101, 'y'), (102, 'z')");
        pair.Rules = rules;
        Assert.Equal(["statement"], Kinds(pair.Run(sql)));
        Assert.Equal(Pair.Query(pair.Leader, "SELECT * FROM t"), Pair.Query(pair.Follower, "SELECT * FROM t"));
    }

    [Fact]
    public void Defaults_triggers_views_and_generated_columns_draw_the_same()
    {
        pair.Run(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, at DEFAULT CURRENT_TIMESTAMP, r DEFAULT (random()), twice AS (a * 2) STORED)",
            "CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, t INT, r, at, was, n)",
            "CREATE VIEW v AS SELECT *, datetime('now') AS seen FROM t",
            "CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO log(t, r, at, was, n) VALUES (new.id, random(), strftime('%f', 'now'), last_insert_rowid(), changes()); END",
            "CREATE TRIGGER vt INSTEAD OF INSERT ON v BEGIN INSERT INTO t(a) VALUES (new.a); END");
        Assert.Equal(["statement"], Kinds(pair.Run("INSERT INTO t(a) VALUES (1), (2), (3)")));
        Assert.Equal(["statement"], Kinds(pair.Run("INSERT INTO v(a) VALUES (4)")));
        Assert.Equal(["4"], pair.Same("SELECT count(DISTINCT r) FROM t"));
        pair.Same("SELECT * FROM log");
    }

    [Fact]
    public void Several_statements_of_one_transaction_share_its_time_and_not_their_numbers()
    {
        pair.Run("CREATE TABLE t (a, b)");
        var payload = pair.Run("INSERT INTO t VALUES (random(), 1)", "UPDATE t SET b = 2", "DELETE FROM t WHERE a IS NULL", "INSERT INTO t VALUES (random(), 3)");
        Assert.Equal(["statement", "statement", "statement"], Kinds(payload));
        pair.Same("SELECT * FROM t");
    }

    [Fact]
    public void A_savepoint_rolled_back_takes_its_statements_with_it()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction(pair.Rules);
        Run("INSERT INTO t(a) VALUES ('kept')");
        writer.Savepoint("s");
        Run("INSERT INTO t(a) VALUES ('lost')");
        Assert.False(writer.Execute(new SqlCall("INSERT INTO t VALUES (1, 'twice')"), long.MaxValue, null).Succeeded);
        Assert.True(writer.RollbackToSavepoint("s"));
        Run("INSERT INTO t(a) VALUES ('after')");
        var payload = writer.EndTransaction().Payload;
        writer.CommitBatch(1, 40);
        pair.Apply(payload);
        Assert.Equal(["1|kept", "2|after"], pair.Same("SELECT * FROM t"));

        void Run(string sql) => Pair.Succeed(writer.Execute(new SqlCall(sql), long.MaxValue, null), sql);
    }

    [Fact]
    public void A_schema_change_and_statements_in_one_transaction_arrive()
    {
        var payload = pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a)", "INSERT INTO t(a) VALUES (random())", "CREATE INDEX i ON t (a)", "UPDATE t SET a = a + 1");
        Assert.Equal(["ddl", "statement", "ddl", "statement"], Kinds(payload));
        pair.Same("SELECT * FROM t");
        pair.Run("CREATE TABLE u AS SELECT *, random() AS r FROM t");
        pair.Run("INSERT INTO u VALUES (9, 9, 9)");
        pair.Same("SELECT * FROM u");
    }

    [Fact]
    public void Rows_and_statements_may_take_turns_and_the_follower_may_lead()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)", "CREATE VIRTUAL TABLE f USING fts5(x)");
        for (var i = 0; i < 12; i++)
        {
            pair.Rules = new CaptureRules((ReplicationMethod)(i % 3), UnsafeStatements.Row);
            pair.Run("INSERT INTO t(a) VALUES (random())", $"INSERT INTO f VALUES ('word{i} and more')");
            pair.Run($"UPDATE t SET a = {i} WHERE id > 3");
            pair.Run($"INSERT INTO f VALUES ('only{i}')");
            pair.Same();
            if (i % 4 == 3)
                pair.Swap();
        }
        Assert.Equal(["1"], pair.Same("SELECT count(*) FROM f WHERE f MATCH 'word7'"));
        Assert.Equal(["12"], pair.Same("SELECT count(*) FROM f WHERE f MATCH 'more'"));
    }

    [Fact]
    public void A_full_text_index_written_beneath_the_connection_is_seen_by_it_when_it_leads()
    {
        pair.Rules = default;
        pair.Run("CREATE TABLE m (id INTEGER PRIMARY KEY, n INT)", "CREATE VIRTUAL TABLE f USING fts5(x)", "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, n INT)");
        pair.Run("INSERT INTO m WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100) SELECT i, i FROM c");
        // Both have led and know the index.
        for (var i = 0; i < 2; i++)
        {
            pair.Run($"INSERT INTO f VALUES ('before {i}')", "INSERT INTO a(n) VALUES (1)");
            pair.Swap();
        }
        pair.Rules = new CaptureRules(ReplicationMethod.Mixed, UnsafeStatements.Row);
        for (var i = 0; i < 4; i++)
        {
            var payload = pair.Run("UPDATE m SET n = n + 1", $"INSERT INTO f VALUES ('between {i}')", "INSERT INTO a(n) SELECT n FROM m ORDER BY random() LIMIT 3", "UPDATE m SET n = n + 2", "INSERT INTO a(n) VALUES (1), (2)");
            Assert.Contains("statement", Kinds(payload));
            pair.Swap();
            pair.Run($"INSERT INTO f VALUES ('after {i}')", "DELETE FROM f WHERE x = 'before 0'");
        }
        foreach (var database in new[] { pair.Leader, pair.Follower })
        {
            Assert.Equal(["1|4|4"], Pair.Query(database, "SELECT (SELECT count(*) FROM f WHERE f MATCH 'before'), (SELECT count(*) FROM f WHERE f MATCH 'between'), (SELECT count(*) FROM f WHERE f MATCH 'after')"));
            database.Writer.BeginBatch();
            database.Writer.BeginTransaction();
            Pair.Succeed(database.Writer.Execute(new SqlCall("INSERT INTO f(f, rank) VALUES ('integrity-check', 1)"), long.MaxValue, null), "integrity-check");
            database.Writer.RollbackTransaction();
            database.Writer.RollbackBatch();
        }
        pair.Same();
    }

    [Fact]
    public void A_million_rows_updated_take_less_than_a_kilobyte_and_no_memory_for_rows()
    {
        foreach (var method in new[] { ReplicationMethod.Statement, ReplicationMethod.Mixed })
        {
            pair.Rules = default;
            pair.Run("CREATE TABLE m (id INTEGER PRIMARY KEY, a INT)", "INSERT INTO m WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000000) SELECT i, i FROM c");
            pair.Rules = new CaptureRules(method, UnsafeStatements.Row);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var payload = pair.Run("UPDATE m SET a = a + 1");
            Assert.InRange(payload.Length, 1, 100);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
            pair.Same("SELECT sum(a) FROM m");
            pair.Run("DROP TABLE m");
        }
    }

    internal static List<string> Kinds(ReadOnlyMemory<byte> payload) => [.. EntryDescription.Describe(payload).Select(change => change.Operation)];
}

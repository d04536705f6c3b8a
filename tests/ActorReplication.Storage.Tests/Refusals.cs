using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

public sealed class Refusals : IDisposable
{
    private readonly Pair pair = new();

    public Refusals() => pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)", "INSERT INTO t(a) VALUES (1)", "CREATE TABLE fail (rollback)", "ANALYZE");

    public void Dispose() => pair.Dispose();

    [Theory]
    [InlineData("BEGIN", "session")]
    [InlineData("COMMIT", "session")]
    [InlineData("ROLLBACK", "session")]
    [InlineData("SAVEPOINT x", "session")]
    [InlineData("RELEASE t", "session")]
    [InlineData("ATTACH 'other.db' AS o", "one database file")]
    [InlineData("DETACH pg_catalog", "one database file")]
    [InlineData("SELECT load_extension('x')", "load_extension")]
    [InlineData("SELECT fts3_tokenizer('simple')", "fts3_tokenizer")]
    [InlineData("PRAGMA journal_mode = DELETE", "journal_mode")]
    [InlineData("PRAGMA foreign_keys = OFF", "foreign_keys")]
    [InlineData("PRAGMA writable_schema = ON", "writable_schema")]
    [InlineData("PRAGMA user_version", "user_version")]
    [InlineData("PRAGMA page_size = 512", "page_size")]
    [InlineData("SELECT * FROM pragma_database_list", "database_list")]
    [InlineData("SELECT * FROM _replication_state", "belongs to")]
    [InlineData("UPDATE _replication_state SET log_index = 0", "belongs to")]
    [InlineData("DROP TABLE _replication_state", "belongs to")]
    [InlineData("ALTER TABLE _replication_state ADD COLUMN x", "belongs to")]
    [InlineData("CREATE TABLE _replication_x (a)", "belongs to")]
    [InlineData("CREATE INDEX i ON _replication_state (term)", "belongs to")]
    [InlineData("CREATE TRIGGER x AFTER UPDATE ON _replication_state BEGIN SELECT 1; END", "belongs to")]
    [InlineData("CREATE VIEW _replication_v AS SELECT 1", "belongs to")]
    [InlineData("UPDATE sqlite_sequence SET seq = 0", "engine's own")]
    [InlineData("DELETE FROM sqlite_sequence", "engine's own")]
    [InlineData("UPDATE sqlite_stat1 SET stat = ''", "engine's own")]
    [InlineData("CREATE TEMP TABLE x (a)", "temporary")]
    [InlineData("CREATE TEMP VIEW x AS SELECT 1", "temporary")]
    [InlineData("CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END", "temporary")]
    [InlineData("CREATE VIRTUAL TABLE x USING dbstat", "dbstat")]
    [InlineData("CREATE VIRTUAL TABLE x USING fts4(a)", "fts4")]
    [InlineData("CREATE TABLE pg_catalog.x (a)", "read-only")]
    [InlineData("INSERT OR ROLLBACK INTO t VALUES (1, 1)", "ROLLBACK")]
    [InlineData("UPDATE OR /* x */ fail t SET a = 1", "FAIL")]
    [InlineData("CREATE TABLE x (a UNIQUE ON CONFLICT ROLLBACK)", "ROLLBACK")]
    [InlineData("CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'no'); END", "ROLLBACK")]
    public void Is_refused_with_the_reason(string sql, string reason)
    {
        var failure = pair.Fail(sql);
        Assert.Equal(FailureKind.Refused, failure.Kind);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Single(Pair.Query(pair.Leader, "SELECT * FROM t"));
    }

    [Theory]
    [InlineData("UPDATE sqlite_schema SET sql = ''")]
    [InlineData("DROP TABLE sqlite_sequence")]
    [InlineData("VACUUM")]
    [InlineData("VACUUM INTO 'x.db'")]
    [InlineData("SELECT \"no_such_column\"")]
    [InlineData("SELECT readfile('/etc/passwd')")]
    [InlineData("SELECT 1; SELECT 2")]
    [InlineData("this is no SQL")]
    public void Fails(string sql)
    {
        pair.Fail(sql);
        Assert.Single(Pair.Query(pair.Leader, "SELECT * FROM t"));
    }

    [Fact]
    public void Hidden_tables_of_full_text_indexes_cannot_be_written()
    {
        pair.Run("CREATE VIRTUAL TABLE f USING fts5(x)");
        pair.Fail("DELETE FROM f_data");
        pair.Fail("DROP TABLE f_data");
    }

    [Theory]
    [InlineData("PRAGMA table_info(t)")]
    [InlineData("SELECT name FROM pragma_table_xinfo('t')")]
    [InlineData("SELECT name FROM pragma_table_list")]
    [InlineData("PRAGMA foreign_key_check")]
    [InlineData("SELECT count(*) FROM pragma_function_list")]
    [InlineData("SELECT * FROM public.t")]
    [InlineData("SELECT * FROM main.t")]
    [InlineData("SELECT rollback OR fail FROM (SELECT 1 AS rollback, 0 AS fail)")]
    [InlineData("SELECT 'INSERT OR FAIL' -- OR ROLLBACK\n")]
    [InlineData("EXPLAIN DELETE FROM t")]
    [InlineData("EXPLAIN QUERY PLAN UPDATE t SET a = 2")]
    [InlineData(" /* nothing */ ; ")]
    [InlineData("")]
    public void Is_allowed_to_readers(string sql)
    {
        Pair.Query(pair.Leader, sql);
        Assert.Empty(pair.Run(sql));
    }

    [Theory]
    [InlineData("INSERT INTO t(a) VALUES (2)")]
    [InlineData("CREATE TABLE x (a)")]
    [InlineData("DELETE FROM t RETURNING a")]
    [InlineData("DROP TABLE t")]
    public void A_reader_refuses_to_write(string sql)
    {
        using var reader = pair.Leader.TryRentReader()!;
        Assert.Equal(FailureKind.WouldWrite, reader.Execute(new SqlCall(sql), long.MaxValue, null).Failure!.Kind);
        Assert.False(reader.Describe(sql).ReadOnly);
    }

    [Fact]
    public void An_old_tables_rollback_clause_ends_its_statement_and_nothing_else()
    {
        // Such a table can only have come in with a file: made here through the follower's side, which takes any schema.
        byte[] entry = [1, 6, .. Length("CREATE TABLE o (a UNIQUE ON CONFLICT ROLLBACK, b UNIQUE ON CONFLICT FAIL)")];
        pair.Leader.Writer.BeginBatch();
        Assert.Null(pair.Leader.Writer.Apply(entry).Divergence);
        pair.Leader.Writer.CommitBatch(1, 8);
        pair.Apply(entry);
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction();
        Assert.True(writer.Execute(new SqlCall("INSERT INTO o VALUES (1, 1)"), long.MaxValue, null).Succeeded);
        Assert.False(writer.Execute(new SqlCall("INSERT INTO o VALUES (2, 2), (1, 3)"), long.MaxValue, null).Succeeded);
        Assert.False(writer.Execute(new SqlCall("INSERT INTO o VALUES (3, 3), (4, 1)"), long.MaxValue, null).Succeeded);
        Assert.True(writer.Execute(new SqlCall("INSERT INTO o VALUES (5, 5)"), long.MaxValue, null).Succeeded);
        var payload = writer.EndTransaction().Payload;
        writer.CommitBatch(1, 9);
        pair.Apply(payload);
        Assert.Equal(["1|1", "5|5"], pair.Same("SELECT * FROM o"));
    }

    private static byte[] Length(string text) => [(byte)text.Length, .. System.Text.Encoding.UTF8.GetBytes(text)];
}

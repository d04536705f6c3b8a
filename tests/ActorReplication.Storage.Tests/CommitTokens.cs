using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>The table of commit tokens: in the transaction's own payload, the same on both sides.</summary>
public sealed class CommitTokens : IDisposable
{
    /// <summary>So that the count takes what was just made.</summary>
    private const long AllAreOld = -1_000_000;

    private static readonly TokenRules Rules = TokenRules.Default;
    private readonly Pair pair = new();

    public CommitTokens() => pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");

    public void Dispose() => pair.Dispose();

    [Theory]
    [InlineData(ReplicationMethod.Row)]
    [InlineData(ReplicationMethod.Statement)]
    [InlineData(ReplicationMethod.Mixed)]
    public void Travel_with_their_transaction_by_every_method(ReplicationMethod method)
    {
        pair.Rules = new CaptureRules(method, UnsafeStatements.Row);
        var record = Record("a", 3);
        Commit(record, Rules, "INSERT INTO t(a) VALUES (1), (2), (3)");
        Commit(Record("b", 3), Rules, "UPDATE t SET a = a + random() % 10");
        Commit(Record("c", 0), Rules, "UPDATE t SET a = 1 WHERE id = 99");
        pair.Same("SELECT a FROM t");
        Assert.Contains(pair.Follower.HashTables(), t => t is { Table: "_replication_tokens", Rows: 3 });
        Assert.Equal(record.Statements, Find(pair.Follower, "a")!.Statements);
        Assert.Null(Find(pair.Follower, "d"));
    }

    [Fact]
    public void Beside_statements_that_are_smaller_than_their_rows_the_statements_still_travel()
    {
        pair.Run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO t(a) SELECT i FROM n");
        pair.Rules = new CaptureRules(ReplicationMethod.Mixed, UnsafeStatements.Row);
        Assert.InRange(Commit(Record("a", 1000), Rules, "UPDATE t SET a = a + 1").Length, 50, 300);
        pair.Same("SELECT a FROM t");
    }

    [Fact]
    public void Are_seen_by_the_next_transaction_of_the_same_batch_and_gone_with_a_rolled_back_one()
    {
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction();
        writer.Execute(new SqlCall("INSERT INTO t(a) VALUES (1)"), long.MaxValue, null);
        writer.EndTransaction(Record("a", 1), Rules);
        writer.BeginTransaction();
        Assert.NotNull(writer.FindToken("a"));
        writer.RollbackTransaction();
        writer.RollbackBatch();
        Assert.Null(Find(pair.Leader, "a"));
    }

    [Fact]
    public void Are_not_kept_of_a_transaction_that_fails_at_its_end()
    {
        pair.Run("CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES t(id) DEFERRABLE INITIALLY DEFERRED)");
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction();
        writer.Execute(new SqlCall("INSERT INTO c(p) VALUES (77)"), long.MaxValue, null);
        Assert.NotNull(writer.EndTransaction(Record("a", 1), Rules).Failure);
        writer.BeginTransaction();
        Assert.Null(writer.FindToken("a"));
        writer.RollbackTransaction();
        writer.RollbackBatch();
    }

    [Fact]
    public void Are_taken_back_with_their_rows()
    {
        Commit(Record("a", 1), new TokenRules(Rules.AgeMicros, 1, AllAreOld), "INSERT INTO t(a) VALUES (1)");
        var before = Pair.Describe(pair.Follower);
        var payload = Commit(Record("b", 1), new TokenRules(Rules.AgeMicros, 1, AllAreOld), "INSERT INTO t(a) VALUES (2)");
        Assert.Null(Find(pair.Follower, "a"));
        pair.Follower.Writer.BeginBatch();
        Assert.True(pair.Follower.Writer.TryUndo(payload));
        pair.Follower.Writer.CommitBatch(1, pair.Index - 1);
        Assert.Equal(before, Pair.Describe(pair.Follower));
        Assert.NotNull(Find(pair.Follower, "a"));
    }

    [Fact]
    public void Go_by_count_and_by_age_oldest_first_on_both_sides()
    {
        for (var i = 1; i <= 7; i++)
            Commit(Record($"n{i}", 1), new TokenRules(Rules.AgeMicros, 5, AllAreOld), "INSERT INTO t(a) VALUES (1)");
        Assert.Equal(5, Kept());
        Assert.Null(Find(pair.Follower, "n2"));
        Assert.NotNull(Find(pair.Follower, "n3"));
        // An age below zero: everything is too old. A few go with each new one, so that no commit pays for all.
        Commit(Record("late", 1), new TokenRules(-1_000_000, 100), "INSERT INTO t(a) VALUES (1)");
        Assert.Equal(2, Kept());
        Assert.NotNull(Find(pair.Follower, "late"));
        pair.Same();
    }

    [Fact]
    public void Are_not_taken_by_count_while_their_clients_may_still_ask_again()
    {
        for (var i = 1; i <= 7; i++)
            Commit(Record($"n{i}", 1), Rules with { Count = 2 }, "INSERT INTO t(a) VALUES (1)");
        Assert.Equal(7, Kept());
        Assert.NotNull(Find(pair.Follower, "n1"));
    }

    [Fact]
    public void Are_not_kept_of_more_statements_than_can_be_read_again()
    {
        var record = new CommitRecord("a", [.. Enumerable.Repeat(new StatementSummary(1, 1, 0), CommitRecord.MostStatements + 1)]);
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction();
        writer.Execute(new SqlCall("INSERT INTO t(a) VALUES (1)"), long.MaxValue, null);
        Assert.Equal(FailureKind.TooLarge, writer.EndTransaction(record, Rules).Failure!.Kind);
        writer.RollbackBatch();
        Assert.Null(Find(pair.Leader, "a"));
        Assert.Throws<InvalidOperationException>(() => record.EncodeStatements());
    }

    [Fact]
    public void That_cannot_be_read_are_known_all_the_same()
    {
        var path = pair.Folder.File("damaged.db");
        using (var database = Database.Open(new DatabaseOptions(path)))
        {
            database.Writer.BeginBatch();
            database.Writer.BeginTransaction();
            database.Writer.EndTransaction(Record("a", 1), Rules);
            database.Writer.CommitBatch(1, 1);
            database.Checkpoint();
        }
        var bytes = File.ReadAllBytes(path);
        var kept = bytes.AsSpan().IndexOf(Record("a", 1).EncodeStatements());
        bytes[kept] = 99;
        File.WriteAllBytes(path, bytes);
        using var reopened = Database.Open(new DatabaseOptions(path));
        Assert.Contains("format 99 is unknown", Find(reopened, "a")!.Unreadable, StringComparison.Ordinal);
    }

    [Fact]
    public void Survive_a_statement_that_makes_SQLite_roll_the_batch_back()
    {
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction();
        writer.Execute(new SqlCall("INSERT INTO t(a) VALUES (1)"), long.MaxValue, null);
        var first = writer.EndTransaction(Record("a", 1), Rules).Payload;
        writer.BeginTransaction();
        var stopped = writer.Execute(new SqlCall("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO t(a) SELECT i FROM n"), Environment.TickCount64 + 20, null);
        Assert.Equal(FailureKind.TimedOut, stopped.Failure!.Kind);
        Assert.NotNull(writer.FindToken("a"));
        writer.RollbackTransaction();
        writer.CommitBatch(1, 2);
        pair.Apply(first);
        pair.Same("SELECT a FROM t");
    }

    [Fact]
    public void Are_out_of_users_reach()
    {
        Assert.Contains("belongs to the replication engine", pair.Fail("DELETE FROM _replication_tokens").Message, StringComparison.Ordinal);
        Assert.Contains("belongs to the replication engine", pair.Fail("SELECT * FROM _replication_tokens").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keep_their_statements_as_these_bytes()
    {
        var record = new CommitRecord("a", [new StatementSummary(new UInt128(0x0102030405060708, 0x1112131415161718), 3, 200), new StatementSummary(UInt128.One, -2067, 0)]);
        var bytes = record.EncodeStatements();
        Assert.Equal("01" + "02" + "1817161514131211" + "0807060504030201" + "06" + "9003" + "0100000000000000" + "0000000000000000" + "A520" + "00", Convert.ToHexString(bytes));
        Assert.Equal(record.Statements, CommitRecord.DecodeStatements(bytes));
        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<InvalidDataException>(() => CommitRecord.DecodeStatements(bytes.AsSpan(0, length)));
        Assert.Throws<InvalidDataException>(() => CommitRecord.DecodeStatements([.. bytes, 0]));
        Assert.Throws<InvalidDataException>(() => CommitRecord.DecodeStatements([2, .. bytes[1..]]));
    }

    private byte[] Commit(CommitRecord record, TokenRules rules, string sql)
    {
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction(pair.Rules);
        Pair.Succeed(writer.Execute(new SqlCall(sql), long.MaxValue, null), sql);
        var outcome = writer.EndTransaction(record, rules);
        Assert.Null(outcome.Failure);
        pair.Advance();
        writer.CommitBatch(1, pair.Index);
        pair.Apply(outcome.Payload);
        return outcome.Payload.ToArray();
    }

    private static CommitRecord Record(string token, long affected) => new(token, [new StatementSummary(UInt128.MaxValue, affected, 0)]);

    private static CommitRecord? Find(IDatabase database, string token)
    {
        database.Writer.BeginBatch();
        database.Writer.BeginTransaction();
        var found = database.Writer.FindToken(token);
        database.Writer.RollbackTransaction();
        database.Writer.RollbackBatch();
        return found;
    }

    private long Kept() => pair.Follower.HashTables().Single(t => t.Table == "_replication_tokens").Rows;
}

using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>A follower that does not hold what the leader held says so, once, with names, and takes the leader's values.</summary>
public sealed class Divergence : IDisposable
{
    private readonly Pair pair = new();

    public Divergence()
    {
        pair.Run(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, n INT NOT NULL DEFAULT 0)",
            "CREATE TABLE w (k TEXT PRIMARY KEY, u INT UNIQUE) WITHOUT ROWID",
            "INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2)",
            "INSERT INTO w VALUES ('a', 1), ('b', 2)");
    }

    public void Dispose() => pair.Dispose();

    [Fact]
    public void A_changed_value_is_found_by_an_update_and_made_right()
    {
        pair.Tamper("UPDATE t SET a = 'other' WHERE id = 1");
        Assert.Equal("table t key 1: column a: expected 'one', found 'other'", Apply("UPDATE t SET a = 'new' WHERE id = 1"));
        pair.Same();
    }

    [Fact]
    public void The_type_counts_too()
    {
        pair.Tamper("UPDATE t SET a = x'6f6e65' WHERE id = 1");
        Assert.Equal("table t key 1: column a: expected 'one', found x'6f6e65'", Apply("UPDATE t SET a = 'new' WHERE id = 1"));
    }

    [Fact]
    public void A_column_that_was_not_changed_is_not_looked_at_by_an_update_but_by_a_delete()
    {
        pair.Tamper("UPDATE t SET n = 77 WHERE id = 1");
        Assert.Null(Apply("UPDATE t SET a = 'new' WHERE id = 1"));
        Assert.Equal("table t key 1: column n: expected 1, found 77", Apply("DELETE FROM t WHERE id = 1"));
        pair.Same();
    }

    [Fact]
    public void A_missing_row_is_found_by_update_and_delete()
    {
        pair.Tamper("DELETE FROM t", "DELETE FROM w");
        Assert.Equal("table t key 1: expected a row to update, found none", Apply("UPDATE t SET a = 'new' WHERE id = 1"));
        Assert.Equal(["1|new|0"], Pair.Query(pair.Follower, "SELECT * FROM t"));
        Assert.Equal("table t key 2: expected a row to delete, found none", Apply("DELETE FROM t WHERE id = 2"));
        Assert.Equal("table w key ('a'): expected a row to update, found none", Apply("UPDATE w SET u = 9 WHERE k = 'a'"));
        Assert.Equal("table w key ('b'): expected a row to delete, found none", Apply("DELETE FROM w WHERE k = 'b'"));
        Assert.Equal(["a|9"], Pair.Query(pair.Follower, "SELECT * FROM w"));
    }

    [Fact]
    public void A_row_that_should_not_be_there_is_replaced()
    {
        pair.Tamper("INSERT INTO t VALUES (3, 'mine', 3)", "INSERT INTO w VALUES ('c', 30)");
        Assert.StartsWith("table t key 3: expected no such row", Apply("INSERT INTO t VALUES (3, 'yours', 4)"), StringComparison.Ordinal);
        Assert.StartsWith("table w key ('c'): expected no such row", Apply("INSERT INTO w VALUES ('c', 31)"), StringComparison.Ordinal);
        pair.Same();
    }

    [Fact]
    public void An_update_that_meets_another_rows_unique_value_takes_its_place()
    {
        pair.Tamper("UPDATE w SET u = 5 WHERE k = 'b'");
        Assert.Contains("the update failed", Apply("UPDATE w SET u = 5 WHERE k = 'a'"), StringComparison.Ordinal);
        Assert.Equal(["a|5"], Pair.Query(pair.Follower, "SELECT * FROM w"));
    }

    [Fact]
    public void A_tables_own_conflict_clause_hides_nothing()
    {
        pair.Run("CREATE TABLE o (id INTEGER PRIMARY KEY, u INT UNIQUE ON CONFLICT REPLACE, v INT UNIQUE ON CONFLICT IGNORE)", "INSERT INTO o VALUES (1, 1, 1)");
        pair.Tamper("INSERT INTO o VALUES (2, 2, 2), (3, 3, 3)");
        Assert.Contains("table o key 4: expected no such row", Apply("INSERT INTO o VALUES (4, 2, 4)"), StringComparison.Ordinal);
        Assert.Contains("table o key 1: the update failed", Apply("UPDATE o SET v = 3"), StringComparison.Ordinal);
        Assert.Equal(Pair.Query(pair.Leader, "SELECT id FROM o WHERE v = 3"), Pair.Query(pair.Follower, "SELECT id FROM o WHERE v = 3"));
    }

    [Fact]
    public void A_missing_table_or_other_columns_are_named()
    {
        pair.Tamper("DROP TABLE w", "ALTER TABLE t ADD COLUMN more INT");
        Assert.Equal("table w: is missing here", Apply("INSERT INTO w VALUES ('z', 26)"));
        Assert.Equal("table t: has other columns here", Apply("DELETE FROM t"));
    }

    [Fact]
    public void A_schema_change_that_fails_is_named_and_does_not_stop_the_rest()
    {
        pair.Tamper("CREATE TABLE new_one (x)");
        Assert.Contains("already exists", Apply("CREATE TABLE new_one (x)", "INSERT INTO t VALUES (9, 'nine', 9)"), StringComparison.Ordinal);
        Assert.Equal(["9"], Pair.Query(pair.Follower, "SELECT id FROM t WHERE id = 9"));
    }

    [Fact]
    public void A_sequence_that_is_ahead_is_named_and_set()
    {
        pair.Run("CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT)", "INSERT INTO s DEFAULT VALUES");
        pair.Tamper("INSERT INTO s VALUES (50)", "DELETE FROM s WHERE id = 50");
        Assert.Equal("table sqlite_sequence key 's': expected 1, found 50", Apply("INSERT INTO s DEFAULT VALUES"));
        pair.Same();
    }

    [Fact]
    public void Only_the_first_difference_is_told_and_long_values_are_cut()
    {
        pair.Tamper("UPDATE t SET a = printf('%.1000c', 'x')");
        var told = Apply("UPDATE t SET a = 'new', n = n + 1");
        Assert.StartsWith("table t key 1: column a: expected 'one', found 'xxx", told, StringComparison.Ordinal);
        Assert.EndsWith("… (1000 bytes)", told, StringComparison.Ordinal);
        pair.Same();
    }

    [Fact]
    public void Bad_payload_bytes_throw_with_their_place()
    {
        var payload = pair.Run("INSERT INTO t VALUES (5, 'five', 5)");
        pair.Follower.Writer.BeginBatch();
        for (var length = 1; length < payload.Length; length++)
        {
            var cut = payload.AsMemory(0, length);
            try
            {
                pair.Follower.Writer.Apply(cut);
            }
            catch (InvalidDataException bad)
            {
                Assert.Contains("byte", bad.Message, StringComparison.Ordinal);
            }
        }
        Assert.Throws<InvalidDataException>(() => pair.Follower.Writer.Apply(new byte[] { 99 }));
        Assert.Throws<InvalidDataException>(() => pair.Follower.Writer.Apply(new byte[] { 1, 2, 0 }));
        Assert.Throws<InvalidDataException>(() => pair.Follower.Writer.Apply(new byte[] { 1, 200 }));
        pair.Follower.Writer.RollbackBatch();
        pair.Same();
    }

    private string? Apply(params string[] statements)
    {
        pair.Leader.Writer.BeginBatch();
        pair.Leader.Writer.BeginTransaction();
        foreach (var sql in statements)
            Pair.Succeed(pair.Leader.Writer.Execute(new SqlCall(sql), long.MaxValue, null), sql);
        var payload = pair.Leader.Writer.EndTransaction().Payload;
        pair.Leader.Writer.CommitBatch(1, 50);
        pair.Follower.Writer.BeginBatch();
        var outcome = pair.Follower.Writer.Apply(payload);
        pair.Follower.Writer.CommitBatch(1, 50);
        return outcome.Divergence;
    }
}

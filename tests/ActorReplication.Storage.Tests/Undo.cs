using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

public sealed class Undo : IDisposable
{
    private readonly Pair pair = new();

    public Undo()
    {
        pair.Run(
            "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b BLOB, g AS (a || '!'))",
            "CREATE TABLE w (k INT, l TEXT, u INT UNIQUE, PRIMARY KEY (l, k)) WITHOUT ROWID",
            "CREATE TABLE p (id INTEGER PRIMARY KEY)",
            "CREATE TABLE c (p INT REFERENCES p ON DELETE CASCADE)",
            "CREATE VIRTUAL TABLE f USING fts5(x)",
            "CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO f VALUES (new.a); END");
        pair.Run(
            "INSERT INTO t(a, b) VALUES ('red', x'01'), ('green', NULL)",
            "INSERT INTO w VALUES (1, 'x', 10), (2, 'y', 20)",
            "INSERT INTO p VALUES (1), (2)",
            "INSERT INTO c VALUES (1), (1), (2)");
    }

    public void Dispose() => pair.Dispose();

    [Theory]
    [InlineData("INSERT INTO t(a) VALUES ('blue')")]
    [InlineData("INSERT INTO t(id, a) VALUES (100, 'blue')")]
    [InlineData("UPDATE t SET a = a || 'ish', b = NULL")]
    [InlineData("UPDATE t SET id = id + 10")]
    [InlineData("DELETE FROM t WHERE id = 1")]
    [InlineData("UPDATE w SET k = k + 5, u = -u")]
    [InlineData("REPLACE INTO w VALUES (1, 'x', 20)")]
    [InlineData("DELETE FROM p")]
    [InlineData("INSERT INTO f VALUES ('yellow'); DELETE FROM f WHERE x = 'red'; INSERT INTO f(f) VALUES ('optimize')")]
    [InlineData("DELETE FROM w; INSERT INTO w VALUES (1, 'x', 1); UPDATE w SET k = 4 WHERE l = 'x'; DELETE FROM w; INSERT INTO w VALUES (1, 'x', 1)")]
    public void An_applied_entry_is_taken_back_whole(string statements)
    {
        var before = Pair.Describe(pair.Follower);
        var payload = pair.Run(statements.Split("; "));
        Assert.NotEqual(before, Pair.Describe(pair.Follower));
        Assert.True(TryUndo(payload));
        Assert.Equal(before, Pair.Describe(pair.Follower));
        pair.Apply(payload);
        pair.Same();
    }

    [Fact]
    public void Entries_are_taken_back_one_after_the_other_in_one_batch()
    {
        var before = Pair.Describe(pair.Follower);
        var first = pair.Run("INSERT INTO t(a) VALUES ('a1')");
        var second = pair.Run("UPDATE t SET a = 'a2' WHERE a = 'a1'");
        pair.Follower.Writer.BeginBatch();
        Assert.True(pair.Follower.Writer.TryUndo(second));
        Assert.True(pair.Follower.Writer.TryUndo(first));
        pair.Follower.Writer.CommitBatch(1, 1);
        Assert.Equal(before, Pair.Describe(pair.Follower));
        Assert.Equal(1, pair.Follower.Applied.Index);
    }

    [Fact]
    public void A_schema_change_cannot_be_taken_back_and_nothing_of_its_entry_is()
    {
        var payload = pair.Run("INSERT INTO t(a) VALUES ('x')", "CREATE TABLE n (a)", "INSERT INTO t(a) VALUES ('y')");
        var before = Pair.Describe(pair.Follower);
        Assert.False(TryUndo(payload));
        Assert.Equal(before, Pair.Describe(pair.Follower));
    }

    [Fact]
    public void Rows_that_are_not_as_the_entry_left_them_are_not_taken_back_half()
    {
        var payload = pair.Run("INSERT INTO w VALUES (3, 'z', 30)", "UPDATE w SET u = 21 WHERE k = 2");
        pair.Run("UPDATE w SET u = 31 WHERE k = 3");
        var before = Pair.Describe(pair.Follower);
        Assert.False(TryUndo(payload));
        Assert.Equal(before, Pair.Describe(pair.Follower));
    }

    private bool TryUndo(ReadOnlyMemory<byte> payload)
    {
        pair.Follower.Writer.BeginBatch();
        var undone = pair.Follower.Writer.TryUndo(payload);
        pair.Follower.Writer.CommitBatch(1, pair.Index);
        return undone;
    }
}

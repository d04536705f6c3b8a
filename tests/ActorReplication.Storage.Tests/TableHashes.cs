using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

public sealed class TableHashes : IDisposable
{
    private readonly Pair pair = new();

    public void Dispose() => pair.Dispose();

    [Theory]
    [InlineData("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)")]
    [InlineData("CREATE TABLE t (a)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1.0)")]
    [InlineData("CREATE TABLE t (a)", "INSERT INTO t VALUES ('x')", "INSERT INTO t VALUES (x'78')")]
    [InlineData("CREATE TABLE t (a)", "INSERT INTO t VALUES (NULL)", "INSERT INTO t VALUES ('')")]
    [InlineData("CREATE TABLE t (a)", "INSERT INTO t(rowid, a) VALUES (1, 1)", "INSERT INTO t(rowid, a) VALUES (2, 1)")]
    [InlineData("CREATE TABLE t (a, b)", "INSERT INTO t VALUES ('x', 'yz')", "INSERT INTO t VALUES ('xy', 'z')")]
    [InlineData("CREATE TABLE t (a)", "CREATE INDEX i ON t (a)", "CREATE INDEX i ON t (a DESC)")]
    [InlineData("CREATE TABLE t (a)", "CREATE VIEW v AS SELECT 1", "CREATE VIEW v AS SELECT 2")]
    [InlineData("CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)", "SELECT 1", "INSERT INTO t VALUES (1); DELETE FROM t")]
    [InlineData("CREATE VIRTUAL TABLE f USING fts5(x)", "INSERT INTO f VALUES ('a')", "INSERT INTO f VALUES ('b')")]
    public void Differ_when_contents_do(string schema, string here, string there)
    {
        pair.Run(schema);
        Assert.Equal(pair.Leader.HashTables(), pair.Follower.HashTables());
        var before = pair.Leader.HashTables();
        Change(pair.Leader, here);
        Change(pair.Follower, there);
        Assert.NotEqual(pair.Leader.HashTables(), pair.Follower.HashTables());
        Assert.True(before.Count <= pair.Leader.HashTables().Count);
    }

    [Fact]
    public void Do_not_depend_on_the_order_of_writing_or_on_our_own_table()
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
        Change(pair.Leader, "INSERT INTO t VALUES (1, 'x'); INSERT INTO t VALUES (2, 'y')");
        Change(pair.Follower, "INSERT INTO t VALUES (2, 'z'); INSERT INTO t VALUES (1, 'x'); UPDATE t SET a = 'y' WHERE id = 2");
        pair.Leader.Writer.BeginBatch();
        pair.Leader.Writer.CommitBatch(9, 99);
        Assert.Equal(pair.Leader.HashTables(), pair.Follower.HashTables());
        Assert.Equal(["sqlite_schema", "t"], pair.Leader.HashTables().Select(table => table.Table));
    }

    private static void Change(Engine.IDatabase database, string statements)
    {
        database.Writer.BeginBatch();
        database.Writer.BeginTransaction();
        foreach (var sql in statements.Split("; "))
            Pair.Succeed(database.Writer.Execute(new Engine.SqlCall(sql), long.MaxValue, null), sql);
        Assert.Null(database.Writer.EndTransaction().Failure);
        database.Writer.CommitBatch(1, 1);
    }
}

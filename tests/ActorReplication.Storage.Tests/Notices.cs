using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>The table of notifications: in the transaction's own payload, the same on both sides.</summary>
public sealed class Notices : IDisposable
{
    private readonly Pair pair = new();

    public void Dispose() => pair.Dispose();

    [Theory]
    [InlineData(ReplicationMethod.Row)]
    [InlineData(ReplicationMethod.Statement)]
    [InlineData(ReplicationMethod.Mixed)]
    public void Travel_with_their_transaction_by_every_method_that_sends_changes(ReplicationMethod method)
    {
        pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a)");
        pair.Rules = new CaptureRules(method, UnsafeStatements.Row);
        Commit(["INSERT INTO t(a) VALUES (1), (2)"], "one", "two");
        Commit([], "alone");
        Commit(["DELETE FROM t"]);
        pair.Same();
        Assert.Equal(["1 one", "2 two", "3 alone"], Read(pair.Follower, 0));
        Assert.Equal(["3 alone"], Read(pair.Follower, 2));
        Assert.Equal(["1 one", "2 two", "3 alone"], Read(pair.Leader, 0));
    }

    [Fact]
    public void Are_in_the_pages_where_pages_travel()
    {
        using var pages = new PagePair();
        pages.Record = new CommitRecord("", []) { Notices = [Of("p")] };
        pages.Run("INSERT INTO t(v) VALUES (1)");
        Assert.Equal(["1 p"], Read(pages.Follower, 0));
        pages.AssertSameBytes();
    }

    [Fact]
    public void A_rolled_back_transaction_leaves_none()
    {
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction();
        writer.EndTransaction(new CommitRecord("", []) { Notices = [Of("lost")] });
        writer.RollbackBatch();
        Assert.Empty(Read(pair.Leader, 0));
    }

    [Fact]
    public void The_oldest_go()
    {
        var many = Enumerable.Range(1, NoticeTable.Kept + 10).Select(i => $"{i}").ToArray();
        Commit([], many);
        pair.Same();
        Assert.Equal("11 11", Read(pair.Follower, 0)[0]);
    }

    [Fact]
    public void Clients_cannot_reach_the_table()
    {
        Assert.Contains("belongs to the replication engine", pair.Fail("DELETE FROM _replication_notices").Message, StringComparison.Ordinal);
        Assert.Contains("belongs to the replication engine", pair.Fail("SELECT * FROM _replication_notices").Message, StringComparison.Ordinal);
    }

    private static Notice Of(string payload) => new("c", payload, 7, -1);

    private void Commit(string[] statements, params string[] payloads)
    {
        var writer = pair.Leader.Writer;
        writer.BeginBatch();
        writer.BeginTransaction(pair.Rules);
        foreach (var sql in statements)
            Pair.Succeed(writer.Execute(new SqlCall(sql), long.MaxValue, null), sql);
        var outcome = writer.EndTransaction(payloads.Length == 0 ? null : new CommitRecord("", []) { Notices = [.. payloads.Select(Of)] });
        Assert.Null(outcome.Failure);
        pair.Advance();
        writer.CommitBatch(1, pair.Index);
        pair.Apply(outcome.Payload);
    }

    private static List<string> Read(IDatabase database, long after)
    {
        using var reader = database.TryRentReader()!;
        return [.. reader.NoticesAfter(after, int.MaxValue).Select(notice => $"{notice.Number} {notice.Payload}")];
    }
}

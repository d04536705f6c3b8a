using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>The moment in which a batch's pages are in the log and its entry is not committed yet; and what a crash leaves.</summary>
public sealed class PageCommits : IDisposable
{
    private readonly PagePair pair = new();

    public void Dispose() => pair.Dispose();

    [Fact]
    public void Nobody_sees_a_batch_while_it_is_decided()
    {
        pair.Begin("INSERT INTO t VALUES (1, 1)");
        Assert.True(pair.Leader.Writer.CommitPages(1, ++pair.Index, false, _ =>
        {
            Assert.Equal(["0"], Pair.Query(pair.Leader, "SELECT count(*) FROM t"));
            return true;
        }));
        Assert.Equal(["1"], Pair.Query(pair.Leader, "SELECT count(*) FROM t"));
    }

    [Fact]
    public void A_batch_that_is_refused_can_be_rolled_back()
    {
        pair.Begin("INSERT INTO t VALUES (1, 1)", "CREATE TABLE gone (a)");
        Assert.False(pair.Leader.Writer.CommitPages(1, pair.Index + 1, false, _ => false));
        pair.Leader.Writer.RollbackBatch();
        Assert.Equal(["0"], Pair.Query(pair.Leader, "SELECT count(*) FROM t"));
        pair.Run("INSERT INTO t VALUES (2, 2)");
        pair.AssertSameBytes();
        Assert.Equal(["2|2"], Pair.Query(pair.Follower, "SELECT * FROM t"));
        Assert.Equal(["0"], Pair.Query(pair.Leader, "SELECT count(*) FROM sqlite_schema WHERE name = 'gone'"));
    }

    [Theory]
    [InlineData(64 << 20)]
    [InlineData(32 << 10)]
    public void A_batch_whose_position_is_taken_is_committed_at_another(int cacheBytes)
    {
        pair.Leader.Dispose();
        pair.Leader = Database.Open(new DatabaseOptions(pair.LeaderPath) { Readers = 2, PageCacheBytes = cacheBytes });
        pair.Begin("CREATE VIRTUAL TABLE f USING fts5(x)", "INSERT INTO f VALUES ('some words')", "INSERT INTO t VALUES (1, 1)", "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO t SELECT i, randomblob(500) FROM n");
        for (var tries = 0; tries < 3; tries++)
        {
            Assert.False(pair.Leader.Writer.CommitPages(1, ++pair.Index, false, _ => false));
            pair.Leader.Writer.StoreConfig(new[] { (byte)tries });
        }
        byte[]? entry = null;
        Assert.True(pair.Leader.Writer.CommitPages(1, ++pair.Index, false, payload =>
        {
            entry = payload.ToArray();
            return true;
        }));
        pair.Log[pair.Index] = entry!;
        pair.Apply(pair.Index);
        Assert.Equal(["1"], Pair.Query(pair.Follower, "SELECT count(*) FROM f WHERE f MATCH 'words'"));
        // What SQLite wrote must be whole to one who recovers the log, and to the next writers.
        pair.Run("UPDATE t SET v = v || 'x' WHERE id = 1");
        using (var crashed = PagePair.Open(pair.CopyFiles(pair.LeaderPath, "crashed.db")))
        {
            Assert.Equal(pair.Index, crashed.Applied.Index);
            Assert.Equal([2], crashed.Applied.Config.ToArray());
            Assert.Equal(Pair.Describe(pair.Leader), Pair.Describe(crashed));
        }
        pair.AssertSameBytes();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_batch_that_does_not_fit_into_an_entry_is_refused_and_the_next_one_goes_on(bool fitsWithoutRows)
    {
        pair.Leader.Dispose();
        pair.Leader = Database.Open(new DatabaseOptions(pair.LeaderPath) { Readers = 2, MaxEntryBytes = fitsWithoutRows ? 150_000 : 50_000 });
        pair.Begin("INSERT INTO t VALUES (1, randomblob(100000))");
        Assert.Throws<EntryTooLargeException>(() => pair.Leader.Writer.CommitPages(1, pair.Index + 1, fitsWithoutRows, _ => throw new InvalidOperationException("decided")));
        pair.Leader.Writer.RollbackBatch();
        pair.Run("INSERT INTO t VALUES (2, 2)");
        pair.AssertSameBytes();
        Assert.Equal(["2|2"], Pair.Query(pair.Follower, "SELECT * FROM t"));
    }

    /// <summary>Else every look at it would find a checkpoint due.</summary>
    [Fact]
    public void A_followers_log_that_a_large_transaction_made_long_is_cut_when_it_begins_anew()
    {
        pair.Run("INSERT INTO t VALUES (1, zeroblob(70000000))");
        Assert.InRange(new FileInfo(pair.FollowerPath + "-wal").Length, 70_000_000, long.MaxValue);
        pair.Follower.Checkpoint();
        pair.Run("INSERT INTO t VALUES (2, 2)");
        Assert.InRange(new FileInfo(pair.FollowerPath + "-wal").Length, 1, 64 << 20);
        pair.AssertSameBytes();
    }

    [Fact]
    public void A_process_that_dies_before_the_decision_has_nothing_of_the_batch()
    {
        string? left = null;
        pair.Begin("INSERT INTO t VALUES (1, 1)");
        Assert.True(pair.Leader.Writer.CommitPages(1, ++pair.Index, false, _ =>
        {
            left = pair.CopyFiles(pair.LeaderPath, "died.db");
            return true;
        }));
        using var died = PagePair.Open(left!);
        Assert.Equal(pair.Index - 1, died.Applied.Index);
        Assert.Equal(["0"], Pair.Query(died, "SELECT count(*) FROM t"));
    }

    [Fact]
    public void A_process_that_dies_after_a_refusal_has_nothing_of_the_batch()
    {
        pair.Begin("INSERT INTO t VALUES (1, 1)");
        Assert.False(pair.Leader.Writer.CommitPages(1, pair.Index + 1, false, _ => false));
        using (var died = PagePair.Open(pair.CopyFiles(pair.LeaderPath, "inside.db")))
            Assert.Equal(["0"], Pair.Query(died, "SELECT count(*) FROM t"));
        pair.Leader.Writer.RollbackBatch();
        using (var died = PagePair.Open(pair.CopyFiles(pair.LeaderPath, "after.db")))
            Assert.Equal(["0"], Pair.Query(died, "SELECT count(*) FROM t"));
    }

    [Fact]
    public void An_exception_in_the_decision_comes_out_and_takes_the_batch_with_it()
    {
        pair.Begin("INSERT INTO t VALUES (1, 1)");
        Assert.Throws<TimeoutException>(() => pair.Leader.Writer.CommitPages(1, pair.Index + 1, false, _ => throw new TimeoutException()));
        pair.Leader.Writer.RollbackBatch();
        pair.Run("INSERT INTO t VALUES (2, 2)");
        pair.AssertSameBytes();
    }

    [Fact]
    public void A_follower_that_loses_the_end_of_its_log_takes_the_entries_again()
    {
        pair.Follower.Checkpoint();
        var start = pair.Index;
        for (var i = 1; i <= 6; i++)
            pair.Run($"INSERT INTO t VALUES ({i}, randomblob({i * 900}))", $"UPDATE t SET v = randomblob({i * 500}) WHERE id = {i - 1}");
        var length = new FileInfo(pair.FollowerPath + "-wal").Length;
        var reached = new HashSet<long>();
        var cuts = Enumerable.Range(0, 6).Select(i => 40L * i).Concat(Enumerable.Range(0, (int)(length / 1237)).Select(i => 1237L * i + 250)).Append(length);
        foreach (var cut in cuts)
        {
            var path = pair.CopyFiles(pair.FollowerPath, $"cut{cut}.db");
            using (var log = File.OpenWrite(path + "-wal"))
                log.SetLength(cut);
            using (var follower = PagePair.Open(path))
            {
                reached.Add(follower.Applied.Index);
                Assert.InRange(follower.Applied.Index, start, pair.Index);
                for (var index = follower.Applied.Index + 1; index <= pair.Index; index++)
                    pair.Apply(follower, index);
                follower.Checkpoint();
            }
            pair.Leader.Checkpoint();
            Assert.Equal(PagePair.HashOf(pair.LeaderPath), PagePair.HashOf(path));
        }
        Assert.Equal(7, reached.Count);
    }

    [Fact]
    public void A_copy_taken_while_the_log_holds_pages_has_the_leaders_bytes()
    {
        for (var i = 1; i <= 5; i++)
        {
            pair.Run($"INSERT INTO t VALUES ({i}, randomblob(9000))", $"DELETE FROM t WHERE id = {i - 2}");
            if (i == 3)
                pair.Leader.Checkpoint();
            var copy = pair.Folder.File($"copy{i}.db");
            var manifest = pair.Leader.CopyTo(copy, 0, CancellationToken.None);
            Assert.Equal(pair.Index, manifest.Position.Index);
            pair.Follower.Checkpoint();
            Assert.Equal(PagePair.HashOf(pair.FollowerPath), PagePair.HashOf(copy));
        }
    }
}

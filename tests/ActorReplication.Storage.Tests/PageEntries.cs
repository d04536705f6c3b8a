using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>Entries of pages: what the leader commits, a follower's file holds byte for byte.</summary>
public sealed class PageEntries : IDisposable
{
    private const string ManyRows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t(v) SELECT randomblob(300) FROM n";

    private readonly PagePair pair = new();

    public void Dispose() => pair.Dispose();

    [Fact]
    public void Files_are_the_same_after_inserts_updates_and_deletes()
    {
        pair.Run("INSERT INTO t VALUES (1, 'one'), (2, 'two')");
        pair.Run("UPDATE t SET v = 'changed' WHERE id = 1", "DELETE FROM t WHERE id = 2");
        pair.AssertSameBytes();
        Assert.Equal(["1|changed"], Pair.Query(pair.Follower, "SELECT * FROM t"));
        Assert.Equal(pair.Index, pair.Follower.Applied.Index);
    }

    [Fact]
    public void Files_are_the_same_after_schema_changes_full_text_and_growing_and_shrinking()
    {
        pair.Run(ManyRows);
        pair.Run("CREATE VIRTUAL TABLE f USING fts5(x)");
        pair.Run("INSERT INTO f VALUES ('some words'), ('other words')", "CREATE TABLE u (a PRIMARY KEY, b) WITHOUT ROWID");
        pair.Run("INSERT INTO u SELECT id, v FROM t", "DROP TABLE t");
        pair.AssertSameBytes();
        pair.Run("ALTER TABLE u ADD COLUMN c", "CREATE INDEX ub ON u(b)", "DELETE FROM u WHERE a % 3 = 0");
        pair.AssertSameBytes();
        Assert.Equal(["2"], Pair.Query(pair.Follower, "SELECT count(*) FROM f WHERE f MATCH 'words'"));
        Assert.Equal(Pair.Describe(pair.Leader), Pair.Describe(pair.Follower));
    }

    [Fact]
    public void A_reader_keeps_its_state_while_pages_are_written()
    {
        pair.Run("INSERT INTO t VALUES (1, 'before')");
        using var reader = pair.Follower.TryRentReader()!;
        reader.BeginSnapshot();
        for (var i = 0; i < 20; i++)
        {
            pair.Run("UPDATE t SET v = 'after'", ManyRows, "DELETE FROM t WHERE id > 1");
            pair.Follower.Checkpoint();
        }
        Assert.Equal(["before"], Values(reader));
        reader.EndSnapshot();
        Assert.Equal(["after"], Values(reader));
        pair.AssertSameBytes();
    }

    [Fact]
    public void Logs_begin_anew_on_both_sides_after_checkpoints()
    {
        for (var i = 0; i < 30; i++)
        {
            pair.Run(ManyRows, "DELETE FROM t WHERE id % 2 = 0");
            if (i % 3 == 0)
                pair.Follower.Checkpoint();
            if (i % 5 == 0)
                pair.Leader.Checkpoint();
        }
        // Thirty times a megabyte and more went through it.
        Assert.InRange(new FileInfo(pair.FollowerPath + "-wal").Length, 1, 10 << 20);
        pair.AssertSameBytes();
        Assert.Equal("ok", Pair.Query(pair.Follower, "SELECT CASE WHEN count(*) > 0 THEN 'ok' END FROM t")[0]);
    }

    [Fact]
    public void A_transaction_larger_than_the_page_cache_is_one_entry()
    {
        pair.Leader.Dispose();
        pair.Leader = Database.Open(new DatabaseOptions(pair.LeaderPath) { Readers = 2, PageCacheBytes = 256 << 10 });
        pair.Run(ManyRows, "UPDATE t SET v = randomblob(400)", ManyRows, "DELETE FROM t WHERE id % 5 = 0");
        pair.AssertSameBytes();
    }

    [Fact]
    public void A_statement_that_is_taken_back_leaves_no_page_behind()
    {
        pair.Leader.Dispose();
        pair.Leader = Database.Open(new DatabaseOptions(pair.LeaderPath) { Readers = 2, PageCacheBytes = 64 << 10 });
        pair.Begin("INSERT INTO t VALUES (1, 'kept')");
        pair.Leader.Writer.BeginTransaction(new CaptureRules(ReplicationMethod.Page, UnsafeStatements.Row));
        Pair.Succeed(pair.Leader.Writer.Execute(new SqlCall(ManyRows), long.MaxValue, null), ManyRows);
        pair.Leader.Writer.RollbackTransaction();
        Assert.True(pair.Leader.Writer.CommitPages(1, ++pair.Index, false, payload =>
        {
            pair.Log[pair.Index] = payload.ToArray();
            return true;
        }));
        Assert.InRange(pair.Log[pair.Index].Length, 1, 10_000);
        pair.Apply(pair.Index);
        pair.AssertSameBytes();
    }

    [Fact]
    public void What_changed_in_a_page_travels_and_not_the_page()
    {
        pair.Run(ManyRows);
        Assert.InRange(pair.Run("UPDATE t SET v = 'x' WHERE id = 100").Length, 1, 1000);
    }

    [Fact]
    public void Roles_change_and_the_lineage_goes_on()
    {
        var lineage = pair.Leader.Writer.Lineage;
        pair.Run("CREATE VIRTUAL TABLE f USING fts5(x)");
        for (var i = 0; i < 4; i++)
        {
            pair.Run($"INSERT INTO t(v) VALUES ({i})", "INSERT INTO f VALUES ('some words')", "UPDATE f SET x = x || ' more'");
            pair.SwapRoles();
        }
        Assert.Equal(["4"], Pair.Query(pair.Follower, "SELECT count(*) FROM f WHERE f MATCH 'words'"));
        pair.AssertSameBytes();
        Assert.Equal(lineage, pair.Leader.Writer.Lineage);
        Assert.Equal(lineage, pair.Follower.Writer.Lineage);
    }

    [Fact]
    public void A_position_without_data_leaves_the_files_alone_and_its_configuration_comes_with_the_next_entry()
    {
        pair.Index++;
        foreach (var database in new[] { pair.Leader, pair.Follower })
        {
            database.Writer.BeginBatch();
            database.Writer.StoreConfig(new byte[] { 1, 2, 3 });
            database.Writer.CommitBatch(1, pair.Index);
            Assert.Equal(pair.Index, database.Applied.Index);
        }
        pair.AssertSameBytes();
        pair.Run("INSERT INTO t VALUES (1, 1)");
        pair.AssertSameBytes();
        pair.Follower.Dispose();
        pair.Follower = PagePair.Open(pair.FollowerPath);
        Assert.Equal(new byte[] { 1, 2, 3 }, pair.Follower.Applied.Config.ToArray());
    }

    [Fact]
    public void A_file_of_other_bytes_takes_the_rows_if_there_are_any_and_else_asks_for_a_clone()
    {
        pair.Follower.Writer.BeginBatch();
        pair.Follower.Writer.BeginTransaction();
        Pair.Succeed(pair.Follower.Writer.Execute(new SqlCall("CREATE TABLE other (a)"), long.MaxValue, null), "other");
        pair.Follower.Writer.EndTransaction();
        pair.Follower.Writer.CommitBatch(1, pair.Index);
        Assert.Equal(Guid.Empty, pair.Follower.Writer.Lineage);

        var both = pair.Commit(true, "INSERT INTO t VALUES (1, 'row')", "INSERT INTO t VALUES (2, 'row')");
        pair.Follower.Writer.BeginBatch();
        var outcome = pair.Follower.Writer.Apply(both);
        Assert.True(outcome.AwaitsPages);
        Assert.Null(outcome.CloneBecause);
        pair.Follower.Writer.CommitBatch(1, pair.Index);
        Assert.Equal(["1|row", "2|row"], Pair.Query(pair.Follower, "SELECT * FROM t"));

        var pages = pair.Commit("INSERT INTO t VALUES (3, 'page')");
        pair.Follower.Writer.BeginBatch();
        Assert.Contains("of no lineage", pair.Follower.Writer.Apply(pages).CloneBecause, StringComparison.Ordinal);
        pair.Follower.Writer.RollbackBatch();
        Assert.Equal(["2"], Pair.Query(pair.Follower, "SELECT count(*) FROM t"));
    }

    [Fact]
    public void An_entry_is_refused_twice_or_out_of_order()
    {
        pair.Commit("INSERT INTO t VALUES (1, 1)");
        pair.Commit("INSERT INTO t VALUES (2, 2)");
        pair.Follower.Writer.BeginBatch();
        Assert.NotNull(pair.Follower.Writer.Apply(pair.Log[pair.Index]).CloneBecause);
        pair.Follower.Writer.RollbackBatch();
        pair.CatchUp();
        pair.Follower.Writer.BeginBatch();
        Assert.NotNull(pair.Follower.Writer.Apply(pair.Log[pair.Index]).CloneBecause);
        pair.Follower.Writer.RollbackBatch();
        pair.AssertSameBytes();
    }

    [Fact]
    public void Switching_to_rows_and_back_begins_another_lineage()
    {
        var lineage = pair.Leader.Writer.Lineage;
        pair.Leader.Writer.BeginBatch();
        pair.Leader.Writer.BeginTransaction();
        Pair.Succeed(pair.Leader.Writer.Execute(new SqlCall("INSERT INTO t VALUES (9, 9)"), long.MaxValue, null), "insert");
        pair.Leader.Writer.EndTransaction();
        pair.Leader.Writer.CommitBatch(1, ++pair.Index);
        Assert.Equal(Guid.Empty, pair.Leader.Writer.Lineage);
        pair.Commit("INSERT INTO t VALUES (10, 10)");
        Assert.NotEqual(lineage, pair.Leader.Writer.Lineage);
        Assert.NotEqual(Guid.Empty, pair.Leader.Writer.Lineage);
    }

    [Fact]
    public void A_page_that_was_another_one_leaves_the_whole_entry_unwritten()
    {
        pair.Run("INSERT INTO t VALUES (1, 'here')");
        pair.Follower.Checkpoint();
        pair.Follower.Dispose();
        var file = File.ReadAllBytes(pair.FollowerPath);
        file[file.AsSpan().IndexOf("here"u8)] = (byte)'H';
        File.WriteAllBytes(pair.FollowerPath, file);
        pair.Follower = PagePair.Open(pair.FollowerPath);

        var entry = pair.Commit("INSERT INTO t VALUES (2, 2)", "CREATE TABLE u (a)");
        pair.Follower.Writer.BeginBatch();
        Assert.Contains("another checksum", pair.Follower.Writer.Apply(entry).CloneBecause, StringComparison.Ordinal);
        pair.Follower.Writer.RollbackBatch();
        Assert.Equal(["1|Here"], Pair.Query(pair.Follower, "SELECT * FROM t"));
        Assert.Equal(["0"], Pair.Query(pair.Follower, "SELECT count(*) FROM sqlite_schema WHERE name = 'u'"));
    }

    [Fact]
    public void An_ended_lineage_has_its_position_and_configuration_in_the_file()
    {
        pair.Leader.Writer.EndLineage();
        pair.Leader.Writer.BeginBatch();
        pair.Leader.Writer.StoreConfig(new byte[] { 7 });
        pair.Leader.Writer.CommitBatch(4, 40);
        pair.Leader.Dispose();
        pair.Leader = PagePair.Open(pair.LeaderPath);
        Assert.Equal((4, 40), (pair.Leader.Applied.Term, pair.Leader.Applied.Index));
        Assert.Equal([7], pair.Leader.Applied.Config.ToArray());
        Assert.Equal(Guid.Empty, pair.Leader.Writer.Lineage);
    }

    private static List<string> Values(IReader reader)
    {
        var rows = new Rows();
        Pair.Succeed(reader.Execute(new SqlCall("SELECT v FROM t WHERE id = 1", Rows: rows), long.MaxValue, null), "SELECT");
        return rows.Lines;
    }
}

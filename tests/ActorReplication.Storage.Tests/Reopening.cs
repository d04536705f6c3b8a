using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>What is found after a crash: copies of the files as they lie while the database is open.</summary>
public sealed class Reopening : IDisposable
{
    private readonly Pair pair = new();

    public void Dispose() => pair.Dispose();

    [Fact]
    public void Position_and_rows_are_those_of_one_commit()
    {
        pair.Run("CREATE TABLE t (a INT)");
        for (var i = 0; i < 20; i++)
        {
            pair.Run($"INSERT INTO t VALUES ({i})");
            if (i == 10)
                pair.Leader.Checkpoint();
        }
        pair.Leader.Writer.BeginBatch();
        pair.Leader.Writer.BeginTransaction();
        pair.Leader.Writer.Execute(new SqlCall("INSERT INTO t VALUES (1000)"), long.MaxValue, null);
        pair.Leader.Writer.EndTransaction();
        using (var crashed = Crash())
        {
            Assert.Equal(21, crashed.Applied.Index);
            Assert.Equal(["20|19"], Pair.Query(crashed, "SELECT count(*), max(a) FROM t"));
        }
        pair.Leader.Writer.RollbackBatch();
    }

    [Fact]
    public void After_losing_the_tail_of_the_log_position_and_rows_still_agree()
    {
        pair.Run("CREATE TABLE t (a INT)");
        for (var i = 0; i < 30; i++)
            pair.Run($"INSERT INTO t VALUES ({i})");
        var whole = new FileInfo(pair.LeaderPath + "-wal").Length;
        for (var kept = whole; kept > 0; kept -= 4096 * 5 + 777)
        {
            using var crashed = Crash(kept);
            var rows = crashed.Applied.Index == 0 ? "0" : Pair.Query(crashed, "SELECT count(*) FROM t")[0];
            Assert.Equal(crashed.Applied.Index == 0 ? "0" : $"{crashed.Applied.Index - 1}", rows);
        }
    }

    [Fact]
    public void What_a_checkpoint_names_is_in_the_file_without_its_log()
    {
        pair.Run("CREATE TABLE t (a INT)", "INSERT INTO t VALUES (1)");
        Assert.Equal(1, pair.Leader.Checkpoint().Index);
        pair.Run("INSERT INTO t VALUES (2)");
        using var crashed = Crash(keptLogBytes: 0);
        Assert.Equal(1, crashed.Applied.Index);
        Assert.Equal(["1"], Pair.Query(crashed, "SELECT a FROM t"));
    }

    [Fact]
    public void A_checkpoint_starts_a_large_log_again()
    {
        pair.Run("CREATE TABLE t (a BLOB)");
        for (var i = 0; i < 9; i++)
            pair.Run("INSERT INTO t VALUES (zeroblob(9000000))");
        var log = new FileInfo(pair.LeaderPath + "-wal");
        Assert.True(log.Length > 64 << 20);
        Assert.Equal(10, pair.Leader.Checkpoint().Index);
        pair.Run("INSERT INTO t VALUES (NULL)");
        log.Refresh();
        Assert.True(log.Length <= 64 << 20, $"{log.Length} bytes");
    }

    [Fact]
    public void Everything_is_there_after_a_clean_restart()
    {
        using var folder = new Folder();
        var options = new DatabaseOptions(folder.File("x.db"));
        using (var database = Database.Open(options))
        {
            database.Writer.BeginBatch();
            database.Writer.StoreConfig(new byte[] { 7 });
            database.Writer.CommitBatch(2, 5);
        }
        Assert.False(File.Exists(options.Path + "-wal"));
        using var again = Database.Open(options);
        Assert.Equal((2L, 5L, (byte)7), (again.Applied.Term, again.Applied.Index, again.Applied.Config.Span[0]));
    }

    [Fact]
    public void A_file_that_is_no_database_of_ours_is_refused_by_name()
    {
        using var folder = new Folder();
        var path = folder.File("x.db");
        File.WriteAllText(path, new string('z', 5000));
        Assert.Contains(path, Assert.Throws<StorageFailure>(() => Database.Open(new DatabaseOptions(path))).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "SQLite format 3\0 and then nothing");
        Assert.Throws<StorageFailure>(() => Database.Open(new DatabaseOptions(path)));
        Assert.Contains("no-such", Assert.Throws<StorageFailure>(() => Database.Open(new DatabaseOptions(folder.File("no-such/x.db")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_programs_database_is_refused()
    {
        using var folder = new Folder();
        var path = folder.File("x.db");
        using (Database.Open(new DatabaseOptions(path)))
        {
        }
        // The application id is at byte 68 of the file.
        using (var file = File.OpenWrite(path))
        {
            file.Position = 68;
            file.Write([0, 0, 0, 1]);
        }
        var before = File.ReadAllBytes(path);
        Assert.Contains("another program", Assert.Throws<StorageFailure>(() => Database.Open(new DatabaseOptions(path))).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void Opening_does_not_move_the_log_into_the_file()
    {
        pair.Run("CREATE TABLE t (a BLOB)", "INSERT INTO t VALUES (zeroblob(3000000))");
        using var crashed = Crash();
        Assert.True(new FileInfo(pair.LeaderPath).Length < 1_000_000);
        Assert.True(new FileInfo(((SqliteDatabase)crashed).Path).Length < 1_000_000);
    }

    [Fact]
    public void Damage_found_later_stops_with_the_files_name()
    {
        pair.Run("CREATE TABLE t (a TEXT)", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT printf('%050d', i) FROM n");
        pair.Leader.Checkpoint();
        var path = pair.Folder.File("damaged.db");
        File.Copy(pair.LeaderPath, path);
        using (var file = File.OpenWrite(path))
        {
            for (var page = 6; page < 30; page++)
            {
                file.Position = page * 4096;
                file.Write(new byte[64]);
            }
        }
        using var damaged = Database.Open(new DatabaseOptions(path));
        using var reader = damaged.TryRentReader()!;
        var failure = Assert.Throws<StorageFailure>(() => reader.Execute(new SqlCall("SELECT sum(length(a)) FROM t"), long.MaxValue, null));
        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Opens a copy of the leader's files as they are now, the log cut to a length.</summary>
    private IDatabase Crash(long keptLogBytes = long.MaxValue)
    {
        var path = pair.Folder.File($"crash-{Guid.NewGuid():N}.db");
        File.Copy(pair.LeaderPath, path);
        if (keptLogBytes > 0)
        {
            File.Copy(pair.LeaderPath + "-wal", path + "-wal");
            using var log = File.OpenWrite(path + "-wal");
            log.SetLength(Math.Min(log.Length, keptLogBytes));
        }
        return Database.Open(new DatabaseOptions(path));
    }
}

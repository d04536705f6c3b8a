using ActorReplication.Cluster.Writes;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>Readers while a clone takes the database's place.</summary>
public sealed class DatabaseHolderRules : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly string folder = Directory.CreateTempSubdirectory("database-holder").FullName;
    private readonly DatabaseHolder holder;

    public DatabaseHolderRules()
    {
        holder = new DatabaseHolder(new DatabaseOptions(Path.Combine(folder, "data.sqlite")) { Readers = 2 });
        Write(1, "CREATE TABLE t (v TEXT)", "INSERT INTO t VALUES ('old')");
    }

    public void Dispose()
    {
        holder.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Who_waits_for_a_reader_gets_one_of_the_new_database()
    {
        using var first = await Rent();
        using var second = await Rent();
        Assert.Null(holder.TryRentReader());
        var waiting = Rent();

        holder.Replace(Swap());

        using var third = await waiting.WaitAsync(Patience);
        Assert.Equal("new", Contents(third));
        Assert.Equal("old", Contents(first));
    }

    [Fact]
    public async Task Who_asks_while_it_is_replaced_waits_for_the_new_database()
    {
        Task<IReader>? waiting = null;
        var swap = Swap();

        holder.Replace(() =>
        {
            Assert.Null(holder.TryRentReader());
            waiting = Rent();
            Assert.False(waiting.IsCompleted);
            swap();
        });

        using var reader = await waiting!.WaitAsync(Patience);
        Assert.Equal("new", Contents(reader));
    }

    /// <summary>SQLite's last connection to a file deletes its log by name when it is closed, and by then that is the new database's.</summary>
    [Fact]
    public async Task A_reader_that_outlived_its_database_leaves_the_new_ones_log_alone()
    {
        var old = await Rent();
        Assert.Equal("old", Contents(old));
        holder.Replace(Swap());
        Write(3, "INSERT INTO t VALUES ('newer')");

        old.Dispose();

        Assert.True(File.Exists(holder.Path + "-wal"));
        Assert.True(File.Exists(holder.Path + "-shm"));
    }

    [Fact]
    public void Schema_version_rises_with_a_replacement()
    {
        var swap = Swap();
        var before = holder.SchemaVersion;

        holder.Replace(swap);

        Assert.True(holder.SchemaVersion > before);
    }

    [Fact]
    public async Task After_the_end_nobody_waits()
    {
        using var first = await Rent();
        using var second = await Rent();
        var waiting = Rent();

        holder.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.WaitAsync(Patience));
    }

    private Task<IReader> Rent() => holder.RentReaderAsync(CancellationToken.None).AsTask();

    /// <summary>A copy of the database as of now, changed, ready to take its place.</summary>
    private Action Swap()
    {
        var copy = Path.Combine(folder, "copy.sqlite");
        holder.CopyTo(copy, 0, null, CancellationToken.None);
        using (var other = new DatabaseHolder(new DatabaseOptions(copy))) Write(other, 2, "UPDATE t SET v = 'new'");
        return () =>
        {
            File.Delete(holder.Path + "-wal");
            File.Delete(holder.Path + "-shm");
            File.Move(copy, holder.Path, overwrite: true);
        };
    }

    private void Write(long index, params string[] statements) => Write(holder, index, statements);

    private static void Write(IDatabase database, long index, params string[] statements)
    {
        database.Writer.BeginBatch();
        database.Writer.BeginTransaction();
        foreach (var statement in statements) Assert.True(database.Writer.Execute(new SqlCall(statement), long.MaxValue, null).Succeeded);
        database.Writer.EndTransaction();
        database.Writer.CommitBatch(1, index);
    }

    private static string Contents(IReader reader)
    {
        var rows = new Rows();
        Assert.True(reader.Execute(new SqlCall("SELECT group_concat(v) FROM t", Rows: rows), long.MaxValue, null).Succeeded);
        return rows.All[0][0];
    }
}

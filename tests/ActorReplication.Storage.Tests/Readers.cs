using System.Text;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

public sealed class Readers : IDisposable
{
    private readonly Pair pair = new();

    public Readers() => pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(10))", "INSERT INTO t VALUES (1, 'one'), (2, 'two')");

    public void Dispose() => pair.Dispose();

    [Fact]
    public void A_snapshot_stays_while_the_newest_state_moves_on()
    {
        using var pinned = pair.Leader.TryRentReader()!;
        pinned.BeginSnapshot();
        pair.Run("INSERT INTO t VALUES (3, 'three')");
        Assert.Equal(2, Count(pinned));
        pair.Leader.Checkpoint();
        Assert.Equal(2, Count(pinned));
        Assert.Equal(["3"], Pair.Query(pair.Leader, "SELECT count(*) FROM t"));
        pinned.EndSnapshot();
        Assert.Equal(3, Count(pinned));
    }

    [Fact]
    public void A_snapshot_left_open_ends_with_the_rental()
    {
        var reader = pair.Leader.TryRentReader()!;
        reader.BeginSnapshot();
        reader.Dispose();
        reader.Dispose();
        pair.Run("INSERT INTO t VALUES (3, 'three')");
        using var next = pair.Leader.TryRentReader()!;
        Assert.Equal(3, Count(next));
        Assert.Throws<ObjectDisposedException>(() => new Func<IReader>(() => { next.Dispose(); return next; })().Describe("SELECT 1"));
    }

    [Fact]
    public async Task Everybody_who_waits_for_a_reader_hears_that_the_database_was_closed()
    {
        using var first = pair.Leader.TryRentReader()!;
        using var second = await pair.Leader.RentReaderAsync(CancellationToken.None);
        var waiting = Enumerable.Range(0, 3).Select(_ => pair.Leader.RentReaderAsync(CancellationToken.None).AsTask()).ToList();
        pair.Leader.Dispose();
        foreach (var wait in waiting) await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Throws<ObjectDisposedException>(() => pair.Leader.TryRentReader());
        Assert.Equal(2, Count(first));
    }

    [Fact]
    public async Task A_rental_waits_for_one_that_is_given_back()
    {
        var first = pair.Leader.TryRentReader()!;
        var second = await pair.Leader.RentReaderAsync(CancellationToken.None);
        Assert.Null(pair.Leader.TryRentReader());
        using var cancelled = new CancellationTokenSource();
        var given = pair.Leader.RentReaderAsync(cancelled.Token);
        Assert.False(given.IsCompleted);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await given);
        var waiting = pair.Leader.RentReaderAsync(CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        first.Dispose();
        using var third = await waiting;
        Assert.Equal(2, Count(third));
        second.Dispose();
    }

    [Fact]
    public void Describe_names_columns_types_and_origins()
    {
        using var reader = pair.Leader.TryRentReader()!;
        var shape = reader.Describe("SELECT id, name AS n, upper(name), ?2 FROM t WHERE id = ?1");
        Assert.Null(shape.Failure);
        Assert.Equal((2, true), (shape.Parameters, shape.ReadOnly));
        Assert.Equal(
            [new ColumnShape("id", "INTEGER", "t", "id"), new ColumnShape("n", "VARCHAR(10)", "t", "name"), new ColumnShape("upper(name)", null, null, null), new ColumnShape("?2", null, null, null)],
            shape.Columns);
        Assert.False(reader.Describe("INSERT INTO t VALUES (?1, ?2)").ReadOnly);
        var wrong = reader.Describe("SELECT missing FROM t");
        Assert.Equal(7, wrong.Failure!.Offset);
        Assert.Contains("missing", wrong.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cached_statement_sees_a_schema_change()
    {
        using var reader = pair.Leader.TryRentReader()!;
        var call = new SqlCall("SELECT * FROM t ORDER BY id LIMIT 1", null, new Rows());
        reader.Execute(call, long.MaxValue, null);
        pair.Run("ALTER TABLE t ADD COLUMN more INT DEFAULT 5");
        var rows = new Rows();
        reader.Execute(call with { Rows = rows }, long.MaxValue, null);
        Assert.Equal(["id", "name", "more"], rows.Columns);
        Assert.Equal(["1|one|5"], rows.Lines);
        pair.Run("DROP TABLE t");
        Assert.NotNull(reader.Execute(call, long.MaxValue, null).Failure);
    }

    [Fact]
    public void Start_is_called_once_also_without_rows_and_not_when_it_fails()
    {
        using var reader = pair.Leader.TryRentReader()!;
        var none = new Rows();
        reader.Execute(new SqlCall("SELECT id FROM t WHERE 0", null, none), long.MaxValue, null);
        Assert.Equal((1, 0), (none.Starts, none.Lines.Count));
        var failed = new Rows();
        Assert.NotNull(reader.Execute(new SqlCall("SELECT abs(-9223372036854775808)", null, failed), long.MaxValue, null).Failure);
        Assert.Equal(0, failed.Starts);
    }

    [Fact]
    public void Row_limits_stop_or_fail()
    {
        using var reader = pair.Leader.TryRentReader()!;
        var rows = new Rows();
        var outcome = reader.Execute(new SqlCall("SELECT id FROM t ORDER BY id", null, rows) { MaxRows = 1 }, long.MaxValue, null);
        Assert.Equal((true, 1), (outcome.Succeeded, outcome.RowCount));
        using var limited = new Pair(options => options with { MaxResultRows = 3 });
        using var other = limited.Leader.TryRentReader()!;
        Assert.True(other.Execute(new SqlCall("VALUES (1), (2), (3)"), long.MaxValue, null).Succeeded);
        Assert.Equal(FailureKind.TooLarge, other.Execute(new SqlCall("VALUES (1), (2), (3), (4)"), long.MaxValue, null).Failure!.Kind);
    }

    [Fact]
    public void A_parameter_that_the_statement_lacks_or_forgets_is_told_or_null()
    {
        using var reader = pair.Leader.TryRentReader()!;
        Assert.Contains("has 1", reader.Execute(new SqlCall("SELECT ?1", new Values(1, 2)), long.MaxValue, null).Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(["7|8"], Pair.Query(pair.Leader, "SELECT ?1, ?2", 7, 8));
        Assert.Equal(["9|∅"], Pair.Query(pair.Leader, "SELECT ?1, ?2", 9));
    }

    [Fact]
    public void Like_is_case_sensitive()
    {
        Assert.Equal(["0|1"], Pair.Query(pair.Leader, "SELECT 'ABC' LIKE 'abc', 'abc' LIKE 'a%'"));
    }

    [Fact]
    public void Numbers_can_be_read_as_text()
    {
        using var reader = pair.Leader.TryRentReader()!;
        var texts = new Texts();
        reader.Execute(new SqlCall("SELECT 12, 1.5, 'x', NULL", null, texts), long.MaxValue, null);
        Assert.Equal(["12", "1.5", "x", ""], texts.Found);
    }

    [Fact]
    public void A_small_statement_cache_still_runs_everything()
    {
        using var small = new Pair(options => options with { StatementCache = 1 });
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 40; i++)
                Assert.Equal([$"{i}"], Pair.Query(small.Leader, $"SELECT {i}"));
        }
    }

    [Fact]
    public async Task Readers_work_beside_the_writer_on_other_threads()
    {
        var done = false;
        var reading = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var last = 0L;
            while (!Volatile.Read(ref done))
            {
                using var reader = pair.Leader.TryRentReader();
                if (reader is null)
                    continue;
                var now = Count(reader);
                Assert.True(now >= last);
                last = now;
            }
        })).ToArray();
        for (var i = 10; i < 300; i++)
        {
            pair.Run($"INSERT INTO t VALUES ({i}, 'n')");
            if (i % 50 == 0)
                pair.Leader.Checkpoint();
        }
        Volatile.Write(ref done, true);
        await Task.WhenAll(reading);
    }

    private static long Count(IReader reader)
    {
        var rows = new Rows();
        Pair.Succeed(reader.Execute(new SqlCall("SELECT count(*) FROM t", null, rows), long.MaxValue, null), "count");
        return long.Parse(rows.Lines[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private sealed class Texts : IRowConsumer
    {
        internal List<string> Found { get; } = [];

        public void Start(IRowReader columns)
        {
        }

        public void Row(IRowReader row)
        {
            for (var i = 0; i < row.Count; i++)
                Found.Add(Encoding.UTF8.GetString(row.Text(i)));
        }
    }
}

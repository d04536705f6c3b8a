using ActorReplication.Storage.Engine;
using BenchmarkDotNet.Attributes;

namespace ActorReplication.Benchmarks;

/// <summary>What the write gate and the readers pay for one row: a captured statement in its own client transaction, a point read, a row applied.</summary>
[MemoryDiagnoser]
public class CaptureBenchmarks
{
    private const int Rows = 100_000;
    private const int Batch = 256;

    /// <summary>What the entries hold.</summary>
    [Params(ReplicationMethod.Row, ReplicationMethod.Statement, ReplicationMethod.Mixed)]
    public ReplicationMethod Method { get; set; }

    private readonly Parameters parameters = new();
    private readonly Key key = new();
    private readonly Sum sum = new();
    private string folder = "";
    private IDatabase leader = null!, follower = null!;
    private SqlCall insert = null!, update = null!, select = null!;
    private IReader reader = null!;
    private ReadOnlyMemory<byte>[] inserts = [], updates = [];
    private long next, index;

    [GlobalSetup]
    public void Open()
    {
        folder = Directory.CreateTempSubdirectory("capture-").FullName;
        leader = Database.Open(new DatabaseOptions(Path.Combine(folder, "leader.db")));
        follower = Database.Open(new DatabaseOptions(Path.Combine(folder, "follower.db")));
        insert = new SqlCall("INSERT INTO t (id, a, b) VALUES (?1, ?2, 'some text of a usual length')", parameters);
        update = new SqlCall("UPDATE t SET a = ?2 WHERE id = ?1", parameters);
        select = new SqlCall("SELECT a FROM t WHERE id = ?1", key, sum);
        var create = Entry(new SqlCall("CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT)"));
        Apply([create]);
        for (next = 1; next <= Rows; next += Batch)
            Apply(Capture(insert, next));
        next = 1;
        reader = leader.TryRentReader()!;
    }

    [IterationSetup(Target = nameof(ApplyUpdate))]
    public void CaptureUpdates() => updates = Capture(update, 1);

    [GlobalCleanup]
    public void Close()
    {
        reader.Dispose();
        leader.Dispose();
        follower.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void CapturedInsert()
    {
        inserts = Capture(insert, 1_000_000 + next);
        next += Batch;
        if (next % (Batch * 64) == 1)
            leader.Checkpoint();
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public void CapturedUpdate() => Capture(update, 1 + next++ % 1000);

    [Benchmark(OperationsPerInvoke = Batch)]
    public void ApplyUpdate() => Apply(updates);

    [Benchmark]
    public void PointSelect()
    {
        Read(reader);
    }

    [Benchmark]
    public void RentAndPointSelect()
    {
        using var rented = leader.TryRentReader()!;
        Read(rented);
    }

    private void Read(IReader from)
    {
        key.Id = 1 + next++ % Rows;
        var outcome = from.Execute(select, long.MaxValue, null);
        if (outcome.RowCount != 1)
            throw new InvalidOperationException(outcome.Failure?.Message ?? "no row");
    }

    private ReadOnlyMemory<byte>[] Capture(SqlCall call, long from)
    {
        var entries = new ReadOnlyMemory<byte>[Batch];
        leader.Writer.BeginBatch();
        for (var i = 0; i < Batch; i++)
        {
            parameters.Id = from + i;
            parameters.Value++;
            entries[i] = Transaction(call);
        }
        leader.Writer.CommitBatch(1, ++index);
        return entries;
    }

    private ReadOnlyMemory<byte> Entry(SqlCall call)
    {
        leader.Writer.BeginBatch();
        var payload = Transaction(call);
        leader.Writer.CommitBatch(1, ++index);
        return payload;
    }

    private ReadOnlyMemory<byte> Transaction(SqlCall call)
    {
        leader.Writer.BeginTransaction(new CaptureRules(Method, UnsafeStatements.Row));
        if (leader.Writer.Execute(call, long.MaxValue, null).Failure is { } failure)
            throw new InvalidOperationException(failure.Message);
        return leader.Writer.EndTransaction().Payload;
    }

    private void Apply(ReadOnlyMemory<byte>[] entries)
    {
        follower.Writer.BeginBatch();
        foreach (var entry in entries)
        {
            if (follower.Writer.Apply(entry).Divergence is { } divergence && updates.Length == 0)
                throw new InvalidOperationException(divergence);
        }
        follower.Writer.CommitBatch(1, ++index);
    }

    private sealed class Parameters : IParameterSource
    {
        internal long Id { get; set; }
        internal long Value { get; set; }

        public void Bind(IParameterBinder binder)
        {
            binder.Int64(1, Id);
            binder.Int64(2, Value);
        }
    }

    private sealed class Key : IParameterSource
    {
        internal long Id { get; set; }

        public void Bind(IParameterBinder binder) => binder.Int64(1, Id);
    }

    private sealed class Sum : IRowConsumer
    {
        internal long Total { get; private set; }

        public void Start(IRowReader columns)
        {
        }

        public void Row(IRowReader row) => Total += row.Int64(0);
    }
}

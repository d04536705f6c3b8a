using ActorReplication.Storage.Engine;

namespace ActorReplication.Node.Tests.Gateway;

/// <summary>Readers that note on which thread and in which snapshot they ran what.</summary>
internal sealed class FakeDatabase : IDatabase
{
    private int _rented;

    public long AppliedTerm { get; set; } = 1;
    public long AppliedIndex { get; set; } = 18;

    /// <summary>The table of notifications; numbers are theirs.</summary>
    public List<Notice> Notices { get; } = [];
    public int Readers { get; set; } = 4;
    public Func<string, SqlFailure?> Fail { get; set; } = _ => null;
    public Action<string> During { get; set; } = _ => { };
    public List<(string Sql, bool InSnapshot, int Thread)> Ran { get; } = [];
    public bool IsClosed { get; set; }
    public int Rented => Volatile.Read(ref _rented);

    public long SchemaVersion => 7;
    public AppliedState Applied => new(AppliedTerm, AppliedIndex, default);
    public IReader? TryRentReader()
    {
        if (IsClosed) return null;
        if (Interlocked.Increment(ref _rented) <= Readers) return new Reader(this);
        Interlocked.Decrement(ref _rented);
        return null;
    }

    public async ValueTask<IReader> RentReaderAsync(CancellationToken cancellation)
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            if (TryRentReader() is { } reader) return reader;
            await Task.Delay(5, cancellation);
        }
    }

    public IWriter Writer => throw new NotSupportedException();
    public AppliedState Checkpoint() => throw new NotSupportedException();
    public Guid DurableLineage => throw new NotSupportedException();
    public SnapshotManifest CopyTo(string path, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation) => throw new NotSupportedException();
    public Storage.Snapshots.CopyToSend CopyToSend(string path, Action<long, long>? progress, CancellationToken cancellation) => throw new NotSupportedException();
    public IReadOnlyList<TableHash> HashTables() => throw new NotSupportedException();
    public Storage.Snapshots.PinnedState Pin() => throw new NotSupportedException();
    public Storage.Capture.SchemaNames ReadNames() => Storage.Capture.SchemaNames.None;
    public void Dispose() { }

    private sealed class Reader(FakeDatabase database) : IReader
    {
        private bool _snapshot;

        public SqlOutcome Execute(SqlCall call, long deadline, ICancelHandle? cancel)
        {
            lock (database.Ran) database.Ran.Add((call.Sql, _snapshot, Environment.CurrentManagedThreadId));
            database.During(call.Sql);
            if (cancel is { IsCancelled: true }) return new SqlOutcome(new SqlFailure(9, "interrupted", Kind: FailureKind.Cancelled), 0, 0, true);
            if (database.Fail(call.Sql) is { } failure) return new SqlOutcome(failure, 0, 0, true);
            call.Rows?.Start(OneRow.Instance);
            call.Rows?.Row(OneRow.Instance);
            return new SqlOutcome(null, 0, 1, true);
        }

        public long NewestNotice
        {
            get
            {
                lock (database.Notices) return database.Notices.Count == 0 ? 0 : database.Notices[^1].Number;
            }
        }

        public IReadOnlyList<Notice> NoticesAfter(long number, int most)
        {
            database.During("notices");
            lock (database.Notices) return [.. database.Notices.Where(notice => notice.Number > number).Take(most)];
        }

        public void BeginSnapshot() => _snapshot = true;
        public void EndSnapshot() => _snapshot = false;
        public StatementShape Describe(string sql, IReadOnlyList<AuxiliaryTable>? auxiliary = null) => throw new NotSupportedException();
        public void Dispose() => Interlocked.Decrement(ref database._rented);
    }

    private sealed class OneRow : IRowReader
    {
        public static readonly OneRow Instance = new();
        public int Count => 1;
        public string Name(int column) => "v";
        public string? DeclaredType(int column) => "bigint";
        public ValueKind Kind(int column) => ValueKind.Int64;
        public long Int64(int column) => 42;
        public double Double(int column) => 42;
        public ReadOnlySpan<byte> Text(int column) => "42"u8;
        public ReadOnlySpan<byte> Blob(int column) => [];
    }
}

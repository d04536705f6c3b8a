using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Session;

/// <summary>The committed schema, read once for each version and shared by all sessions. Reads through a backend of its own.</summary>
internal sealed class SchemaCache(ISqlGateway gateway, ISchemaReader reader) : IAsyncDisposable
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private ISqlBackend? _backend;
    private ISchemaView? _current;

    public long Version => gateway.SchemaVersion;

    /// <summary>The view if it is at hand; null: <see cref="LoadAsync"/>.</summary>
    public ISchemaView? Current
    {
        get
        {
            var view = Volatile.Read(ref _current);
            return view is not null && view.Version == gateway.SchemaVersion ? view : null;
        }
    }

    public async ValueTask<ISchemaView> LoadAsync(CancellationToken cancellation)
    {
        await _loading.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (Current is { } current) return current;
            // The version first: if the schema changes meanwhile, the view is taken for older than it is and read again.
            var version = gateway.SchemaVersion;
            var rows = new SchemaRows();
            _backend ??= gateway.OpenBackend();
            var outcome = await _backend.RunAsync([Call(rows)], new RunOptions(CommitLevel.Off, ReadConsistency.Local, 0, 0), cancellation).ConfigureAwait(false);
            if ((outcome.Error ?? outcome.Statements[0].Error) is { } error) throw new PgException(BackendErrors.ToPgError(error, null));
            var view = reader.Build(version, rows.Rows);
            Volatile.Write(ref _current, view);
            return view;
        }
        finally
        {
            _loading.Release();
        }
    }

    /// <summary>The schema as an open transaction sees it.</summary>
    public async ValueTask<ISchemaView> LoadInTransactionAsync(ISqlBackend backend, RunOptions options, CancellationToken cancellation)
    {
        var rows = new SchemaRows();
        var outcome = await backend.ExecuteAsync(Call(rows), options, cancellation).ConfigureAwait(false);
        if (outcome.Error is { } error) throw new PgException(BackendErrors.ToPgError(error, null));
        return reader.Build(Plan.Uncommitted, rows.Rows);
    }

    public async ValueTask DisposeAsync()
    {
        if (_backend is not null) await _backend.DisposeAsync().ConfigureAwait(false);
        _loading.Dispose();
    }

    private StatementCall Call(SchemaRows rows) => new(reader.Sql, ReadOnlyMemory<SqlValue>.Empty, rows, ReadOnly: true, PointRead: false);

    private sealed class SchemaRows : IResultSink
    {
        public List<object?[]> Rows { get; } = [];

        public void Start(IResultRow columns) => Rows.Clear();

        public void Row(IResultRow row)
        {
            var values = new object?[row.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = row.Kind(i) switch
                {
                    SqlKind.Int64 => row.Int64(i),
                    SqlKind.Double => row.Double(i),
                    SqlKind.Text => System.Text.Encoding.UTF8.GetString(row.Text(i)),
                    SqlKind.Blob => row.Blob(i).ToArray(),
                    _ => null,
                };
            }
            Rows.Add(values);
        }
    }
}

using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Writes;

/// <summary>The open database; replaced as a whole when a clone is installed. To readers it is one database all the time: who asks for a reader while it is
/// replaced gets one of the new database, and a reader that is out goes on with the old one until it is given back.</summary>
internal sealed class DatabaseHolder : IDatabase
{
    /// <summary>More schema changes than one database sees.</summary>
    private const int SchemaVersionsShift = 40;

    private readonly DatabaseOptions _options;
    private readonly object _maintenance = new();
    private volatile Opened _current;
    private volatile bool _disposed;

    public DatabaseHolder(DatabaseOptions options)
    {
        _options = options;
        _current = new Opened(Database.Open(options), 0);
    }

    /// <param name="Replaced">Completes when the next one is open.</param>
    private sealed record Opened(IDatabase Database, long Number)
    {
        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public IDatabase Current => _current.Database;
    public string Path => _options.Path;

    public IWriter Writer => Current.Writer;
    public AppliedState Applied => Current.Applied;

    /// <summary>Rises with a replacement too: what was prepared on the old schema may not be right for the new one.</summary>
    public long SchemaVersion
    {
        get
        {
            var current = _current;
            return (current.Number << SchemaVersionsShift) + current.Database.SchemaVersion;
        }
    }

    public IReader? TryRentReader()
    {
        try
        {
            return Current.TryRentReader();
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }

    public async ValueTask<IReader> RentReaderAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var current = _current;
            try
            {
                return await current.Database.RentReaderAsync(cancellation).ConfigureAwait(false);
            }
            catch (ObjectDisposedException) when (!_disposed)
            {
                await current.Replaced.Task.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Closes the database, lets <paramref name="swap"/> change its file, opens it again. On the gate's thread.</summary>
    /// <param name="prepare">Gets the new database before any reader does.</param>
    public void Replace(Action swap, Action<IDatabase>? prepare = null)
    {
        lock (_maintenance)
        {
            var old = _current;
            old.Database.Dispose();
            swap();
            var next = new Opened(Database.Open(_options), old.Number + 1);
            prepare?.Invoke(next.Database);
            _current = next;
            old.Replaced.SetResult();
        }
    }

    public AppliedState Checkpoint()
    {
        lock (_maintenance) return Current.Checkpoint();
    }

    public Guid DurableLineage => Current.DurableLineage;

    /// <summary>The file is of a lineage of pages whose beginning a power failure could still take: until a checkpoint, entries of pages alone would be of no use to it.</summary>
    public bool LineageAwaitsCheckpoint => Current is var now && now.Writer.Lineage is var lineage && lineage != Guid.Empty && now.DurableLineage != lineage;

    public SnapshotManifest CopyTo(string path, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation) =>
        Current.CopyTo(path, bytesPerSecond, progress, cancellation);

    public Storage.Snapshots.CopyToSend CopyToSend(string path, Action<long, long>? progress, CancellationToken cancellation) => Current.CopyToSend(path, progress, cancellation);

    public Storage.Snapshots.PinnedState Pin() => Current.Pin();

    /// <summary>Not while the file is replaced: it opens a connection.</summary>
    public Storage.Capture.SchemaNames ReadNames()
    {
        lock (_maintenance) return Current.ReadNames();
    }

    public IReadOnlyList<TableHash> HashTables() => Current.HashTables();

    public void Dispose()
    {
        lock (_maintenance)
        {
            _disposed = true;
            Current.Dispose();
            _current.Replaced.TrySetResult();
        }
    }
}

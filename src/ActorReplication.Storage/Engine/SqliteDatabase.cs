using ActorReplication.Storage.Interop;
using ActorReplication.Storage.Snapshots;

namespace ActorReplication.Storage.Engine;

/// <summary>The open file: writer, readers, and the connection that checkpoints.</summary>
internal sealed class SqliteDatabase : IDatabase
{
    private sealed record Applying(AppliedState State);

    private readonly DatabaseOptions options;
    private readonly Writer writer;
    private readonly ReaderPool readers;
    private readonly Checkpointer checkpointer;
    private Applying applied;
    private long schemaVersion;
    private bool disposed;

    internal SqliteDatabase(DatabaseOptions options)
    {
        this.options = options;
        // Stays open from the start: the last connection to close would move the whole log, which is no work for a start.
        checkpointer = new Checkpointer(options);
        try
        {
            using (var connection = new Connection(options with { Functions = [], Aggregates = [] }, ConnectionRole.Internal))
            {
                FileHeader.Mark(connection);
                StateTable.Create(connection);
                TokenTable.Create(connection);
                NoticeTable.Create(connection);
                var state = new StateTable(connection);
                applied = new Applying(state.Read());
                state.Close();
                schemaVersion = connection.QueryInt64("PRAGMA public.schema_version");
            }
            readers = new ReaderPool(options);
            writer = new Writer(options, applied.State, OnCommit);
        }
        catch
        {
            checkpointer.Dispose();
            throw;
        }
    }

    internal string Path => options.Path;
    public IWriter Writer => writer;
    public long SchemaVersion => Interlocked.Read(ref schemaVersion);
    public AppliedState Applied => Volatile.Read(ref applied).State;
    public ValueTask<IReader> RentReaderAsync(CancellationToken cancellation) => readers.RentAsync(cancellation);
    public IReader? TryRentReader() => readers.TryRent();

    private void OnCommit(AppliedState state, bool changedSchema)
    {
        Volatile.Write(ref applied, new Applying(state));
        if (changedSchema)
            Interlocked.Increment(ref schemaVersion);
    }

    public AppliedState Checkpoint() => checkpointer.Run();
    public Guid DurableLineage => checkpointer.DurableLineage;

    public SnapshotManifest CopyTo(string path, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation) =>
        DatabaseCopy.Write(options, path, bytesPerSecond, progress, cancellation);

    public CopyToSend CopyToSend(string path, Action<long, long>? progress, CancellationToken cancellation) =>
        Snapshots.CopyToSend.Open(options, path, Snapshots.CopyToSend.Limits.Default, progress, cancellation);

    public PinnedState Pin() => PinnedState.Pin(options);

    public Capture.SchemaNames ReadNames() => Capture.SchemaNames.Read(options);

    public IReadOnlyList<TableHash> HashTables() => TableHashing.Run(options);

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        readers.Dispose();
        writer.Dispose();
        checkpointer.Dispose();
    }
}

using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage.Snapshots;

/// <summary>A consistent copy of the committed state while the writer goes on: the pages of a pinned read transaction, throttled.</summary>
internal static class DatabaseCopy
{
    internal const int ChunkBytes = 1 << 20;

    internal static SnapshotManifest Write(DatabaseOptions options, string path, long bytesPerSecond, bool isDurable, Action<long, long>? progress, CancellationToken cancellation)
    {
        if (File.Exists(path))
            throw new StorageFailure($"{path}: exists already; a copy is written to a new file");
        try
        {
            var position = Copy(options, path, bytesPerSecond, progress, cancellation);
            if (isDurable)
            {
                Libc.Sync(path);
                DurableFile.SyncFolder(path);
            }
            return ManifestFile.Describe(path, position);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private static AppliedState Copy(DatabaseOptions options, string path, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation)
    {
        using var source = new Connection(options with { Functions = [], Aggregates = [] }, ConnectionRole.Internal);
        var pinned = ExactCopy.Pin(source);
        var state = new StateTable(source);
        var position = state.Read();
        state.Close();
        new ExactCopy(source, path, bytesPerSecond, progress, cancellation).Write(pinned);
        source.RunInternal("COMMIT");
        return position;
    }
}

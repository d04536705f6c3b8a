using ActorReplication.Storage;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Cluster.Backups;

/// <summary>Reads a file piece by piece, each compared with its checksum before anything is done with it.</summary>
internal static class CheckedCopy
{
    /// <exception cref="BackupException">The file is not what the manifest says.</exception>
    public static void Verify(string path, SnapshotManifest manifest, Action<long, long>? progress, CancellationToken cancellation) =>
        Read(path, manifest, static (_, _) => { }, progress, cancellation);

    /// <summary>To a new file, fsynced.</summary>
    /// <exception cref="BackupException">The file is not what the manifest says.</exception>
    public static void Copy(string path, SnapshotManifest manifest, string target, Action<long, long>? progress, CancellationToken cancellation)
    {
        using (var file = File.OpenHandle(target, FileMode.CreateNew, FileAccess.Write))
            Read(path, manifest, (at, bytes) => Write(file, target, bytes, at), progress, cancellation);
        DurableFile.Sync(target);
    }

    private static void Write(SafeFileHandle file, string target, ReadOnlyMemory<byte> bytes, long at)
    {
        try
        {
            RandomAccess.Write(file, bytes.Span, at);
        }
        catch (IOException e)
        {
            throw new BackupException($"{target} cannot be written: {e.Message}", e);
        }
    }

    private static void Read(string path, SnapshotManifest manifest, Action<long, ReadOnlyMemory<byte>> take, Action<long, long>? progress, CancellationToken cancellation)
    {
        try
        {
            ManifestFile.Read(path, manifest, (at, piece) =>
            {
                cancellation.ThrowIfCancellationRequested();
                take(at, piece);
                progress?.Invoke(at + piece.Length, manifest.FileBytes);
            });
        }
        catch (StorageFailure e)
        {
            throw new BackupException($"{e.Message}; use another backup", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"{path}: {e.Message}", e);
        }
    }
}

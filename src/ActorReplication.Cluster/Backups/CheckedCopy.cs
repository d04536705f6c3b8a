using System.Security.Cryptography;
using ActorReplication.Storage;
using ActorReplication.Storage.Engine;
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
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            var buffer = new byte[manifest.ChunkBytes];
            for (var chunk = 0; chunk < manifest.Sha256.Count; chunk++)
            {
                cancellation.ThrowIfCancellationRequested();
                var at = (long)chunk * manifest.ChunkBytes;
                var piece = buffer.AsMemory(0, (int)Math.Min(manifest.ChunkBytes, manifest.FileBytes - at));
                Fill(file, piece.Span, at, path);
                if (!Convert.ToHexStringLower(SHA256.HashData(piece.Span)).Equals(manifest.Sha256[chunk], StringComparison.OrdinalIgnoreCase))
                    throw new BackupException($"{path} is damaged: the SHA-256 of bytes {at} to {at + piece.Length - 1} (chunk {chunk}) is not the manifest's; use another backup");
                take(at, piece);
                progress?.Invoke(at + piece.Length, manifest.FileBytes);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"{path}: {e.Message}", e);
        }
    }

    private static void Fill(SafeFileHandle file, Span<byte> piece, long at, string path)
    {
        for (var done = 0; done < piece.Length;)
        {
            var read = RandomAccess.Read(file, piece[done..], at + done);
            if (read == 0) throw new BackupException($"{path} is cut off at byte {at + done}");
            done += read;
        }
    }
}

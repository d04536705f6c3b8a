using System.Diagnostics;
using System.Security.Cryptography;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Storage.Snapshots;

/// <summary>Reads pinned pages from beginning to end, throttled, with the hash of each chunk on the way: into a file, or only for their manifest.</summary>
/// <param name="bytesPerSecond">0: as fast as it goes.</param>
/// <param name="progress">Told bytes read and bytes in all.</param>
internal sealed class DatabaseCopy(PinnedPages pages, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation)
{
    internal const int ChunkBytes = 1 << 20;

    private readonly Stopwatch clock = Stopwatch.StartNew();

    /// <summary>A consistent copy of the committed state while the writer goes on, durable.</summary>
    internal static SnapshotManifest Write(DatabaseOptions options, string path, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation)
    {
        using var pages = PinnedPages.Pin(options);
        var manifest = new DatabaseCopy(pages, bytesPerSecond, progress, cancellation).WriteTo(path);
        try
        {
            Libc.Sync(path);
            DurableFile.SyncFolder(path);
            return manifest;
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    internal SnapshotManifest Describe() => Run(static (_, _) => { });

    /// <summary>Not durable yet.</summary>
    internal SnapshotManifest WriteTo(string path)
    {
        if (File.Exists(path))
            throw new StorageFailure($"{path}: exists already; a copy is written to a new file");
        try
        {
            using var target = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            return Run((bytes, at) => RandomAccess.Write(target, bytes.Span, at));
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private SnapshotManifest Run(Action<ReadOnlyMemory<byte>, long> take)
    {
        var hashes = new List<string>();
        var chunk = new byte[ChunkBytes];
        for (var at = 0L; at < pages.Bytes; at += ChunkBytes)
        {
            var part = chunk.AsMemory(0, (int)Math.Min(ChunkBytes, pages.Bytes - at));
            pages.Read(part.Span, at);
            take(part, at);
            hashes.Add(Convert.ToHexStringLower(SHA256.HashData(part.Span)));
            Throttle(at + part.Length);
        }
        return new SnapshotManifest(ManifestFile.KnownVersion, pages.Position, pages.Bytes, ChunkBytes, hashes);
    }

    private void Throttle(long done)
    {
        cancellation.ThrowIfCancellationRequested();
        progress?.Invoke(done, pages.Bytes);
        // A piece may take longer than any one wait.
        while (bytesPerSecond > 0 && !cancellation.IsCancellationRequested && done * 1000 / bytesPerSecond - clock.ElapsedMilliseconds is var early and > 0)
            cancellation.WaitHandle.WaitOne((int)Math.Min(early, 1000));
    }
}

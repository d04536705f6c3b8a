using ActorReplication.Storage.Engine;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Storage.Snapshots;

/// <summary>One committed state, to be sent piece by piece while the writer goes on. A small database is read where it lies; for a large one, or when sending takes long, it is
/// copied beside: as long as the state is pinned, SQLite's log only grows. Thread-safe.</summary>
public sealed class CopyToSend : IDisposable
{
    private readonly Lock sync = new();
    private readonly string path;
    private readonly CancellationTokenSource disposed = new();
    private readonly Thread? copying;
    private PinnedPages? pages;
    private SafeFileHandle? file;

    private CopyToSend(PinnedPages pages, string path, SnapshotManifest manifest, TimeSpan? copyAfter)
    {
        (this.pages, this.path, Manifest) = (pages, path, manifest);
        if (copyAfter is not { } after)
            return;
        copying = new Thread(() => CopyBeside(after)) { Name = "copy-to-send", IsBackground = true };
        copying.Start();
    }

    public SnapshotManifest Manifest { get; }

    /// <summary>It is read where it lies.</summary>
    internal bool IsPinned
    {
        get
        {
            lock (sync) return pages is not null;
        }
    }

    /// <summary>Reads it once from beginning to end, for the manifest: as long as that takes.</summary>
    /// <param name="path">Where a copy would be, on a file system with enough room; removed by <see cref="Dispose"/>.</param>
    internal static CopyToSend Open(DatabaseOptions options, string path, Limits limits, Action<long, long>? progress, CancellationToken cancellation)
    {
        var pages = PinnedPages.Pin(options);
        try
        {
            var copy = new DatabaseCopy(pages, 0, progress, cancellation);
            if (pages.Bytes <= limits.PinnedBytes)
                return new CopyToSend(pages, path, copy.Describe(), limits.PinnedFor);
            var opened = new CopyToSend(pages, path, copy.WriteTo(path), null);
            opened.Unpin();
            return opened;
        }
        catch
        {
            pages.Dispose();
            throw;
        }
    }

    /// <param name="offset">A multiple of 64 KiB, as is the length unless it reaches the end.</param>
    public void Read(Span<byte> into, long offset)
    {
        lock (sync)
        {
            if (pages is not null)
                pages.Read(into, offset);
            else
                ReadFile(into, offset);
        }
    }

    public void Dispose()
    {
        disposed.Cancel();
        // It reads what is about to be closed.
        copying?.Join();
        lock (sync)
        {
            pages?.Dispose();
            file?.Dispose();
            (pages, file) = (null, null);
        }
        File.Delete(path);
    }

    private void ReadFile(Span<byte> into, long offset)
    {
        ObjectDisposedException.ThrowIf(file is null, this);
        while (!into.IsEmpty)
        {
            var read = RandomAccess.Read(file, into, offset);
            if (read == 0)
                throw new StorageFailure($"{path}: ends at byte {offset}");
            into = into[read..];
            offset += read;
        }
    }

    private void CopyBeside(TimeSpan after)
    {
        try
        {
            if (disposed.Token.WaitHandle.WaitOne(after))
                return;
            new DatabaseCopy(pages!, 0, null, disposed.Token).WriteTo(path);
            Unpin();
        }
        catch (Exception)
        {
            // Disposed, or no room for it: then the state stays pinned, as it was so far.
        }
    }

    private void Unpin()
    {
        lock (sync)
        {
            file = File.OpenHandle(path);
            pages!.Dispose();
            pages = null;
        }
    }

    /// <param name="PinnedBytes">A larger database is copied before it is sent.</param>
    /// <param name="PinnedFor">What is not sent by then is copied meanwhile.</param>
    internal sealed record Limits(long PinnedBytes, TimeSpan PinnedFor)
    {
        internal static Limits Default { get; } = new(4L << 30, TimeSpan.FromSeconds(30));
    }
}

using System.Diagnostics;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;
using ActorReplication.Storage.Pages;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Storage.Snapshots;

/// <summary>Copies a database byte for byte as a pinned read transaction sees it, while the writer goes on: first the file, then, over it, the pages that are newer in the log.
/// SQLite's own backup would write another schema number into the copy, and nodes that replicate pages need the same bytes.</summary>
/// <param name="progress">Told the bytes that are copied and those that are to be, the log's included.</param>
/// <remarks>While the transaction is open, a checkpoint moves nothing into the file that is newer than it, and if it needs anything from the log, the log does not begin anew.</remarks>
internal sealed class ExactCopy(Connection source, string path, long bytesPerSecond, Action<long, long>? progress, CancellationToken cancellation)
{
    private const int ChunkBytes = 1 << 20;

    private readonly Stopwatch clock = Stopwatch.StartNew();
    private long written, total;

    /// <summary>Begins the read transaction. Its state is pinned when this returns.</summary>
    /// <returns>So many frames of the log belong to it and may not be in the file; 0: the file alone is all of it, and the log may begin anew at any moment.</returns>
    internal static uint Pin(Connection source)
    {
        // The log's index must have been looked at once before its memory can be.
        source.QueryInt64("SELECT count(*) FROM public.sqlite_schema");
        var index = new WalIndex(SqliteFile.Database(source), source.Path);
        while (true)
        {
            var isWhole = index.TryRead(out var before);
            source.RunInternal("BEGIN");
            source.QueryInt64("SELECT count(*) FROM public.sqlite_schema");
            // Before the header is looked at again: a log that begins anew says so there first, and then has nothing moved either.
            var moved = index.Backfilled;
            // What did not change around the moment of the pin is what it pinned.
            if (isWhole && index.TryRead(out var after) && before.Equals(after))
                return moved < after.Frames ? after.Frames : 0;
            source.RunInternal("COMMIT");
            Thread.Yield();
        }
    }

    /// <param name="frames">Of <see cref="Pin"/>, whose transaction is open.</param>
    internal void Write(uint frames)
    {
        var pageBytes = (int)source.QueryInt64("PRAGMA public.page_size");
        var bytes = source.QueryInt64("PRAGMA public.page_count") * pageBytes;
        total = bytes + frames * (pageBytes + (long)WalFormat.FrameHeaderBytes);
        using var target = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        CopyFile(target, bytes);
        if (frames > 0)
            CopyLog(target, frames, pageBytes, bytes);
    }

    private void CopyFile(SafeFileHandle target, long bytes)
    {
        var file = SqliteFile.Database(source);
        var chunk = new byte[ChunkBytes];
        for (var at = 0L; at < bytes; at += ChunkBytes)
        {
            var part = chunk.AsSpan(0, (int)Math.Min(ChunkBytes, bytes - at));
            Check(file.Read(part, at), source.Path);
            RandomAccess.Write(target, part, at);
            Throttle(part.Length);
        }
    }

    private void CopyLog(SafeFileHandle target, uint frames, int pageBytes, long bytes)
    {
        var log = SqliteFile.Log(source);
        var frameBytes = pageBytes + WalFormat.FrameHeaderBytes;
        var chunk = new byte[ChunkBytes / frameBytes * frameBytes];
        var atOnce = (uint)(chunk.Length / frameBytes);
        for (uint first = 1; first <= frames; first += atOnce)
        {
            var count = (int)Math.Min(atOnce, frames - first + 1);
            Check(log.Read(chunk.AsSpan(0, count * frameBytes), WalFormat.Offset(first, pageBytes)), source.Path + "-wal");
            for (var i = 0; i < count; i++)
            {
                var frame = chunk.AsSpan(i * frameBytes, frameBytes);
                var offset = (WalFormat.PageOf(frame) - 1L) * pageBytes;
                // The database may have become smaller since.
                if (offset < bytes)
                    RandomAccess.Write(target, frame[WalFormat.FrameHeaderBytes..], offset);
            }
            Throttle(count * frameBytes);
        }
    }

    private void Throttle(int bytes)
    {
        cancellation.ThrowIfCancellationRequested();
        written += bytes;
        progress?.Invoke(written, total);
        // A piece may take longer than any one wait.
        while (bytesPerSecond > 0 && !cancellation.IsCancellationRequested && written * 1000 / bytesPerSecond - clock.ElapsedMilliseconds is var early and > 0)
            cancellation.WaitHandle.WaitOne((int)Math.Min(early, 1000));
    }

    private static void Check(int code, string path)
    {
        if (code != SqliteCode.Ok)
            throw new StorageFailure($"{path}: read failed (SQLite code {code})");
    }
}

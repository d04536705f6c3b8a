using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ActorReplication.Journal.Segments;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Node.Tests.Nemesis.Planted;

/// <summary>A disk whose cache is lost with the process: what is written reaches the file when it is synced, and not before. So a kill is a power cut. Syncing takes a while, each time another.
/// Reading through another handle sees what the file holds; the journal reads only what it has synced.</summary>
/// <param name="heldBy">As long as a file of this path exists, no sync comes to its end.</param>
internal sealed class ForgetfulDisk(string heldBy) : ISystemCalls
{
    private const int LongestSyncMs = 100, LookMs = 5;
    private readonly ConcurrentDictionary<string, Cached> _files = new();

    public int WriteGathered(SafeFileHandle file, string path, ReadOnlySpan<IoVector> pieces, long offset, out long written)
    {
        written = 0;
        var cached = _files.GetOrAdd(path, _ => new Cached());
        lock (cached.Writes)
        {
            foreach (var piece in pieces)
            {
                var bytes = new byte[piece.Bytes];
                Marshal.Copy(piece.Address, bytes, 0, bytes.Length);
                cached.Writes.Enqueue((offset + written, bytes));
                written += bytes.Length;
            }
        }
        return 0;
    }

    /// <summary>Whatever was written to the file, through which handle ever, and in that order.</summary>
    public int SyncData(SafeFileHandle file, string path)
    {
        var cached = _files.GetOrAdd(path, _ => new Cached());
        lock (cached.Flushing)
        {
            int count;
            lock (cached.Writes) count = cached.Writes.Count;
            if (count > 0) Thread.Sleep(Random.Shared.Next(1, LongestSyncMs));
            while (File.Exists(heldBy)) Thread.Sleep(LookMs);
            for (; count > 0; count--)
            {
                (long Offset, byte[] Bytes) write;
                lock (cached.Writes) write = cached.Writes.Dequeue();
                if (WriteAll(file, path, write.Bytes, write.Offset) is var errno and not 0) return errno;
            }
        }
        return LinuxSystemCalls.Instance.SyncData(file, path);
    }

    public int SyncDirectory(string path) => LinuxSystemCalls.Instance.SyncDirectory(path);

    public int Allocate(SafeFileHandle file, string path, long bytes) => LinuxSystemCalls.Instance.Allocate(file, path, bytes);

    private static int WriteAll(SafeFileHandle file, string path, byte[] bytes, long offset)
    {
        var pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        try
        {
            for (var done = 0; done < bytes.Length;)
            {
                var errno = LinuxSystemCalls.Instance.WriteGathered(file, path, [new IoVector(pin.AddrOfPinnedObject() + done, bytes.Length - done)], offset + done, out var written);
                if (errno != 0) return errno;
                done += (int)written;
            }
            return 0;
        }
        finally
        {
            pin.Free();
        }
    }

    private sealed class Cached
    {
        public Queue<(long Offset, byte[] Bytes)> Writes { get; } = new();
        public Lock Flushing { get; } = new();
    }
}

using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ActorReplication.Journal.Telemetry;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Journal.Segments;

/// <summary>Checked file operations: each succeeds, or throws what the caller must do about it (<see cref="JournalFullException"/>: refuse and go on; <see cref="JournalException"/>: stop).</summary>
internal sealed class JournalDisk(ISystemCalls calls)
{
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int MaxPieces = 1024;

    /// <summary>Opens for reading and writing without a lock of its own (the directory's lock file guards all).</summary>
    /// <exception cref="JournalFullException">No space for the directory entry.</exception>
    public SafeFileHandle Open(string path, FileMode mode) =>
        Translated(path, "open", () => File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    /// <summary>Renames within a folder, durably.</summary>
    public void Rename(string from, string to, bool overwrite)
    {
        Translated(to, "rename", () =>
        {
            File.Move(from, to, overwrite);
            return true;
        });
        SyncDirectory(Path.GetDirectoryName(to)!);
    }

    /// <summary>Removes a file; the caller syncs the folder.</summary>
    public void Delete(string path) => Translated(path, "unlink", () =>
    {
        File.Delete(path);
        return true;
    });

    /// <summary>Writes all the pieces at an offset, with one call unless the system takes less at once.</summary>
    /// <exception cref="JournalFullException">No space; what was written up to then is overwritten with zeros, durably.</exception>
    public void Write(SafeFileHandle file, string path, ReadOnlySpan<ReadOnlyMemory<byte>> pieces, long offset)
    {
        var pins = new MemoryHandle[pieces.Length];
        var vectors = new IoVector[pieces.Length];
        try
        {
            for (var i = 0; i < pieces.Length; i++)
            {
                pins[i] = pieces[i].Pin();
                vectors[i] = new IoVector(Address(pins[i]), pieces[i].Length);
            }

            WriteVectors(file, path, vectors, offset);
        }
        finally
        {
            foreach (var pin in pins)
                pin.Dispose();
        }
    }

    public void Write(SafeFileHandle file, string path, ReadOnlyMemory<byte> bytes, long offset) => Write(file, path, [bytes], offset);

    /// <exception cref="JournalException">Any error: the page cache can no longer be trusted, and a retry that succeeds proves nothing.</exception>
    public void SyncData(SafeFileHandle file, string path)
    {
        var begun = Stopwatch.GetTimestamp();
        Require(calls.SyncData(file, path), path, "fdatasync");
        JournalMeters.Synced(begun);
    }

    public void SyncDirectory(string path) => Require(calls.SyncDirectory(path), path, "fsync");

    /// <exception cref="JournalFullException">No space.</exception>
    public void Allocate(SafeFileHandle file, string path, long bytes)
    {
        var errno = calls.Allocate(file, path, bytes);
        if (errno is NoSpace or QuotaExceeded)
            throw new JournalFullException(path, bytes);
        Require(errno, path, "fallocate");
    }

    /// <summary>Overwrites a range with zeros, durably.</summary>
    public void Erase(SafeFileHandle file, string path, long from, long to)
    {
        var zeros = new byte[Math.Min(1 << 20, to - from)];
        for (var offset = from; offset < to;)
        {
            var piece = (int)Math.Min(zeros.Length, to - offset);
            Write(file, path, zeros.AsMemory(0, piece), offset);
            offset += piece;
        }

        SyncData(file, path);
    }

    /// <summary>Creates or replaces a small file so that a crash leaves either the old or the new one.</summary>
    /// <exception cref="JournalFullException">No space; the old file stands.</exception>
    public void Replace(string path, ReadOnlyMemory<byte> content)
    {
        var draft = path + ".tmp";
        using (var file = Open(draft, FileMode.Create))
        {
            Write(file, draft, content, 0);
            SyncData(file, draft);
        }

        Rename(draft, path, overwrite: true);
    }

    // .NET puts the errno into HResult.
    private static T Translated<T>(string path, string operation, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (IOException e) when (e.HResult is NoSpace or QuotaExceeded)
        {
            throw new JournalFullException(path, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new JournalException(new JournalFailed(path, e.HResult, operation, e.Message));
        }
    }

    private static unsafe nint Address(MemoryHandle pin) => (nint)pin.Pointer;

    private static void Require(int errno, string path, string operation)
    {
        if (errno != 0)
            throw new JournalException(new JournalFailed(path, errno, operation, Marshal.GetPInvokeErrorMessage(errno)));
    }

    private void WriteVectors(SafeFileHandle file, string path, Span<IoVector> vectors, long offset)
    {
        var start = offset;
        while (!vectors.IsEmpty)
        {
            var errno = calls.WriteGathered(file, path, vectors[..Math.Min(vectors.Length, MaxPieces)], offset, out var written);
            if (errno is NoSpace or QuotaExceeded)
            {
                var needed = offset - start;
                foreach (var vector in vectors)
                    needed += vector.Bytes;
                if (offset > start)
                    Erase(file, path, start, offset);
                throw new JournalFullException(path, needed);
            }

            Require(errno, path, "pwritev");
            offset += written;
            while (written > 0 || (!vectors.IsEmpty && vectors[0].Bytes == 0))
            {
                var part = (nint)Math.Min(written, vectors[0].Bytes);
                vectors[0] = new IoVector(vectors[0].Address + part, vectors[0].Bytes - part);
                written -= part;
                if (vectors[0].Bytes == 0)
                    vectors = vectors[1..];
            }
        }
    }
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Journal.Segments;

/// <summary>libc. .NET's own flush calls return normally when fsync fails, so these are called directly and checked.</summary>
internal sealed partial class LinuxSystemCalls : ISystemCalls
{
    private const int ReadOnlyCloseOnExec = 0x80000;
    private const int Interrupted = 4;

    public static LinuxSystemCalls Instance { get; } = new();

    public unsafe int WriteGathered(SafeFileHandle file, string path, ReadOnlySpan<IoVector> pieces, long offset, out long written)
    {
        fixed (IoVector* first = pieces)
        {
            while (true)
            {
                var result = PWriteV(file, first, pieces.Length, offset);
                written = Math.Max(0, result);
                if (result >= 0)
                    return 0;
                if (Marshal.GetLastPInvokeError() is var errno and not Interrupted)
                    return errno;
            }
        }
    }

    // Not repeated after EINTR: whether the interrupted call lost an error is not known.
    public int SyncData(SafeFileHandle file, string path) => FDataSync(file) == 0 ? 0 : Marshal.GetLastPInvokeError();

    public int SyncDirectory(string path)
    {
        var descriptor = Open(path, ReadOnlyCloseOnExec);
        if (descriptor < 0)
            return Marshal.GetLastPInvokeError();
        using var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        return FSync(directory) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    public int Allocate(SafeFileHandle file, string path, long bytes)
    {
        while (FAllocate(file, 0, 0, bytes) != 0)
        {
            if (Marshal.GetLastPInvokeError() is var errno and not Interrupted)
                return errno;
        }

        return 0;
    }

    [LibraryImport("libc", EntryPoint = "pwritev", SetLastError = true)]
    private static unsafe partial nint PWriteV(SafeFileHandle file, IoVector* pieces, int count, long offset);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int FAllocate(SafeFileHandle file, int mode, long offset, long bytes);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}

using System.Runtime.InteropServices;

namespace ActorReplication.Storage.Interop;

/// <summary>fsync with its result looked at: .NET's own flush to disk drops errors on Linux.</summary>
internal static unsafe partial class Libc
{
    private const int ReadOnlyFlag = 0;
    private const int CloseOnExec = 0x80000;

    [LibraryImport("libc", SetLastError = true)] private static partial int open(byte* path, int flags);
    [LibraryImport("libc", SetLastError = true)] private static partial int fsync(int descriptor);
    [LibraryImport("libc", SetLastError = true)] private static partial int close(int descriptor);

    /// <summary>Makes a file's content, or a folder's list of names, durable. Throws <see cref="Engine.StorageFailure"/> on any error.</summary>
    internal static void Sync(string path)
    {
        var bytes = Utf8.Terminated(path);
        int descriptor;
        fixed (byte* p = bytes)
            descriptor = open(p, ReadOnlyFlag | CloseOnExec);
        if (descriptor < 0)
            throw Failure("open", path);
        var failed = fsync(descriptor) != 0 ? Failure("fsync", path) : null;
        if (close(descriptor) != 0 && failed is null)
            failed = Failure("close", path);
        if (failed is not null)
            throw failed;
    }

    private static Engine.StorageFailure Failure(string call, string path)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new Engine.StorageFailure($"{path}: {call} failed: {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})");
    }
}

using System.Runtime.InteropServices;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster;

/// <summary>Small files that are replaced as a whole and are on disk when the call returns. .NET's own flush swallows fsync's errors.</summary>
internal static partial class DurableFile
{
    /// <exception cref="IOException">It could not be written; the old content stands.</exception>
    /// <exception cref="StorageFailure">The content may not be durable: the message names file and errno.</exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".new";
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            stream.Write(content);
            stream.Flush();
            Sync(stream.SafeFileHandle, temporary);
        }
        File.Move(temporary, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    public static void Sync(SafeHandle file, string name)
    {
        var added = false;
        try
        {
            file.DangerousAddRef(ref added);
            if (fsync((int)file.DangerousGetHandle()) != 0) throw Failed(name);
        }
        finally
        {
            if (added) file.DangerousRelease();
        }
    }

    public static void SyncFolder(string folder)
    {
        var descriptor = open(folder, 0);
        if (descriptor < 0) throw Failed(folder);
        var failed = fsync(descriptor) != 0 ? Failed(folder) : null;
        _ = close(descriptor);
        if (failed is not null) throw failed;
    }

    private static StorageFailure Failed(string name) => new($"fsync of {name} failed with errno {Marshal.GetLastPInvokeError()}: what was written may not be on disk");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}

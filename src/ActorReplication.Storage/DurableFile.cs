using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage;

/// <summary>Small files that must be there whole or not at all, and are on disk when the call returns.</summary>
public static class DurableFile
{
    /// <summary>Makes the file, or puts new content in the place of the old.</summary>
    /// <exception cref="IOException">It could not be written; the old content stands.</exception>
    /// <exception cref="StorageFailure">A failed fsync: the content may not be durable.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".tmp";
        File.WriteAllBytes(temporary, content);
        Libc.Sync(temporary);
        File.Move(temporary, path, overwrite: true);
        SyncFolder(path);
    }

    /// <summary>Makes the names in the folder that a path is in durable.</summary>
    /// <exception cref="StorageFailure">A failed fsync.</exception>
    public static void SyncFolder(string path) => Libc.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);

    /// <summary>Makes a file's content, or the names in a folder, durable.</summary>
    /// <exception cref="StorageFailure">A failed fsync.</exception>
    public static void Sync(string path) => Libc.Sync(path);
}

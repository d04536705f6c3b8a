using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage.Snapshots;

/// <summary>Small files that must be there whole or not at all.</summary>
internal static class DurableFile
{
    internal static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = path + ".tmp";
        File.WriteAllBytes(temporary, content);
        Libc.Sync(temporary);
        File.Move(temporary, path, overwrite: true);
        SyncFolder(path);
    }

    internal static void SyncFolder(string path) => Libc.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
}

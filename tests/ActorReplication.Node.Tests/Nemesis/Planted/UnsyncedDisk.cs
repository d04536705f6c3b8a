using ActorReplication.Journal.Segments;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Node.Tests.Nemesis.Planted;

/// <summary>A disk that says it has synced, and has not.</summary>
internal sealed class UnsyncedDisk : ISystemCalls
{
    public int WriteGathered(SafeFileHandle file, string path, ReadOnlySpan<IoVector> pieces, long offset, out long written) => LinuxSystemCalls.Instance.WriteGathered(file, path, pieces, offset, out written);

    public int SyncData(SafeFileHandle file, string path) => 0;

    public int SyncDirectory(string path) => 0;

    public int Allocate(SafeFileHandle file, string path, long bytes) => LinuxSystemCalls.Instance.Allocate(file, path, bytes);
}

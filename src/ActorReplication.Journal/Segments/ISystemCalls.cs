using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Journal.Segments;

/// <summary>One piece of a gathered write: address and length, as <c>struct iovec</c>.</summary>
internal readonly record struct IoVector(nint Address, nint Bytes);

/// <summary>
/// The system calls whose errors decide whether data is safe. Each returns 0 or the errno. The path is told for messages, and so
/// that a test can fail one file's calls.
/// </summary>
internal interface ISystemCalls
{
    /// <summary>Writes the pieces one behind the other at an offset; may write less than all of them.</summary>
    int WriteGathered(SafeFileHandle file, string path, ReadOnlySpan<IoVector> pieces, long offset, out long written);

    /// <summary>Makes the file's data durable, and of its metadata what reading needs.</summary>
    int SyncData(SafeFileHandle file, string path);

    /// <summary>Makes a directory's entries durable.</summary>
    int SyncDirectory(string path);

    /// <summary>Reserves space from the file's start and sets its length to at least <paramref name="bytes"/>.</summary>
    int Allocate(SafeFileHandle file, string path, long bytes);
}

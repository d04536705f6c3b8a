using ActorReplication.Journal.Segments;
using Microsoft.Win32.SafeHandles;

namespace ActorReplication.Journal.Tests.Log;

/// <summary>The system's calls, except those that a test makes fail. Syncs are counted, and not carried out unless asked for.</summary>
internal sealed class ScriptedCalls : ISystemCalls
{
    public const int NoSpace = 28;
    public const int IoError = 5;

    /// <summary>Errno for an operation (write, sync, syncdir, allocate) on a path; 0 lets it through.</summary>
    public Func<string, string, int> Fail { get; set; } = (_, _) => 0;

    /// <summary>Sees each sync's descriptor.</summary>
    public Action<SafeFileHandle> Syncing { get; set; } = _ => { };

    /// <summary>Most bytes that one write takes.</summary>
    public long MaxWriteBytes { get; set; } = long.MaxValue;

    public List<string> Log { get; } = [];

    public int Count(string operation, string pathPart = "") =>
        Log.Count(entry => entry.StartsWith(operation + " ", StringComparison.Ordinal) && entry.Contains(pathPart, StringComparison.Ordinal));

    public int WriteGathered(SafeFileHandle file, string path, ReadOnlySpan<IoVector> pieces, long offset, out long written)
    {
        written = 0;
        if (Met("write", path) is var errno and not 0)
            return errno;
        if (MaxWriteBytes == long.MaxValue)
            return LinuxSystemCalls.Instance.WriteGathered(file, path, pieces, offset, out written);
        var part = new IoVector(pieces[0].Address, (nint)Math.Min(pieces[0].Bytes, MaxWriteBytes));
        return LinuxSystemCalls.Instance.WriteGathered(file, path, [part], offset, out written);
    }

    public int SyncData(SafeFileHandle file, string path)
    {
        Syncing(file);
        return Met("sync", path);
    }

    public int SyncDirectory(string path) => Met("syncdir", path);

    public int Allocate(SafeFileHandle file, string path, long bytes) =>
        Met("allocate", path) is var errno and not 0 ? errno : LinuxSystemCalls.Instance.Allocate(file, path, bytes);

    private int Met(string operation, string path)
    {
        lock (Log) Log.Add($"{operation} {Path.GetFileName(path)}");
        // Outside: a test may hold one thread here until another has come by.
        return Fail(operation, path);
    }
}

using System.Globalization;
using ActorReplication.Node.Tests.EndToEnd;

namespace ActorReplication.Node.Tests.Disk;

/// <summary>A file system in memory with little space, in the place of a folder; some of it is taken by a file that can be removed.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const string FillerName = "filler";
    private readonly string _folder;

    private SmallDisk(string folder) => _folder = folder;

    public static async Task<SmallDisk> MountAsync(string folder, int megabytes, int fillerMegabytes)
    {
        Directory.CreateDirectory(folder);
        var mounted = await Programs.RunAsync("mount", ["-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"), "tmpfs", folder]);
        if (mounted.ExitCode != 0) throw new InvalidOperationException(mounted.Output);
        File.WriteAllBytes(Path.Combine(folder, FillerName), new byte[fillerMegabytes << 20]);
        return new SmallDisk(folder);
    }

    public void FreeFiller() => File.Delete(Path.Combine(_folder, FillerName));

    /// <summary>Lazily: a node may still have files open there.</summary>
    public void Dispose() => Programs.RunAsync("umount", ["-l", _folder]).GetAwaiter().GetResult();
}

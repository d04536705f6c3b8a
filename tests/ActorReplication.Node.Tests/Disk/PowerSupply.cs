using System.Buffers.Binary;
using System.Globalization;
using ActorReplication.Node.Tests.EndToEnd;

namespace ActorReplication.Node.Tests.Disk;

/// <summary>The power of machines whose disks have a cache: when it fails, what a node has written and not synced is gone, or only some of its pages, as chance has it. A library that is preloaded into the
/// node (<c>powercut.c</c>) notes what each write destroys; after the process was killed it is put back from there.</summary>
internal sealed class PowerSupply : IDisposable
{
    private const int PageBytes = 4096, HeadBytes = 24;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ar-power-");
    private readonly string _filesContain;
    private readonly Random _random;

    private PowerSupply(string filesContain, int seed)
    {
        _filesContain = filesContain;
        _random = new Random(seed);
        Directory.CreateDirectory(Notes);
    }

    /// <summary>Failures that took something away.</summary>
    public int Losses { get; private set; }

    private string Library => Path.Combine(_folder.FullName, "powercut.so");
    private string Notes => Path.Combine(_folder.FullName, "notes");

    /// <param name="filesContain">What is in the paths of the files that are concerned, and of no others.</param>
    public static async Task<PowerSupply> MakeAsync(string filesContain, int seed)
    {
        var supply = new PowerSupply(filesContain, seed);
        var compiled = await Programs.RunAsync("gcc", ["-shared", "-fPIC", "-O1", "-o", supply.Library, Path.Combine(Repository.Root, "tests", "ActorReplication.Node.Tests", "Disk", "powercut.c"), "-ldl", "-lpthread"]);
        return compiled.ExitCode == 0 ? supply : throw new InvalidOperationException(compiled.Output);
    }

    /// <summary>Put before a program that is to depend on it.</summary>
    public IReadOnlyList<string> Launch => ["env", $"LD_PRELOAD={Library}", $"POWERCUT_FILES={_filesContain}", $"POWERCUT_NOTES={Notes}"];

    /// <summary>The folder as the disk has it when the power comes back. Its process is gone.</summary>
    public void FailUnder(string dataFolder)
    {
        lock (_random)
        {
            // Every third time the disk has written nothing of it.
            var keeps = _random.Next(3) == 0 ? 0 : _random.NextDouble();
            foreach (var (inode, path) in FilesOf(dataFolder))
            {
                var notes = Path.Combine(Notes, inode);
                if (!File.Exists(notes) || File.ReadAllBytes(notes) is not { Length: > 0 } bytes) continue;
                if (!path.EndsWith("-shm", StringComparison.Ordinal)) Losses++;
                File.WriteAllBytes(path, WhatIsLeft(File.ReadAllBytes(path), bytes, keeps));
                File.WriteAllBytes(notes, []);
            }
        }
    }

    public void Dispose() => _folder.Delete(true);

    private byte[] WhatIsLeft(byte[] written, byte[] notes, double keeps)
    {
        var (left, touched) = PutBack(written, notes);
        foreach (var page in touched)
        {
            var from = page * PageBytes;
            var count = (int)Math.Min(PageBytes, written.Length - from);
            if (count <= 0 || _random.NextDouble() >= keeps) continue;
            if (left.Length < from + count) Array.Resize(ref left, (int)from + count);
            written.AsSpan((int)from, count).CopyTo(left.AsSpan((int)from));
        }
        return left;
    }

    /// <summary>The file as it was synced last, and the pages that were written since.</summary>
    private static (byte[] File, SortedSet<long> Touched) PutBack(byte[] file, byte[] notes)
    {
        var heads = new Stack<(long Offset, long Size, int At, int Kept)>();
        for (var at = 0; at + HeadBytes <= notes.Length;)
        {
            var (offset, size, kept) = (Int64At(notes, at), Int64At(notes, at + 8), Int64At(notes, at + 16));
            // The process ended in the middle of noting: the write that was to follow never came.
            if (at + HeadBytes + kept > notes.Length) break;
            heads.Push((offset, size, at + HeadBytes, (int)kept));
            at += HeadBytes + (int)kept;
        }
        var touched = new SortedSet<long>();
        var end = file.Length;
        foreach (var (offset, size, at, kept) in heads)
        {
            if (file.Length != size) Array.Resize(ref file, (int)size);
            notes.AsSpan(at, kept).CopyTo(file.AsSpan((int)Math.Min(offset, file.Length)));
            for (var page = offset / PageBytes; page * PageBytes < Math.Max(offset + kept, offset + kept >= size ? end : 0); page++) touched.Add(page);
        }
        return (file, touched);
    }

    private static long Int64At(byte[] bytes, int offset) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(offset));

    private static List<(string Inode, string Path)> FilesOf(string folder)
    {
        var listed = Programs.RunAsync("find", [folder, "-type", "f", "-printf", "%i %p\\n"]).GetAwaiter().GetResult();
        return [.. listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).Select(parts => (long.Parse(parts[0], CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture), parts[1]))];
    }
}

using System.Globalization;

namespace ActorReplication.Journal.Segments;

/// <summary>The names in a journal's folder.</summary>
internal sealed class LogFiles(string directory)
{
    private const string SegmentSuffix = ".segment";
    private const string DraftSuffix = ".tmp";

    public string Directory { get; } = Path.GetFullPath(directory);

    /// <summary>Locked while a process has the journal open.</summary>
    public string Lock => Path.Combine(Directory, "lock");

    /// <summary>How far the log was acknowledged.</summary>
    public string Marker => Path.Combine(Directory, "acknowledged");

    /// <summary>Logical deletions and the first segment.</summary>
    public string Deletions => Path.Combine(Directory, "deletions");

    public string Segment(ulong number) => Path.Combine(Directory, number.ToString("D20", CultureInfo.InvariantCulture) + SegmentSuffix);

    /// <summary>Numbers of the segment files present, ascending.</summary>
    public List<ulong> SegmentNumbers()
    {
        var numbers = new List<ulong>();
        foreach (var path in System.IO.Directory.EnumerateFiles(Directory, "*" + SegmentSuffix))
        {
            if (ulong.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }

    /// <summary>Files that were being made when the process ended; none of them was ever part of the log.</summary>
    public void RemoveDrafts()
    {
        foreach (var path in System.IO.Directory.EnumerateFiles(Directory, "*" + DraftSuffix))
            File.Delete(path);
    }
}

using ActorReplication.Cluster.Backups;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Archive;

/// <summary>An archive on disk: a folder for each cluster, named as its identity, with segment files of any number of nodes in it.</summary>
internal static class ArchiveFolder
{
    /// <summary>The last index that a file's name tells of; null: it tells of none.</summary>
    public static LogIndex? LastOf(string path) =>
        Path.GetFileName(path).Split('-') is [_, var last, ..] && long.TryParse(last, System.Globalization.NumberStyles.None, null, out var index) ? new LogIndex(index) : null;

    public static string Of(string archive, ClusterId cluster) => Path.Combine(archive, cluster.ToString());

    /// <summary>The cluster's segments, by their first index. One that cannot be read does not stand in the way of the others.</summary>
    /// <param name="problems">Takes path, and what is wrong, of those that are left out.</param>
    public static IReadOnlyList<ArchiveSegment> Segments(string archive, ClusterId cluster, Action<string, string>? problems = null)
    {
        var folder = Of(archive, cluster);
        if (!Directory.Exists(folder)) return [];
        var segments = new List<ArchiveSegment>();
        foreach (var path in Directory.EnumerateFiles(folder, "*" + ArchiveSegment.Ending).Order(StringComparer.Ordinal))
        {
            try
            {
                var segment = ArchiveReader.Open(path);
                if (segment.Cluster == cluster) segments.Add(segment);
                else problems?.Invoke(path, $"{path} is of cluster {segment.Cluster}");
            }
            catch (BackupException e)
            {
                problems?.Invoke(path, e.Message);
            }
        }
        return segments;
    }
}

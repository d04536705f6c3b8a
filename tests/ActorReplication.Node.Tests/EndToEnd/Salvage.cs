namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>What a node has put aside of its own log, because the cluster went on without it.</summary>
internal static class Salvage
{
    /// <summary>All changes in the node's salvage files; each file has a line before and one after them.</summary>
    public static IReadOnlyList<string> LinesOf(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, "salvage");
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.jsonl").Order().SelectMany(f => File.ReadLines(f).Skip(1).SkipLast(1))] : [];
    }
}

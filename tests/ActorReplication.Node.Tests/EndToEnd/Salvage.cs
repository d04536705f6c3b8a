namespace ActorReplication.Node.Tests.EndToEnd;

/// <summary>What a node has put aside of its own log, because the cluster went on without it.</summary>
internal static class Salvage
{
    /// <summary>All lines of the node's salvage files.</summary>
    public static IReadOnlyList<string> LinesOf(string dataFolder)
    {
        var folder = Path.Combine(dataFolder, "salvage");
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.jsonl").Order().SelectMany(File.ReadLines)] : [];
    }
}

using System.Text.RegularExpressions;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Storage;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Cluster.Salvage;

/// <summary>Keeps what was cut from this node's log: <c>salvage/&lt;term&gt;-&lt;from&gt;-&lt;to&gt;.jsonl</c>, one row change a line, durable before the cut is. Thread-safe.</summary>
internal sealed partial class SalvageStore(string folder, NodeId node, Func<ClusterId> cluster, Func<SchemaNames> names)
{
    /// <summary>Returns the number of client transactions saved.</summary>
    public int Save(IReadOnlyList<LogEntry> entries)
    {
        var first = entries.FirstOrDefault(e => e.Kind == EntryKind.Data);
        if (first is null) return 0;
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{first.Term}-{first.Index}-{entries[^1].Index}.jsonl");
        DurableFile.Write(path, System.Text.Encoding.UTF8.GetBytes(SalvageFile.Write(cluster(), node, entries, names())));
        return entries.Count(e => e.Kind == EntryKind.Data);
    }

    public IReadOnlyList<SalvageSummary> List() =>
        !Directory.Exists(folder) ? [] : [.. Directory.EnumerateFiles(folder, "*.jsonl").Select(p => new FileInfo(p)).OrderBy(f => f.LastWriteTimeUtc).Select(Summary)];

    /// <exception cref="SalvageException">There is no such file.</exception>
    public string Read(string name) => File.ReadAllText(PathOf(name));

    /// <exception cref="SalvageException">There is no such file.</exception>
    public void Drop(string name) => File.Delete(PathOf(name));

    private static SalvageSummary Summary(FileInfo file)
    {
        try
        {
            var content = SalvageFile.Read(File.ReadAllText(file.FullName));
            return new SalvageSummary(file.Name, file.Length, file.LastWriteTimeUtc, content.Term, content.From, content.To, content.Transactions, content.Changes.Count, null);
        }
        catch (Exception e) when (e is SalvageException or IOException)
        {
            return new SalvageSummary(file.Name, file.Exists ? file.Length : 0, file.LastWriteTimeUtc, 0, 0, 0, 0, 0, e.Message);
        }
    }

    private string PathOf(string name)
    {
        var path = Path.Combine(folder, name);
        return FileName().IsMatch(name) && File.Exists(path) ? path : throw new SalvageException($"node {node} has no salvage file \"{name}\": salvage list shows what there is");
    }

    [GeneratedRegex(@"^\d+-\d+-\d+\.jsonl$")]
    private static partial Regex FileName();
}

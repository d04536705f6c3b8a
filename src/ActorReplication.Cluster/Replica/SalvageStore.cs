using System.Text.Json;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Storage;

namespace ActorReplication.Cluster.Replica;

/// <summary>Keeps what was cut from this node's log: <c>salvage/&lt;term&gt;-&lt;from&gt;-&lt;to&gt;.jsonl</c>, one row change a line, durable before the cut is.</summary>
internal sealed class SalvageStore(string folder, Func<ReadOnlyMemory<byte>, IEnumerable<object>> describe)
{
    /// <summary>Returns the number of client transactions saved.</summary>
    public int Save(IReadOnlyList<LogEntry> entries)
    {
        var first = entries.FirstOrDefault(e => e.Kind == EntryKind.Data);
        if (first is null) return 0;
        Directory.CreateDirectory(folder);
        var count = 0;
        using var lines = new MemoryStream();
        foreach (var entry in entries)
        {
            if (entry.Kind != EntryKind.Data) continue;
            count++;
            foreach (var change in describe(entry.Payload))
            {
                JsonSerializer.Serialize(lines, new { term = entry.Term.Value, index = entry.Index.Value, change });
                lines.WriteByte((byte)'\n');
            }
        }
        var path = Path.Combine(folder, $"{first.Term}-{first.Index}-{entries[^1].Index}.jsonl");
        DurableFile.Write(path, lines.ToArray());
        return count;
    }
}

using System.Text;
using System.Text.Json;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Storage.Capture;

namespace ActorReplication.Cluster.Salvage;

/// <summary>A salvage file's content: a first line about the whole, a line for each change, a last line that counts them.</summary>
/// <param name="Cluster">Of the node that wrote it.</param>
internal sealed record SalvageFile(ClusterId Cluster, string Node, long Term, long From, long To, IReadOnlyList<SalvagedChange> Changes)
{
    private const int Version = 2;

    public int Transactions => Changes.Select(c => c.Index).Distinct().Count();

    public static string Write(ClusterId cluster, NodeId node, IReadOnlyList<LogEntry> entries, SchemaNames names)
    {
        var data = entries.Where(e => e.Kind == EntryKind.Data).ToList();
        var lines = new StringBuilder();
        var chain = 0u;
        var changes = 0;
        Add(json =>
        {
            json.WriteNumber("salvage", Version);
            json.WriteString("cluster", cluster.ToString());
            json.WriteString("node", node.Name);
            json.WriteNumber("term", data[0].Term.Value);
            json.WriteNumber("from", data[0].Index.Value);
            json.WriteNumber("to", entries[^1].Index.Value);
        });
        foreach (var entry in data)
            foreach (var change in EntryDescription.Describe(entry.Payload, names))
            {
                changes++;
                Add(json => SalvagedChange.Write(json, entry.Position, change));
            }
        Add(json =>
        {
            json.WriteNumber("transactions", data.Count);
            json.WriteNumber("changes", changes);
        });
        return lines.ToString();

        void Add(Action<Utf8JsonWriter> members)
        {
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                members(json);
                json.WriteEndObject();
            }
            lines.Append(SalvageLine.Seal(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length), ref chain)).Append('\n');
        }
    }

    /// <exception cref="SalvageException">It is not as it was written; the message names the line.</exception>
    public static SalvageFile Read(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length < 3 || lines[^1].Length > 0) throw new SalvageException("the file ends in the middle of a line: it is not whole");
        var chain = 0u;
        var opened = new List<JsonElement>();
        for (var i = 0; i < lines.Length - 1; i++)
            opened.Add(SalvageLine.Open(lines[i], ref chain) ?? throw new SalvageException($"line {i + 1} is not as it was written, or one before it is missing: the file was edited or damaged"));
        try
        {
            var (head, tail) = (opened[0], opened[^1]);
            if (!head.TryGetProperty("salvage", out var version) || version.GetInt32() != Version) throw new SalvageException($"line 1: a salvage file of version {Version} is expected");
            if (!tail.TryGetProperty("changes", out var count) || count.GetInt32() != opened.Count - 2) throw new SalvageException("the last line is missing: the file is not whole");
            return new SalvageFile(new ClusterId(Guid.Parse(head.GetProperty("cluster").GetString()!)), head.GetProperty("node").GetString()!, head.GetProperty("term").GetInt64(),
                head.GetProperty("from").GetInt64(), head.GetProperty("to").GetInt64(), [.. opened.Skip(1).SkipLast(1).Select(SalvagedChange.Read)]);
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new SalvageException($"the file was not written by this program: {e.Message}");
        }
    }
}

using System.Text;
using System.Text.Json;
using ActorReplication.Cluster;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;

namespace ActorReplication.Node.Gateway;

/// <summary>What replication.last_commit() answers: <c>{"term":3,"index":120,"level":"on","acknowledged":["n1","n2"],"applied":["n1"]}</c>.</summary>
internal static class ReceiptText
{
    public static string Of(CommitReceipt receipt)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("term", receipt.Position.Term.Value);
            json.WriteNumber("index", receipt.Position.Index.Value);
            json.WriteString("level", LevelOf(receipt.Level));
            Write(json, "acknowledged", receipt.OnDisk);
            Write(json, "applied", receipt.Applied);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<NodeId> nodes)
    {
        json.WriteStartArray(name);
        foreach (var node in nodes) json.WriteStringValue(node.Name);
        json.WriteEndArray();
    }

    /// <summary>In the words of synchronous_commit.</summary>
    private static string LevelOf(AckLevel level) => level switch
    {
        AckLevel.Applied => "remote_apply",
        AckLevel.Committed => "on",
        AckLevel.Received => "remote_write",
        _ => "local",
    };
}

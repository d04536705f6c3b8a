using System.Text.Json;
using ActorReplication.Core;
using ActorReplication.Storage;

namespace ActorReplication.Cluster.Membership;

/// <summary>The incarnation under which each peer was first met: a known name with another one has lost its data, and its old votes and
/// acknowledgements with it, so it is refused until it was removed and added again. Asked only as long as the configuration does not tell the incarnation. Kept in <c>peers.json</c>. One thread.</summary>
internal sealed class PeerRegistry
{
    private readonly string _path;
    private readonly Dictionary<string, Known> _known;

    public PeerRegistry(string folder)
    {
        _path = Path.Combine(folder, "peers.json");
        try
        {
            _known = File.Exists(_path) ? Read(File.ReadAllBytes(_path)) : [];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new NodeStartException(StartFailure.DataFolder, $"{_path} is not readable ({e.Message}): restore it from a backup, or delete it if no node of the cluster has lost its data since", e);
        }
    }

    /// <summary>Until members could be added again the file held the incarnation alone.</summary>
    private static Dictionary<string, Known> Read(byte[] json)
    {
        var known = new Dictionary<string, Known>();
        using var document = JsonDocument.Parse(json);
        foreach (var peer in document.RootElement.EnumerateObject())
            known[peer.Name] = peer.Value.ValueKind == JsonValueKind.String ? new Known(peer.Value.GetGuid(), 0, 0) : peer.Value.Deserialize<Known>() ?? throw new JsonException($"{peer.Name} is null");
        return known;
    }

    /// <param name="Term">Of the entry that added it; with <paramref name="Index"/>.</param>
    private sealed record Known(Guid Incarnation, long Term, long Index);

    /// <summary>True if the peer is who it was before, or is met for the first time since it was added.</summary>
    /// <param name="addedAt">The entry that made it a member; 0/0 for a first member, and when this node does not know it as one.</param>
    /// <exception cref="IOException">A first meeting could not be made durable.</exception>
    public bool Accept(NodeId peer, Guid incarnation, LogPosition addedAt)
    {
        if (_known.TryGetValue(peer.Name, out var known))
        {
            if (known.Incarnation == incarnation) return true;
            if (addedAt <= new LogPosition(new Term(known.Term), new LogIndex(known.Index))) return false;
        }
        _known[peer.Name] = new Known(incarnation, addedAt.Term.Value, addedAt.Index.Value);
        DurableFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(_known));
        return true;
    }
}

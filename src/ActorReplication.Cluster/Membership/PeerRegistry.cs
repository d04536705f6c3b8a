using System.Text.Json;
using ActorReplication.Core;
using ActorReplication.Storage;

namespace ActorReplication.Cluster.Membership;

/// <summary>The incarnation under which each peer was first met: a known name with another one has lost its data, and its old votes and
/// acknowledgements with it, so it is refused until it was removed and added again. Kept in <c>peers.json</c>. One thread.</summary>
internal sealed class PeerRegistry
{
    private readonly string _path;
    private readonly Dictionary<string, Guid> _known;

    public PeerRegistry(string folder)
    {
        _path = Path.Combine(folder, "peers.json");
        try
        {
            _known = File.Exists(_path) ? JsonSerializer.Deserialize<Dictionary<string, Guid>>(File.ReadAllBytes(_path)) ?? [] : [];
        }
        catch (JsonException e)
        {
            throw new NodeStartException(StartFailure.DataFolder, $"{_path} is not readable ({e.Message}): restore it from a backup, or delete it if no node of the cluster has lost its data since", e);
        }
    }

    /// <summary>True if the peer is who it was before, or is met for the first time.</summary>
    /// <exception cref="IOException">A first meeting could not be made durable.</exception>
    public bool Accept(NodeId peer, Guid incarnation)
    {
        if (_known.TryGetValue(peer.Name, out var known)) return known == incarnation;
        _known[peer.Name] = incarnation;
        Save();
        return true;
    }

    /// <summary>A removed member may come back as somebody else.</summary>
    public void Forget(NodeId peer)
    {
        if (_known.Remove(peer.Name)) Save();
    }

    private void Save() => DurableFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(_known));
}

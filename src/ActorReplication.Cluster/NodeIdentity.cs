using System.Text.Json;
using ActorReplication.Core;
using ActorReplication.Storage;

namespace ActorReplication.Cluster;

/// <summary>Who a data folder belongs to: written once, checked at every start. <c>node.json</c>.</summary>
internal sealed class NodeIdentity
{
    public const string FileName = "node.json";

    private readonly string _path;

    private NodeIdentity(string path, Content content)
    {
        _path = path;
        Name = new NodeId(content.Name);
        Incarnation = content.Incarnation;
        Cluster = new ClusterId(content.Cluster);
    }

    public NodeId Name { get; }

    /// <summary>Random, of this data folder: a node that lost its data is another one under an old name.</summary>
    public Guid Incarnation { get; }

    /// <summary>None until this node saw the cluster's first configuration committed.</summary>
    public ClusterId Cluster { get; private set; }

    private sealed record Content(string Name, Guid Incarnation, Guid Cluster);

    /// <exception cref="NodeStartException">The folder is another node's, or not readable.</exception>
    public static NodeIdentity Open(string folder, NodeId name)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            if (Directory.Exists(Path.Combine(folder, "journal")) && Directory.EnumerateFileSystemEntries(Path.Combine(folder, "journal")).Any())
                throw new NodeStartException(StartFailure.DataFolder, $"{folder} holds a journal and no node.json: it is damaged or not a node's data folder; restore node.json, or give node.data an empty folder");
            var made = new Content(name.Name, Guid.NewGuid(), Guid.Empty);
            DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(made));
            return new NodeIdentity(path, made);
        }
        var content = Read(path);
        if (content.Name != name.Name)
            throw new NodeStartException(StartFailure.DataFolder, $"{folder} belongs to node '{content.Name}', not to '{name.Name}': correct node.name or node.data");
        return new NodeIdentity(path, content);
    }

    /// <summary>Makes an empty folder a new node's, of a cluster that is known already.</summary>
    /// <exception cref="IOException">It could not be made durable.</exception>
    public static void Create(string folder, NodeId name, ClusterId cluster) =>
        DurableFile.Write(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(new Content(name.Name, Guid.NewGuid(), cluster.Value)));

    /// <exception cref="IOException">It could not be made durable.</exception>
    public void JoinCluster(ClusterId cluster)
    {
        DurableFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(new Content(Name.Name, Incarnation, cluster.Value)));
        Cluster = cluster;
    }

    private static Content Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path)) is { Name.Length: > 0 } content && content.Incarnation != Guid.Empty
                ? content
                : throw new JsonException("name or incarnation is missing");
        }
        catch (JsonException e)
        {
            throw new NodeStartException(StartFailure.DataFolder, $"{path} is not readable ({e.Message}): restore it from a backup, or give node.data an empty folder", e);
        }
    }
}

using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Durability;

/// <summary>Gives each member of one or two configurations its bit, in the order of names.</summary>
internal sealed class Slots
{
    /// <summary>Most members of a configuration and its predecessor together; larger configurations are refused.</summary>
    public const int Most = 64;

    private readonly NodeId[] _ids;

    public Slots(ClusterConfig config, ClusterConfig? previous)
    {
        var ids = new SortedSet<NodeId>(config.Members.Keys);
        if (previous is not null) ids.UnionWith(previous.Members.Keys);
        Invariants.Require(ids.Count <= Most, "more members than a set of nodes holds");
        _ids = [.. ids];
    }

    public int Count => _ids.Length;

    /// <summary>The node's bit, or -1 if it belongs to neither configuration.</summary>
    public int Of(NodeId id)
    {
        var at = Array.BinarySearch(_ids, id);
        return at < 0 ? -1 : at;
    }

    public NodeId this[int slot] => _ids[slot];
}

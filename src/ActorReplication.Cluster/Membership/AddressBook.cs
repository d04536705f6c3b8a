using System.Collections.Concurrent;
using Akka.Actor;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Membership;

/// <summary>Names to Akka addresses and back: from the configured voters first, from the log's configuration from then on. Thread-safe.</summary>
internal sealed class AddressBook
{
    private readonly string _systemName;
    private readonly ConcurrentDictionary<NodeId, Address> _byName = new();
    private readonly ConcurrentDictionary<Address, NodeId> _byAddress = new();

    public AddressBook(string systemName, IEnumerable<NodeAddress> nodes)
    {
        _systemName = systemName;
        foreach (var node in nodes) Set(node.Name, Of(node));
    }

    public IReadOnlyCollection<NodeId> Names => [.. _byName.Keys];

    public Address? Find(NodeId name) => _byName.GetValueOrDefault(name);

    public NodeId? Find(Address address) => _byAddress.TryGetValue(address, out var name) ? name : null;

    /// <summary>Takes a member's address from the configuration ("host:port"); an empty one changes nothing.</summary>
    public void Learn(NodeId name, string hostAndPort)
    {
        var colon = hostAndPort.LastIndexOf(':');
        if (colon > 0 && int.TryParse(hostAndPort.AsSpan(colon + 1), out var port)) Set(name, new Address("akka.tcp", _systemName, hostAndPort[..colon], port));
    }

    public static string Format(NodeAddress node) => $"{node.Host}:{node.Port}";

    private Address Of(NodeAddress node) => new("akka.tcp", _systemName, node.Host, node.Port);

    private void Set(NodeId name, Address address)
    {
        if (_byName.TryGetValue(name, out var old) && !old.Equals(address)) _byAddress.TryRemove(old, out _);
        _byName[name] = address;
        _byAddress[address] = name;
    }
}

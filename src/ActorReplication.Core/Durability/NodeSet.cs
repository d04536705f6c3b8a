using System.Numerics;

namespace ActorReplication.Core.Durability;

/// <summary>A set of nodes as bits: which bit is whose says <see cref="Slots"/>.</summary>
internal readonly record struct NodeSet(ulong Bits)
{
    public static readonly NodeSet Empty = default;
    public int Count => BitOperations.PopCount(Bits);
    public bool Contains(int slot) => slot >= 0 && (Bits >> slot & 1) != 0;
    public NodeSet With(int slot) => slot < 0 ? this : new(Bits | 1UL << slot);
    public NodeSet Without(int slot) => slot < 0 ? this : new(Bits & ~(1UL << slot));
    public NodeSet Except(NodeSet other) => new(Bits & ~other.Bits);
    public static NodeSet operator &(NodeSet a, NodeSet b) => new(a.Bits & b.Bits);
    public static NodeSet operator |(NodeSet a, NodeSet b) => new(a.Bits | b.Bits);
    public bool Meets(NodeSet other) => (Bits & other.Bits) != 0;
    public bool ContainsAll(NodeSet other) => (other.Bits & ~Bits) == 0;
}

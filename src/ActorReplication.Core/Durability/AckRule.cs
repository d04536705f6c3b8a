using System.Collections.Immutable;
using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Durability;

/// <summary>Which sets of durable copies commit an entry, under one policy and one set of members. A leader needs its own copy and those of
/// <see cref="CopiesFor"/> followers out of <see cref="EligibleFor"/>.</summary>
/// <remarks>
/// k is cut down to the followers there are: a policy that asks for more than could ever answer would stop the cluster for good, and
/// the election quorum is derived from the same number, so the cut costs availability, never an acknowledged write.
/// </remarks>
internal sealed class AckRule
{
    private readonly NodeSet _countable;
    private readonly int[] _preference;

    /// <summary>By slot, under <c>FIRST k (*)</c>: who stands in the same zone. Null: the names say the order.</summary>
    private readonly NodeSet[]? _neighbours;
    private readonly int _wanted;

    public AckRule(ImmutableSortedDictionary<NodeId, Member> members, DurabilityPolicy policy, Slots slots, Defects defects)
    {
        IsAsync = policy.IsAsync();
        MayDegrade = policy.DegradeAfterMs > 0;
        IsFirst = policy.Kind == PolicyKind.FirstOf && !IsAsync;
        foreach (var member in members.Values)
        {
            var slot = slots.Of(member.Id);
            var counts = member.Kind == MemberKind.Voter
                || (member.Kind == MemberKind.Witness && defects.HasFlag(Defects.CountWitnessAsCopy));
            if (!counts) continue;
            Data = Data.With(slot);
            if (!member.NoSync && policy.Counts(member.Id)) _countable = _countable.With(slot);
        }
        _wanted = policy.FollowersFor(Data.Count);
        _neighbours = IsFirst && policy.Names.IsDefaultOrEmpty ? NeighboursIn(members, slots) : null;
        _preference = IsFirst ? PreferenceOf(policy, members, slots) : [];
    }

    /// <summary>Members that hold data and vote: those that can lead.</summary>
    public NodeSet Data { get; }

    /// <summary>No follower is waited for: a failover may lose a tail.</summary>
    public bool IsAsync { get; }

    public bool IsFirst { get; }

    /// <summary>See <see cref="DurabilityPolicy.DegradeAfterMs"/>.</summary>
    public bool MayDegrade { get; }

    /// <summary>The followers whose copies count when <paramref name="leader"/> leads.</summary>
    public NodeSet EligibleFor(int leader) => _countable.Without(leader);

    /// <summary>How many of them a commit needs: one more when the leader is leaving, and its own copy with it.</summary>
    public int CopiesFor(int leader) => Math.Min(leader < 0 ? _wanted + 1 : _wanted, EligibleFor(leader).Count);

    /// <param name="acks">Who holds the entry durably.</param>
    /// <param name="leader">The leader's slot; -1 when it no longer belongs to these members.</param>
    /// <param name="available">Who can be heard; only <c>FIRST k</c> looks at it.</param>
    public bool IsMet(NodeSet acks, int leader, NodeSet available)
    {
        if (leader >= 0 && !acks.Contains(leader)) return false;
        return IsFirst ? acks.ContainsAll(Chosen(leader, available)) : (acks & EligibleFor(leader)).Count >= CopiesFor(leader);
    }

    /// <summary>The followers a commit waits for under <c>FIRST k</c>: the first k available in order of preference, filled up with the
    /// unavailable when there are too few (and then the commit waits). Where no names say the order, those of other zones than the leader's come first.</summary>
    public NodeSet Chosen(int leader, NodeSet available)
    {
        var left = CopiesFor(leader);
        var near = _neighbours is not null && leader >= 0 ? _neighbours[leader] : NodeSet.Empty;
        var chosen = Take(NodeSet.Empty, (EligibleFor(leader) & available).Except(near), ref left);
        chosen = Take(chosen, EligibleFor(leader) & available & near, ref left);
        return Take(chosen, EligibleFor(leader).Except(available), ref left);
    }

    private static NodeSet[] NeighboursIn(ImmutableSortedDictionary<NodeId, Member> members, Slots slots)
    {
        var neighbours = new NodeSet[slots.Count];
        foreach (var one in members.Values)
            foreach (var other in members.Values)
                if (one.Zone == other.Zone) neighbours[slots.Of(one.Id)] = neighbours[slots.Of(one.Id)].With(slots.Of(other.Id));
        return neighbours;
    }

    private NodeSet Take(NodeSet chosen, NodeSet from, ref int left)
    {
        foreach (var slot in _preference)
        {
            if (left == 0) break;
            if (!from.Contains(slot)) continue;
            chosen = chosen.With(slot);
            left--;
        }
        return chosen;
    }

    private static int[] PreferenceOf(DurabilityPolicy policy, ImmutableSortedDictionary<NodeId, Member> members, Slots slots)
    {
        var names = policy.Names.IsDefaultOrEmpty ? [.. members.Keys] : policy.Names;
        var order = new List<int>(names.Length);
        foreach (var name in names)
        {
            var slot = slots.Of(name);
            if (slot >= 0 && !order.Contains(slot)) order.Add(slot);
        }
        return [.. order];
    }
}

using System.Collections.Immutable;
using System.Numerics;
using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Durability;

/// <summary>Which sets of votes elect, under one policy and one set of members. Derived from the acknowledgement rule: a majority of all
/// votes (so that any two election sets meet), and, unless the policy is async, a set that no acknowledgement set avoids.</summary>
/// <remarks>With N equal voters and k of them waited for this is max(N − k, ⌊N/2⌋ + 1). N − k alone would let two disjoint pairs of five
/// elect at k = 3. Howard et al., "Flexible Paxos" (2016); Ongaro's dissertation §3.6.3 for the argument that needs the two to meet.</remarks>
internal sealed class ElectionQuorum
{
    private readonly AckRule _acks;
    private readonly NodeSet _votes;
    private readonly bool _majority;

    public ElectionQuorum(ImmutableSortedDictionary<NodeId, Member> members, AckRule acks, Slots slots, Defects defects)
    {
        _acks = acks;
        _majority = !defects.HasFlag(Defects.ElectionQuorumIsNMinusK);
        foreach (var member in members.Values)
            if (member.Kind is MemberKind.Voter or MemberKind.Witness) _votes = _votes.With(slots.Of(member.Id));
    }

    /// <summary>Voters and witnesses.</summary>
    public NodeSet Votes => _votes;

    public bool IsElected(NodeSet votes)
    {
        votes &= _votes;
        if ((_majority || _acks.IsAsync) && votes.Count * 2 <= _votes.Count) return false;
        return _acks.IsAsync || MeetsEveryAckSet(votes);
    }

    /// <summary>No election can be won without one of these.</summary>
    public bool Blocks(NodeSet set) => !IsElected(_votes.Except(set));

    private bool MeetsEveryAckSet(NodeSet votes)
    {
        for (var rest = _acks.Data.Except(votes).Bits; rest != 0; rest &= rest - 1)
        {
            var leader = BitOperations.TrailingZeroCount(rest);
            if (_acks.EligibleFor(leader).Except(votes).Count >= _acks.CopiesFor(leader)) return false;
        }
        return true;
    }
}

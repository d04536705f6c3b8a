using System.Collections.Immutable;
using ActorReplication.Core.Membership;

namespace ActorReplication.Core.Durability;

/// <summary>The one object that says what commits and what elects. While a configuration is not known to be committed, it asks the one
/// before it as well; while a policy change is joint, both policies.</summary>
/// <remarks>
/// Ongaro's dissertation §4.1 lets one member change at a time because old and new majorities meet. Here quorums are not majorities: with
/// k = 1, four voters commit on two copies, and two of the three voters before them elect. So a configuration entry (and everything after it until it is
/// committed) must be held by a set that no election of either configuration can avoid. This also holds under <c>async</c>, where data commits
/// on the leader alone: a configuration that a failover could take back would let two electorates live side by side.
/// </remarks>
internal sealed class DurabilityPredicate
{
    private readonly AckRule[] _acks;
    private readonly ElectionQuorum[] _elections;
    private readonly bool _settled;

    /// <param name="config">The latest configuration in the log.</param>
    /// <param name="previous">The one before it, as long as the latest is not known to be committed; otherwise null.</param>
    /// <param name="settled">The latest configuration is committed.</param>
    public DurabilityPredicate(ClusterConfig config, ClusterConfig? previous, bool settled, Defects defects)
    {
        _settled = settled;
        if (defects.HasFlag(Defects.ForgetJointPolicy)) (config, previous, _settled) = (config with { JointWith = null }, null, true);
        Config = config;
        Slots = new Slots(config, previous);
        var acks = new List<AckRule>(4);
        var elections = new List<ElectionQuorum>(4);
        Add(config, isAckRule: true);
        if (previous is not null) Add(previous, isAckRule: SameMembers(config, previous));
        (_acks, _elections) = ([.. acks], [.. elections]);
        AsksWhoIsAvailable = acks.Exists(rule => rule.IsFirst);
        Electorate = [.. VotersOf(config, previous)];

        void Add(ClusterConfig side, bool isAckRule)
        {
            AddPolicy(side, side.Policy, isAckRule);
            if (side.JointWith is { } joint) AddPolicy(side, joint, isAckRule);
        }

        void AddPolicy(ClusterConfig side, DurabilityPolicy policy, bool isAckRule)
        {
            var rule = new AckRule(side.Members, policy, Slots, defects);
            if (isAckRule) acks.Add(rule);
            elections.Add(new ElectionQuorum(side.Members, rule, Slots, defects));
        }
    }

    public ClusterConfig Config { get; }
    public Slots Slots { get; }

    /// <summary>The rule of the configuration's own policy: what "k followers" means for the other levels of acknowledgement.</summary>
    public AckRule Own => _acks[0];

    /// <summary>Everyone with a vote in any configuration that may still count, in the order of names.</summary>
    public ImmutableArray<NodeId> Electorate { get; }

    /// <summary>One of the policies that count now, the one before included, is a <c>FIRST k</c>.</summary>
    public bool AsksWhoIsAvailable { get; }

    /// <summary>Everyone with a vote in the latest configuration.</summary>
    public NodeSet Votes => _elections[0].Votes;

    /// <param name="degraded">The policy's followers are missing for so long that, if it says so, less is enough.</param>
    public bool IsCommitted(NodeSet acks, int leader, NodeSet available, bool degraded = false)
    {
        foreach (var rule in _acks)
        {
            if (rule.IsMet(acks, rule.Data.Contains(leader) ? leader : -1, available)) continue;
            // Witnesses hold no copy: they refuse only who lacks a configuration.
            if (!degraded || !rule.MayDegrade || !acks.Contains(leader) || !Blocks(acks & Own.Data)) return false;
        }
        // A leader that is leaving counts for nothing in the configuration it leaves: what it commits must be safe there without it, and somebody there
        // must have it who can lead: witnesses alone would refuse all who can.
        return (_settled && Own.Data.Contains(leader)) || (Blocks(acks) && acks.Meets(Own.Data));
    }

    public bool IsElected(NodeSet votes)
    {
        foreach (var quorum in _elections)
            if (!quorum.IsElected(votes)) return false;
        return true;
    }

    /// <summary>No election, under any configuration that may still count, can be won without one of these.</summary>
    public bool Blocks(NodeSet set)
    {
        foreach (var quorum in _elections)
            if (!quorum.Blocks(set)) return false;
        return true;
    }

    private static SortedSet<NodeId> VotersOf(ClusterConfig config, ClusterConfig? previous)
    {
        var voters = new SortedSet<NodeId>();
        foreach (var side in (ReadOnlySpan<ClusterConfig?>)[config, previous])
            foreach (var member in side?.Members.Values ?? [])
                if (member.Kind != MemberKind.Learner) voters.Add(member.Id);
        return voters;
    }

    private static bool SameMembers(ClusterConfig a, ClusterConfig b)
    {
        if (a.Members.Count != b.Members.Count) return false;
        foreach (var (id, member) in a.Members)
            if (!b.Members.TryGetValue(id, out var other) || other.Kind != member.Kind || other.NoSync != member.NoSync) return false;
        return true;
    }
}

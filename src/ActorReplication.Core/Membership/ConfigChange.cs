using System.Collections.Immutable;
using ActorReplication.Core.Durability;

namespace ActorReplication.Core.Membership;

/// <summary>One change at a time, through the log.</summary>
public abstract record ConfigChange
{
    private ConfigChange() { }

    /// <summary>Add a learner or a witness. (A voter is a learner promoted.)</summary>
    public sealed record Add(Member Member) : ConfigChange;
    /// <param name="Anyway">Also if the policy then waits for more followers than there are: it waits for those that are left. The way out when a member that it waits for is
    /// lost, since a policy whose followers are gone cannot be changed.</param>
    public sealed record Remove(NodeId Id, bool Anyway = false) : ConfigChange;
    public sealed record Promote(NodeId Id) : ConfigChange;
    public sealed record Demote(NodeId Id) : ConfigChange;

    /// <summary>Priority, no-sync, address, zone and delay of a member. What it is, whether it is joining, since when, and which data folder it has stays.</summary>
    public sealed record Retag(Member Member) : ConfigChange;
    /// <summary>Which data folders speak under these names, and where their HTTP is. Only for members of whom no other folder is known.</summary>
    public sealed record Identify(ImmutableSortedDictionary<NodeId, MemberIdentity> Members) : ConfigChange;

    /// <param name="Part">What of the policy; the rest stays as it is when the change is taken: who changes one part undoes nobody's change of the other.</param>
    public sealed record SetPolicy(DurabilityPolicy Policy, PolicyPart Part = PolicyPart.All) : ConfigChange
    {
        public DurabilityPolicy Over(DurabilityPolicy before) => Part switch
        {
            PolicyPart.Copies => Policy with { DegradeAfterMs = before.DegradeAfterMs },
            PolicyPart.MissingAcks => before with { DegradeAfterMs = Policy.DegradeAfterMs },
            _ => Policy,
        };
    }

    /// <param name="Value">Null: back to the default.</param>
    public sealed record SetSetting(string Name, string? Value) : ConfigChange;
}

/// <summary>Copies: which followers a commit waits for. MissingAcks: what it does while they are missing.</summary>
public enum PolicyPart : byte { All, Copies, MissingAcks }

/// <param name="Http">host:port; empty: not told.</param>
public sealed record MemberIdentity(Guid Incarnation, string Http);

using ActorReplication.Core.Durability;

namespace ActorReplication.Core.Membership;

/// <summary>One change at a time, through the log.</summary>
public abstract record ConfigChange
{
    private ConfigChange() { }

    /// <summary>Add a learner or a witness. (A voter is a learner promoted.)</summary>
    public sealed record Add(Member Member) : ConfigChange;
    public sealed record Remove(NodeId Id) : ConfigChange;
    public sealed record Promote(NodeId Id) : ConfigChange;
    public sealed record Demote(NodeId Id) : ConfigChange;

    /// <summary>Priority, no-sync, address of a member; its kind stays.</summary>
    public sealed record Retag(Member Member) : ConfigChange;
    public sealed record SetPolicy(DurabilityPolicy Policy) : ConfigChange;

    /// <param name="Value">Null: back to the default.</param>
    public sealed record SetSetting(string Name, string? Value) : ConfigChange;
}

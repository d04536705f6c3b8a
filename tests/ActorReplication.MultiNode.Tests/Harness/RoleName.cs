using ActorReplication.Core;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>One node of a spec. Its name is the replica's name.</summary>
public sealed record RoleName(string Name)
{
    public NodeId Id => new(Name);

    public override string ToString() => Name;
}

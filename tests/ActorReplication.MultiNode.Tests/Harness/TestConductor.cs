namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>Makes the faults. Names and meaning as in Akka's <c>TestConductor</c>; the network between the nodes is <see cref="SpecNetwork"/>.</summary>
public sealed class TestConductor
{
    private readonly SpecNetwork network;
    private readonly IReadOnlyDictionary<RoleName, SpecNode> nodes;

    internal TestConductor(SpecNetwork network, IReadOnlyDictionary<RoleName, SpecNode> nodes)
    {
        this.network = network;
        this.nodes = nodes;
    }

    /// <summary>Nothing passes between the two, and nothing is refused either.</summary>
    public void Blackhole(RoleName node, RoleName target, Direction direction = Direction.Both)
    {
        foreach (var link in network.Between(node, target, direction))
            link.Close();
    }

    /// <summary>Undoes <see cref="Blackhole"/> and <see cref="Throttle"/>; what was held back is delivered.</summary>
    public void PassThrough(RoleName node, RoleName target, Direction direction = Direction.Both)
    {
        foreach (var link in network.Between(node, target, direction))
        {
            link.Slow(0, 0);
            link.Open();
        }
    }

    /// <summary>Late and slow; a rate of 0 is not slowed.</summary>
    public void Throttle(RoleName node, RoleName target, Direction direction, int delayMs, int bytesPerSecond)
    {
        foreach (var link in network.Between(node, target, direction))
            link.Slow(delayMs, bytesPerSecond);
    }

    /// <summary>The node on one side, all others on the other.</summary>
    public void Isolate(RoleName node)
    {
        foreach (var other in Others(node))
            Blackhole(node, other);
    }

    public void Rejoin(RoleName node)
    {
        foreach (var other in Others(node))
            PassThrough(node, other);
    }

    /// <summary>Resets the connections between the two; the next ones are let through.</summary>
    public void Disconnect(RoleName node, RoleName target) => network.Sever(node, target);

    private IEnumerable<RoleName> Others(RoleName node) => nodes.Keys.Where(role => role != node);
}

using Xunit;

namespace ActorReplication.MultiNode.Tests;

/// <summary>Specs of whole clusters count on time-outs of a second: two at once on two cores would starve each other. The parts' tests run beside them.</summary>
[CollectionDefinition(Name)]
public sealed class WholeClusters
{
    public const string Name = "whole clusters";
}

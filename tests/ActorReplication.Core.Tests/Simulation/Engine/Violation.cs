namespace ActorReplication.Core.Tests.Simulation.Engine;

/// <summary>A promise was broken. <paramref name="rule"/> is the short name used to tell whether a smaller scenario fails in the same way.</summary>
internal sealed class Violation(string rule, string message) : Exception($"{rule}: {message}")
{
    public string Rule { get; } = rule;
}

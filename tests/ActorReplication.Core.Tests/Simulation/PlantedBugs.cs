using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Plan;
using Xunit;

namespace ActorReplication.Core.Tests.Simulation;

/// <remarks>The simulator is tested too: with one rule of the core broken on purpose, it must find out.</remarks>
public sealed partial class Simulation
{
    private const int MostSeeds = 10_000;

    /// <summary>Where each defect is known to show itself soon. Seeds after the first are tried too: a change of the core may well move it.</summary>
    private static readonly Dictionary<string, (Profile Profile, ulong FirstSeed)> Known = new()
    {
    };

    public static TheoryData<string> PlantedDefects() => [.. Enum.GetNames<Defects>().Where(name => name != nameof(Defects.None))];

    [Theory]
    [MemberData(nameof(PlantedDefects))]
    public void Finds_planted_bug(string defect)
    {
        var (profile, firstSeed) = Known.GetValueOrDefault(defect, (Profile.Any, 0UL));
        for (var seed = firstSeed; seed < firstSeed + MostSeeds; seed++)
            if (Run.Of(Swarm.Build(seed, profile), Enum.Parse<Defects>(defect)).Violation is { } violation)
            {
                output.WriteLine($"seed {seed} after {seed - firstSeed} others: {violation.Message}");
                return;
            }
        Assert.Fail($"{defect} was not found in {MostSeeds} seeds");
    }
}

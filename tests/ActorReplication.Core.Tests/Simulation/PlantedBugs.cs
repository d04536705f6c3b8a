using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Plan;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Core.Tests.Simulation;

/// <summary>The simulator is tested too: with one rule of the core broken on purpose, it must find out. A class of its own, so that it runs beside the search.</summary>
public sealed class PlantedBugs(ITestOutputHelper output)
{
    private const int MostSeeds = 10_000;

    /// <summary>Where each defect is known to show itself soon. Seeds after the first are tried too: a change of the core may well move it.</summary>
    private static readonly Dictionary<string, (Profile Profile, ulong FirstSeed)> Known = new()
    {
        [nameof(Defects.ElectionQuorumIsNMinusK)] = (Profile.WideQuorum, 1),
        [nameof(Defects.ForgetJointPolicy)] = (Profile.PolicyChange, 1),
        [nameof(Defects.CountWitnessAsCopy)] = (Profile.Witness, 1),
        [nameof(Defects.ReuseReadIndex)] = (Profile.Reads, 855),
        [nameof(Defects.IgnoreLeaseRemaining)] = (Profile.Lease, 174),
        [nameof(Defects.LeaseFromReplyTime)] = (Profile.Lease, 70),
        [nameof(Defects.CommitBeyondMatch)] = (Profile.Any, 100),
    };

    /// <summary>Defects that are there to show that one check can fail: it, and not another before it, must find them.</summary>
    private static readonly Dictionary<string, string> FoundBy = new()
    {
        [nameof(Defects.HeartbeatIsNoSign)] = "L3",
        [nameof(Defects.DiscardTailUnannounced)] = "salvage",
        [nameof(Defects.CompactBeyondFirm)] = "salvage",
    };

    public static TheoryData<string> PlantedDefects() => [.. Enum.GetNames<Defects>().Where(name => name != nameof(Defects.None))];

    [Theory]
    [MemberData(nameof(PlantedDefects))]
    public void Finds_planted_bug(string defect)
    {
        var (profile, firstSeed) = Known.GetValueOrDefault(defect, (Profile.Any, 1UL));
        for (var seed = firstSeed; seed < firstSeed + MostSeeds; seed++)
        {
            var scenario = Swarm.Build(seed, profile);
            if (Run.Of(scenario, Enum.Parse<Defects>(defect)).Violation is not { } violation || Run.Of(scenario).Violation is not null)
                continue;
            if (FoundBy.TryGetValue(defect, out var rule) && violation.Rule != rule)
                continue;
            output.WriteLine($"seed {seed} after {seed - firstSeed} others: {violation.Message}");
            return;
        }
        Assert.Fail($"{defect} was not found in {MostSeeds} seeds");
    }
}

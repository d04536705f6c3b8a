using System.Diagnostics;
using ActorReplication.Node.Tests.Disk;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.Nemesis.Planted;

/// <summary>The tormentor is tormented: with a bug planted in the program, it must find out; and with none, on the same disk, it must not.</summary>
[Collection(Alone.Name)]
public sealed class PlantedBugs(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    /// <summary>Most take their time: without a budget only the one is looked for that is found fast.</summary>
    public static TheoryData<string> Planted => NemesisBudget.Given is null ? [nameof(Bug.ReadWithoutQuorum)] : [.. Enum.GetNames<Bug>()];

    [Theory]
    [MemberData(nameof(Planted))]
    public async Task Is_found_and_nothing_where_nothing_is_planted(string name)
    {
        var bug = Enum.Parse<Bug>(name);
        switch (bug)
        {
            case Bug.None:
                foreach (var other in (Bug[])[Bug.AcknowledgeBeforeFsync, Bug.ReadWithoutQuorum])
                    Assert.Empty((await new NemesisRun(PlanFor(other, 1), output.WriteLine, PlantedNode.Program(Bug.None)).RunAsync()).Anomalies.Take(10));
                Assert.False(await StaleReads.FindAsync(bug, output.WriteLine));
                Assert.True(await ForgedRow.IsNoticedAsync(bug));
                Assert.False(await LostRow.IsLostAsync(bug, output.WriteLine));
                return;
            case Bug.AcknowledgeBeforeFsync:
                Assert.True(await LostRow.IsLostAsync(bug, output.WriteLine), "no acknowledged row was lost");
                break;
            case Bug.ReadWithoutQuorum:
                Assert.True(await StaleReads.FindAsync(bug, output.WriteLine), "no read was stale");
                return;
            case Bug.SkipBeforeImages:
                Assert.False(await ForgedRow.IsNoticedAsync(bug));
                return;
        }
        var started = Stopwatch.GetTimestamp();
        for (var seed = 1; Stopwatch.GetElapsedTime(started) < Patience; seed++)
        {
            using var power = bug == Bug.NeverSync ? await PowerSupply.MakeAsync("/ar-nemesis-", seed) : null;
            var result = await new NemesisRun(PlanFor(bug, seed), output.WriteLine, [.. power?.Launch ?? [], .. PlantedNode.Program(bug)], onLoopback: power is not null, power).RunAsync();
            if (result.Anomalies.Count == 0) continue;
            output.WriteLine($"{bug}, found after {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s: {string.Join("\n", result.Anomalies.Take(5))}");
            return;
        }
        Assert.Fail($"{bug} was not found");
    }

    private static NemesisPlan PlanFor(Bug bug, int seed) => new(seed, 3, "quorum", "row", TimeSpan.FromSeconds(bug is Bug.AcknowledgeBeforeFsync or Bug.NeverSync ? 40 : 20))
    {
        Pause = TimeSpan.FromSeconds(1),
        Only = bug == Bug.ReadWithoutQuorum ? FaultKind.Freeze : FaultKind.Kill,
    };
}

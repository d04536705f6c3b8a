using ActorReplication.Node.Tests.EndToEnd;
using ActorReplication.Node.Tests.Nemesis;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.Disk;

/// <summary>The random faults once more, on disks that lose what was not synced whenever a node is killed: journal, database, copies, and the small files between them. With REPLICATION_TEST_BUDGET only.</summary>
[Collection(Alone.Name)]
public sealed class PowerCuts(ITestOutputHelper output)
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(45), Between = TimeSpan.FromSeconds(15);

    [LongFact("gcc")]
    public async Task Break_no_promise()
    {
        var until = DateTime.UtcNow + NemesisBudget.Given!.Value;
        var anomalies = new List<string>();
        var losses = 0;
        var seed = NemesisBudget.Seed;
        do
        {
            using var power = await PowerSupply.MakeAsync("/ar-nemesis-", seed);
            var plan = NemesisPlan.FromSeed(seed, Round) with { Pause = TimeSpan.FromSeconds(1) };
            var result = await new NemesisRun(plan, output.WriteLine, [.. power.Launch, "dotnet", Programs.NodeDll], onLoopback: true, power).RunAsync();
            output.WriteLine($"{result.Faults.Count} faults, {power.Losses} files that lost something, {result.Recorder.Operations} operations, {result.Anomalies.Count} anomalies");
            anomalies.AddRange(result.Anomalies.Take(5).Select(a => $"seed {seed}: {a}"));
            if (result.Anomalies.Count > 0) output.WriteLine(result.Logs);
            losses += power.Losses;
            seed++;
        }
        while (DateTime.UtcNow + Round + Between < until);
        Assert.Empty(anomalies);
        Assert.True(losses > 0, "no power cut took anything away");
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using ActorReplication.Core.Tests.Simulation.Checks;
using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Plan;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Core.Tests.Simulation;

/// <summary>The production core under simulated networks, disks, clocks and operators. DESIGN.md says how to run it longer and how to replay a seed.</summary>
public sealed class Simulation(ITestOutputHelper output)
{
    private static readonly TimeSpan StandardBudget = TimeSpan.FromSeconds(60);
    private static readonly string RegressionsFolder = Path.Combine(AppContext.BaseDirectory, "Simulation", "Regressions");

    [Fact]
    public void Real_core_survives_fresh_seeds()
    {
        var budget = Budget.Read(Environment.GetEnvironmentVariable("REPLICATION_TEST_BUDGET"), StandardBudget);
        var seed = Environment.GetEnvironmentVariable("REPLICATION_TEST_SEED") is { Length: > 0 } text ? ulong.Parse(text, CultureInfo.InvariantCulture) : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) >> 16;
        output.WriteLine($"base seed {seed}, budget {budget.TotalSeconds:F0} s");
        var rare = new RareEvents();
        long steps = 0, seeds = 0, slowest = 0;
        var clock = Stopwatch.StartNew();
        for (; clock.Elapsed < budget; seeds++)
        {
            var scenario = Swarm.Build(seed + (ulong)seeds, Profiles.Of(seed + (ulong)seeds));
            var outcome = Run.Of(scenario);
            steps += outcome.Steps;
            slowest = Math.Max(slowest, outcome.ServedAfterMicros);
            rare.Add(outcome.Rare);
            if (outcome.Violation is { } violation)
                Assert.Fail($"seed {seed + (ulong)seeds}: {violation.Message}{Environment.NewLine}{Run.Reduce(scenario, violation)}");
        }
        output.WriteLine($"{seeds} seeds, {steps} steps checked, {steps / clock.Elapsed.TotalSeconds:F0} steps per second; slowest service after healing {slowest / 1000} ms");
        output.WriteLine(rare.ToString());
        if (budget >= StandardBudget)
            Assert.Empty(rare.Missing);
    }

    [Theory]
    [MemberData(nameof(Regressions))]
    public void Replays(string file)
    {
        var outcome = Run.Of(ScenarioText.Read(File.ReadAllText(Path.Combine(RegressionsFolder, file))));
        Assert.Null(outcome.Violation?.Message);
    }

    public static TheoryData<string> Regressions() => [.. Directory.GetFiles(RegressionsFolder, "*.txt").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}

using System.Diagnostics;
using ActorReplication.Node.Tests.EndToEnd;
using Xunit;
using Xunit.Abstractions;

namespace ActorReplication.Node.Tests.Nemesis;

/// <summary>Nothing that was acknowledged is lost and nobody reads what is not so, whatever happens to processes and network. Short here; as long as REPLICATION_TEST_BUDGET says (20m), from
/// REPLICATION_TEST_SEED on, with a report at the end.</summary>
[Collection(Alone.Name)]
public sealed class RandomFaults(ITestOutputHelper output)
{
    private static readonly TimeSpan ShortRound = TimeSpan.FromSeconds(6), LongRound = TimeSpan.FromSeconds(60), ReportFrom = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Break_no_promise()
    {
        var budget = NemesisBudget.Given;
        var seed = NemesisBudget.Seed;
        if (budget is null)
        {
            Assert.Empty((await RunAsync(new NemesisPlan(seed, 3, "quorum", "row", ShortRound) { Pause = TimeSpan.FromSeconds(1) })).Anomalies.Take(10));
            return;
        }
        var report = new NemesisReport(budget.Value >= ReportFrom ? Path.Combine(Repository.Root, "tests", "ActorReplication.Node.Tests", "REPORT.md") : null);
        var started = Stopwatch.GetTimestamp();
        do
        {
            var round = TimeSpan.FromSeconds(Math.Min(LongRound.TotalSeconds, Math.Max(ShortRound.TotalSeconds, budget.Value.TotalSeconds - 15)));
            var plan = NemesisPlan.FromSeed(seed++, round);
            try
            {
                report.Add(await RunAsync(plan), Tell);
            }
            catch (Exception e)
            {
                // A long run goes on with the next round, and fails at its end.
                report.AddBroken(plan, e, Tell);
            }
        }
        while (Stopwatch.GetElapsedTime(started) + LongRound < budget);
        Assert.Empty(report.Anomalies.Take(20));
    }

    private async Task<NemesisResult> RunAsync(NemesisPlan plan)
    {
        var result = await new NemesisRun(plan, Tell).RunAsync();
        Tell($"{result.Faults.Count} faults, {result.Recorder.Operations} operations, {result.Recorder.Unknown} unknown, {result.Recorder.Failed} failed, {result.Anomalies.Count} anomalies, {result.UndecidedKeys} keys undecided, " +
            $"{(result.HasNetwork ? "network" : "loopback")}, converged after {result.Converged?.TotalSeconds:0.0} s, term {result.HighestTerm}, {result.Recorder.TokenRetries} token retries, lost under async {result.LostUnderAsync}, salvaged {result.Salvaged}");
        Tell("told to clients: " + string.Join(", ", result.Recorder.Refusals.OrderByDescending(r => r.Value).Select(r => $"{r.Key} x{r.Value}")));
        foreach (var anomaly in result.Anomalies.Take(20)) Tell($"ANOMALY {anomaly}");
        if (result.Anomalies.Count > 0) Tell(result.Logs);
        return result;
    }

    /// <summary>As it happens too: a long run that is broken off has told what it saw.</summary>
    private void Tell(string line)
    {
        lock (output)
        {
            output.WriteLine(line);
            if (Environment.GetEnvironmentVariable("REPLICATION_TEST_LOG") is { Length: > 0 } file) File.AppendAllText(file, line + "\n");
        }
    }

}

/// <summary>Nothing else runs meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "nemesis";
}

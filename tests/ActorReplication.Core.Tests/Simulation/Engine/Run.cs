using ActorReplication.Core.Tests.Simulation.Checks;
using ActorReplication.Core.Tests.Simulation.Plan;

namespace ActorReplication.Core.Tests.Simulation.Engine;

/// <summary>The outcome of one scenario.</summary>
/// <param name="ServedAfterMicros">See <see cref="Ending.ServedAfterMicros"/>.</param>
internal sealed record Outcome(Violation? Violation, long Steps, RareEvents Rare, long ServedAfterMicros);

internal static class Run
{
    private const int TraceLines = 60;

    public static Outcome Of(Scenario scenario, Defects defects = Defects.None, Action<string>? trace = null)
    {
        var world = new World(scenario, defects) { Trace = trace };
        Violation? violation = null;
        try
        {
            world.Run();
        }
        catch (Violation found)
        {
            violation = found;
            world.Say($"!! {found.Message}");
        }
        return new Outcome(violation, world.Steps, world.Rare, world.Ending.ServedAfterMicros);
    }

    /// <summary>Shrinks a failure to a file's text that replays it, with the last lines of its trace behind it.</summary>
    public static string Reduce(Scenario scenario, Violation violation, Defects defects = Defects.None)
    {
        var shrinker = new Shrinker(candidate => Of(candidate, defects).Violation?.Rule == violation.Rule);
        var small = shrinker.Shrink(scenario);
        var trace = new Queue<string>();
        var outcome = Of(small, defects, line =>
        {
            trace.Enqueue(line);
            if (trace.Count > TraceLines)
                trace.Dequeue();
        });
        var text = ScenarioText.Write(small, outcome.Violation?.Message ?? violation.Message, $"from {scenario.Items.Count} items to {small.Items.Count} in {shrinker.Runs} runs");
        return text + string.Concat(trace.Select(line => $"# {line}\n"));
    }
}

using ActorReplication.Core.Tests.Simulation.Plan;
using Xunit;

namespace ActorReplication.Core.Tests.Simulation.Parts;

public sealed class Scenarios
{
    [Fact]
    public void Text_gives_back_the_same_scenario()
    {
        for (var seed = 1UL; seed < 300; seed++)
        {
            var scenario = Swarm.Build(seed, (Profile)(seed % 5));
            var text = ScenarioText.Write(scenario, "a comment");
            var again = ScenarioText.Read(text);
            Assert.Equal(scenario.Items, again.Items);
            Assert.Equal(text, ScenarioText.Write(again, "a comment"));
        }
    }

    [Fact]
    public void Shrinking_leaves_what_the_failure_needs()
    {
        var items = Enumerable.Range(1, 64).Select(i => new PlanItem(i, PlanKind.Crash, i % 3, ForMs: 500)).ToList();
        var scenario = new Scenario { Items = items };
        scenario[Setting.LossPpm] = 7;
        var shrinker = new Shrinker(candidate => candidate.Items.Any(i => i.AtMs == 13) && candidate.Items.Any(i => i is { AtMs: 50, ForMs: > 100 }));
        var small = shrinker.Shrink(scenario);
        Assert.Equal([13, 50], small.Items.Select(i => i.AtMs));
        Assert.Equal(0, small[Setting.LossPpm]);
        Assert.InRange(small.Items[1].ForMs, 101, 200);
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("10m", 600)]
    [InlineData("", 60)]
    public void A_budget_has_a_unit(string text, int seconds) => Assert.Equal(seconds, Budget.Read(text, TimeSpan.FromSeconds(60)).TotalSeconds);
}

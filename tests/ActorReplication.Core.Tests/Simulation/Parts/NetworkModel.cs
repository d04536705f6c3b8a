using ActorReplication.Core.Messages;
using ActorReplication.Core.Tests.Simulation.Checks;
using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Model;
using ActorReplication.Core.Tests.Simulation.Plan;
using Xunit;

namespace ActorReplication.Core.Tests.Simulation.Parts;

public sealed class NetworkModel
{
    private const int Messages = 2_000;

    [Fact]
    public void A_cut_is_one_way_and_leaves_the_draws_of_other_links_alone()
    {
        var calm = Arrivals(Noisy(), _ => { });
        var cut = Arrivals(Noisy(), network => network.Cut(0, 1, 1));
        Assert.DoesNotContain(cut, e => e is { From: 0, To: 1 });
        Assert.Contains(cut, e => e is { From: 1, To: 0 });
        Assert.Equal(calm.Where(e => e is not { From: 0, To: 1 }), cut);
    }

    [Fact]
    public void Loses_and_duplicates_about_as_often_as_told()
    {
        var scenario = Noisy();
        var count = Arrivals(scenario, _ => { }).Count(e => e is { From: 0, To: 1 });
        Assert.InRange(count, Messages * 0.9 * 1.1 - 120, Messages * 0.9 * 1.1 + 120);
    }

    [Fact]
    public void Keeps_the_order_of_a_link_when_it_is_to()
    {
        var scenario = Noisy();
        scenario[Setting.Fifo] = 1;
        scenario[Setting.DuplicatePpm] = 0;
        var numbers = Arrivals(scenario, _ => { }).Where(e => e is { From: 0, To: 1 }).Select(e => e.Number).ToList();
        Assert.Equal(numbers.Order(), numbers);
    }

    [Fact]
    public void Reorders_otherwise()
    {
        var numbers = Arrivals(Noisy(), _ => { }).Where(e => e is { From: 0, To: 1 }).Select(e => e.Number).ToList();
        Assert.NotEqual(numbers.Order(), numbers);
    }

    private static Scenario Noisy()
    {
        var scenario = new Scenario { Seed = 11 };
        scenario[Setting.DelayMinMicros] = 100;
        scenario[Setting.DelayMaxMicros] = 5_000;
        scenario[Setting.LossPpm] = 100_000;
        scenario[Setting.DuplicatePpm] = 100_000;
        return scenario;
    }

    private static List<(long Time, int From, int To, long Number)> Arrivals(Scenario scenario, Action<SimNetwork> change)
    {
        var queue = new EventQueue();
        var network = new SimNetwork(scenario, new Dice(scenario.Seed), queue, new RareEvents());
        change(network);
        for (var i = 0; i < Messages; i++)
            foreach (var (from, to) in (ReadOnlySpan<(int, int)>)[(0, 1), (1, 0), (2, 0)])
                network.Send(i * 100, from, to, new Message.TimeoutNow(new Term(i)));
        var arrivals = new List<(long, int, int, long)>();
        while (queue.TryTake(out var time, out var e))
            arrivals.Add((time, e.From, e.Node, ((Message)e.Body!).Term.Value));
        return arrivals;
    }
}

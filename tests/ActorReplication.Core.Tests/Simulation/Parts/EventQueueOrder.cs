using ActorReplication.Core.Tests.Simulation.Engine;
using Xunit;

namespace ActorReplication.Core.Tests.Simulation.Parts;

public sealed class EventQueueOrder
{
    [Fact]
    public void Takes_by_time_and_among_equals_by_the_order_of_adding()
    {
        var queue = new EventQueue();
        var dice = new Dice(7);
        var expected = new List<(long Time, long Number)>();
        var taken = new List<(long, long)>();
        for (var i = 0; i < 5_000; i++)
        {
            var time = dice.Below(300, Purpose.Delay, 0, i);
            queue.Add(time, new SimEvent(EventKind.Tick, Number: i));
            expected.Add((time, i));
        }
        while (queue.TryTake(out var time, out var e))
            taken.Add((time, e.Number));
        Assert.Equal(expected.OrderBy(x => x.Time).ThenBy(x => x.Number), taken);
    }

    [Fact]
    public void Reuses_slots_without_mixing_events()
    {
        var queue = new EventQueue();
        var at = 0L;
        for (var i = 0; i < 2_000; i++)
        {
            queue.Add(at + i % 7, new SimEvent(EventKind.Tick, Number: at + i % 7));
            if (i % 3 != 0 && queue.TryTake(out var time, out var e))
            {
                Assert.Equal(time, e.Number);
                at = time;
            }
        }
    }
}

using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.MultiNode.Tests.Parts;

public sealed class ApplyDelayRules
{
    private const long Wall = 1_800_000_000_000, Now = 50_000;
    private readonly ApplyDelay _delay = new();

    [Fact]
    public void Entry_is_held_until_it_is_old_enough()
    {
        Assert.True(_delay.Holds(Taken(Wall), 1000, Wall + 400, Now));
        Assert.False(_delay.IsOver(Now + 599));
        Assert.True(_delay.IsOver(Now + 600));
        Assert.False(_delay.Holds(Taken(Wall), 1000, Wall + 1000, Now + 600));
    }

    [Fact]
    public void Entry_without_a_time_is_as_old_as_the_one_before_it()
    {
        Assert.False(_delay.Holds(Taken(0), 1000, Wall, Now));
        Assert.True(_delay.Holds(Taken(Wall), 1000, Wall, Now));
        Assert.True(_delay.Holds(Taken(0), 1000, Wall + 999, Now));
        Assert.False(_delay.Holds(Taken(0), 1000, Wall + 1000, Now));
    }

    [Fact]
    public void Long_wait_is_looked_at_again_since_clocks_are_set()
    {
        Assert.True(_delay.Holds(Taken(Wall), 3_600_000, Wall, Now));
        Assert.True(_delay.IsOver(Now + 5_000));
    }

    [Fact]
    public void Another_database_begins_anew()
    {
        _delay.Holds(Taken(Wall), 1000, Wall, Now);
        _delay.Reset();
        Assert.True(_delay.IsOver(Now));
        Assert.False(_delay.Holds(Taken(0), 1000, Wall, Now));
    }

    private static LogEntry Taken(long timeMs) => new(new LogPosition(new Term(1), new LogIndex(1)), EntryKind.Data, default) { TimeMs = timeMs };
}

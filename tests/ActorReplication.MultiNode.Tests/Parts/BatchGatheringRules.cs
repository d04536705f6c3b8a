using ActorReplication.Cluster.Writes;

namespace ActorReplication.MultiNode.Tests.Parts;

public sealed class BatchGatheringRules
{
    private readonly BatchGathering gathering = new();

    [Fact]
    public void One_client_alone_never_waits()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.False(gathering.WaitsAt(1));
            gathering.Ended(answered: 1, waiting: 0, most: 512);
        }
    }

    [Fact]
    public void Two_halves_that_take_turns_become_one_batch()
    {
        gathering.Ended(answered: 8, waiting: 8, most: 512);
        Assert.True(gathering.WaitsAt(8));
        Assert.Equal(16, gathering.Expected);
        gathering.Waited(16);
        gathering.Ended(answered: 16, waiting: 0, most: 512);
        Assert.True(gathering.WaitsAt(1));
        Assert.False(gathering.WaitsAt(16));
    }

    [Fact]
    public void Never_waits_with_a_full_batch_there()
    {
        gathering.Ended(answered: 512, waiting: 488, most: 512);
        Assert.False(gathering.WaitsAt(512));
    }

    [Fact]
    public void Waiting_in_vain_becomes_rare_and_is_taken_up_again_when_it_pays()
    {
        int Waits(int batches, bool theyCome)
        {
            var waits = 0;
            for (var i = 0; i < batches; i++)
            {
                gathering.Ended(answered: 8, waiting: 8, most: 512);
                if (!gathering.WaitsAt(8)) continue;
                waits++;
                gathering.Waited(theyCome ? 16 : 9);
            }
            return waits;
        }
        Assert.InRange(Waits(1000, theyCome: false), 10, 25);
        Assert.InRange(Waits(1000, theyCome: true), 900, 1000);
    }
}

using ActorReplication.Threading;

namespace ActorReplication.MultiNode.Tests.Parts;

public sealed class DoorbellRules
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public void Ring_before_the_sleep_is_kept_for_it()
    {
        var bell = new Doorbell();
        bell.Ring();
        AssertEnds(() => bell.Sleep());
    }

    [Fact]
    public void Ring_that_was_cleared_wakes_nobody()
    {
        var bell = new Doorbell();
        bell.Ring();
        bell.Clear();
        var slept = System.Diagnostics.Stopwatch.StartNew();
        bell.Sleep(20);
        Assert.True(slept.ElapsedMilliseconds >= 19, "the ring was still there");
    }

    [Fact]
    public void Sleep_ends_when_its_time_is_over() => AssertEnds(() => new Doorbell().Sleep(1));

    /// <summary>One sleeper takes what two others hand over, one piece at a time, so that every ring matters.</summary>
    [Fact]
    public void No_ring_is_lost()
    {
        const int Each = 20_000;
        var bell = new Doorbell();
        var sync = new object();
        var (given, taken) = (0, 0);
        var sleeper = Start(() =>
        {
            while (taken < 2 * Each)
            {
                lock (sync)
                {
                    while (given == 0) bell.SleepWithout(sync);
                    taken += given;
                    given = 0;
                }
            }
        });
        var ringers = Enumerable.Range(0, 2).Select(_ => Start(() =>
        {
            for (var n = 0; n < Each; n++)
            {
                lock (sync) given++;
                bell.Ring();
                if (n % 100 == 0) SpinWait.SpinUntil(() => Volatile.Read(ref given) == 0);
            }
        })).ToList();
        Assert.All(ringers, r => Assert.True(r.Join(Patience), "the sleeper overslept"));
        Assert.True(sleeper.Join(Patience), "the last ring was lost");
    }

    private static void AssertEnds(Action sleep) => Assert.True(Start(sleep).Join(Patience), "it sleeps still");

    private static Thread Start(Action action)
    {
        var thread = new Thread(() => action()) { IsBackground = true };
        thread.Start();
        return thread;
    }
}

using ActorReplication.Cluster.Replica;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;

namespace ActorReplication.MultiNode.Tests.Parts;

public sealed class SerialDispatcherRules() : TestKit(ConfigurationFactory.ParseString($$"""
    lone {
      type = "{{typeof(SerialDispatcherConfigurator).FullName}}, ActorReplication.Cluster"
      thread-name = lone
      helpers = [known]
      shutdown-timeout = 10ms
    }
    """))
{
    private sealed class WhereAmI : ReceiveActor
    {
        public WhereAmI() => ReceiveAny(_ => Sender.Tell(Thread.CurrentThread));
    }

    [Fact]
    public void All_its_actors_run_on_the_one_named_thread()
    {
        for (var i = 0; i < 20; i++) NewActor().Tell("where?", TestActor);
        var threads = ReceiveN(20).Cast<Thread>().Distinct();
        Assert.Equal("lone", Assert.Single(threads).Name);
    }

    [Fact]
    public void The_thread_ends_with_the_last_actor_and_another_starts_with_the_next()
    {
        var actor = NewActor();
        actor.Tell("where?", TestActor);
        var first = ExpectMsg<Thread>(TimeSpan.FromSeconds(10));
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor, TimeSpan.FromSeconds(10));
        Assert.True(first.Join(TimeSpan.FromSeconds(10)), "the thread still runs");

        NewActor().Tell("where?", TestActor);
        Assert.NotSame(first, ExpectMsg<Thread>(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Thread_that_helps_runs_what_it_sends_to_an_idle_dispatcher()
    {
        var actor = NewActor();
        // At first it may be busy with the actor's own start.
        AwaitCondition(() => OnHelpingThread(() => actor.Tell("where?", TestActor)) == ExpectMsg<Thread>(TimeSpan.FromSeconds(10)), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void Thread_whose_name_is_a_helpers_runs_what_it_sends_to_an_idle_dispatcher()
    {
        var actor = NewActor();
        AwaitCondition(() => OnThread("known", () => actor.Tell("where?", TestActor)) == ExpectMsg<Thread>(TimeSpan.FromSeconds(10)), TimeSpan.FromSeconds(10));
        Assert.NotSame(OnThread("unknown", () => actor.Tell("where?", TestActor)), ExpectMsg<Thread>(TimeSpan.FromSeconds(10)));
    }

    private static Thread OnThread(string name, Action action)
    {
        var thread = new Thread(() => action()) { Name = name };
        thread.Start();
        thread.Join();
        return thread;
    }

    [Fact]
    public void However_many_threads_send_and_help_one_actor_runs_at_a_time()
    {
        const int Threads = 4, Each = 500;
        var shared = new Shared();
        using var together = new Barrier(Threads);
        var senders = Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            // One of them only sends: the dispatcher's own thread has to take part.
            if (i > 0) SerialDispatcher.HelpFromThisThread();
            using var counted = new SemaphoreSlim(0);
            var actor = Sys.ActorOf(Props.Create(() => new Counter(shared, counted)).WithDispatcher("lone"));
            together.SignalAndWait();
            // One at a time, so that the actor is idle again and the next message is anybody's to run.
            for (var n = 0; n < Each; n++)
            {
                actor.Tell("count");
                if (!counted.Wait(TimeSpan.FromSeconds(10))) return;
            }
        })).ToList();
        senders.ForEach(s => s.Start());
        senders.ForEach(s => s.Join());
        Assert.Equal((Threads * Each, 0), (shared.Counted, shared.Overlaps));
    }

    [Fact]
    public void What_is_too_much_for_a_helper_is_left_to_the_dispatchers_thread()
    {
        const int Many = 100;
        var actors = Enumerable.Range(0, Many).Select(_ => NewActor()).ToArray();
        var fan = Sys.ActorOf(Props.Create(() => new Fan(actors, TestActor)).WithDispatcher("lone"));
        AwaitCondition(() =>
        {
            var helper = OnHelpingThread(() => fan.Tell("all"));
            return ReceiveN(Many, TimeSpan.FromSeconds(10)).Contains(helper);
        }, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void Signal_is_raised_once_and_only_when_everything_has_run()
    {
        var signal = new Signal();
        var last = Sys.ActorOf(Props.Create(() => new Told(signal, null)).WithDispatcher("lone"));
        var first = Sys.ActorOf(Props.Create(() => new Told(signal, last)).WithDispatcher("lone"));
        AwaitCondition(() =>
        {
            signal.Clear();
            return OnHelpingThread(() => first.Tell("go", TestActor)) == ExpectMsg<Thread>(TimeSpan.FromSeconds(10));
        }, TimeSpan.FromSeconds(30));
        Assert.Equal((2, 0, 1), (signal.Asked, signal.RaisedBetween, signal.Raised));
    }

    [Fact]
    public void Signal_of_a_thread_that_runs_no_actors_is_raised_at_once()
    {
        var signal = new Signal();
        SerialDispatcher.WhenDone(signal);
        Assert.Equal(1, signal.Raised);
    }

    private sealed class Signal : IDeferredSignal
    {
        public int Asked { get; private set; }
        public int Raised { get; private set; }
        public int RaisedBetween { get; private set; }

        public void Clear() => (Asked, Raised, RaisedBetween) = (0, 0, 0);
        public void Raise() => Raised++;

        public void Ask()
        {
            RaisedBetween += Raised;
            Asked++;
            SerialDispatcher.WhenDone(this);
        }
    }

    /// <summary>Asks for the signal and hands on; the last one answers.</summary>
    private sealed class Told : ReceiveActor
    {
        public Told(Signal signal, IActorRef? next) => ReceiveAny(message =>
        {
            signal.Ask();
            if (next is not null) next.Forward(message);
            else Sender.Tell(Thread.CurrentThread);
        });
    }

    /// <summary>Asks all others.</summary>
    private sealed class Fan : ReceiveActor
    {
        public Fan(IActorRef[] others, IActorRef answerTo) => ReceiveAny(_ =>
        {
            foreach (var other in others) other.Tell("where?", answerTo);
        });
    }

    /// <summary>Counts without any lock: two actors at once would show.</summary>
    private sealed class Shared
    {
        private int inside;

        public int Counted { get; private set; }
        public int Overlaps { get; private set; }

        public void Count()
        {
            if (Interlocked.Exchange(ref inside, 1) != 0) Overlaps++;
            // Long enough to be met by another.
            Thread.SpinWait(300);
            Counted++;
            Volatile.Write(ref inside, 0);
        }
    }

    private sealed class Counter : ReceiveActor
    {
        public Counter(Shared shared, SemaphoreSlim counted) => ReceiveAny(_ =>
        {
            shared.Count();
            counted.Release();
        });
    }

    private static Thread OnHelpingThread(Action act)
    {
        var thread = new Thread(() =>
        {
            SerialDispatcher.HelpFromThisThread();
            act();
        });
        thread.Start();
        thread.Join();
        return thread;
    }

    private IActorRef NewActor() => Sys.ActorOf(Props.Create(() => new WhereAmI()).WithDispatcher("lone"));
}

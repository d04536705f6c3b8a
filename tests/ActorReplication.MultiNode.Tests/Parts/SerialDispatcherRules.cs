using ActorReplication.Cluster.Replica;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;

namespace ActorReplication.MultiNode.Tests.Parts;

public sealed class SerialDispatcherRules() : TestKit(ConfigurationFactory.ParseString($$"""
    lone {
      type = "{{typeof(SerialDispatcherConfigurator).FullName}}, ActorReplication.Cluster"
      thread-name = lone
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

    private IActorRef NewActor() => Sys.ActorOf(Props.Create(() => new WhereAmI()).WithDispatcher("lone"));
}

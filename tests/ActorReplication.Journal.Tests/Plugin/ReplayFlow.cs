using System.Threading.Channels;
using ActorReplication.Journal.Tests.Conformance;
using Akka.Actor;
using Akka.Persistence;
using ActorReplication.Journal.Plugin;
using Xunit;

namespace ActorReplication.Journal.Tests.Plugin;

/// <summary>A replay waits for its receiver after each step, so that a long log does not pile up in a mailbox.</summary>
public sealed class ReplayFlow : JournalSystem
{
    private const string Id = "large";
    private const int EventCount = 12;

    public ReplayFlow()
    {
        var writer = CreateTestProbe();
        for (var i = 1; i <= EventCount; i++)
            Journal.Tell(new WriteMessages([Events(Id, i, new string('z', 1 << 20))], writer, InstanceId));
        writer.ReceiveN(2 * EventCount, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Waits_for_the_receiver_after_each_step()
    {
        var receiver = new ManualRef(Sys);
        Journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, Id, receiver));
        var replayed = 0;
        for (var steps = 1; ; steps++)
        {
            var inStep = 0;
            object message;
            while ((message = await receiver.Next()) is ReplayedMessage)
                inStep++;
            replayed += inStep;
            Assert.InRange(inStep, 1, 4);
            if (message is RecoverySuccess)
            {
                Assert.True(steps >= EventCount / 4);
                break;
            }

            // Another read is served meanwhile, and nothing more has come to the receiver.
            await Journal.Ask<SegmentQueryProtocol.EventsRead>(new SegmentQueryProtocol.ReadEvents(Id, 1, 1, 1, 1), TimeSpan.FromSeconds(30));
            Assert.Equal(0, receiver.Waiting);
            Journal.Tell(new ActorIdentity(Assert.IsType<Identify>(message).MessageId, receiver));
        }

        Assert.Equal(EventCount, replayed);
    }

    [Fact]
    public async Task Ends_when_the_receiver_is_gone()
    {
        var receiver = new ManualRef(Sys);
        Journal.Tell(new ReplayMessages(1, long.MaxValue, long.MaxValue, Id, receiver));
        object message;
        while ((message = await receiver.Next()) is ReplayedMessage)
            continue;
        Journal.Tell(new ActorIdentity(Assert.IsType<Identify>(message).MessageId, null));
        await Journal.Ask<SegmentQueryProtocol.EventsRead>(new SegmentQueryProtocol.ReadEvents(Id, 1, 1, 1, 1), TimeSpan.FromSeconds(30));
        Assert.Equal(0, receiver.Waiting);
    }

    /// <summary>A receiver that takes messages one by one when the test asks, and answers nothing by itself.</summary>
    private sealed class ManualRef(ActorSystem system) : MinimalActorRef
    {
        private readonly Channel<object> _messages = Channel.CreateUnbounded<object>();

        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "manual";

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

        public int Waiting => _messages.Reader.Count;

        public async Task<object> Next()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            return await _messages.Reader.ReadAsync(patience.Token);
        }

        protected override void TellInternal(object message, IActorRef sender) => _messages.Writer.TryWrite(message);
    }
}

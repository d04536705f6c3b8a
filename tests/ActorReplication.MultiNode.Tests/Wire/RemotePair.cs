using Akka.Actor;
using Akka.Event;
using ActorReplication.Cluster.Wire;

namespace ActorReplication.MultiNode.Tests.Wire;

/// <summary>Two actor systems on real sockets, with the wire configuration.</summary>
public sealed class RemotePair : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ExtendedActorSystem sender = WireSystem.Start("sender");
    private readonly ExtendedActorSystem receiver = WireSystem.Start("receiver");
    private readonly System.Threading.Channels.Channel<object> received = System.Threading.Channels.Channel.CreateUnbounded<object>();
    private readonly System.Threading.Channels.Channel<object> errors = System.Threading.Channels.Channel.CreateUnbounded<object>();
    private IActorRef target = ActorRefs.Nobody;

    public async Task InitializeAsync()
    {
        receiver.ActorOf(Props.Create(() => new Mouth(received.Writer)), "ear");
        sender.EventStream.Subscribe(sender.ActorOf(Props.Create(() => new Mouth(errors.Writer))), typeof(Error));
        target = await sender.ActorSelection(new RootActorPath(receiver.Provider.DefaultAddress) / "user" / "ear").ResolveOne(Patience);
    }

    public async Task DisposeAsync()
    {
        await sender.Terminate();
        await receiver.Terminate();
    }

    [Fact]
    public async Task Every_message_arrives_as_it_was_sent()
    {
        object[] messages = [.. Samples.Messages.Values.Select(Samples.Envelope), Samples.Fragment, Samples.FragmentAck, Samples.Chunk, .. Samples.Controls];

        foreach (var message in messages)
            target.Tell(message);

        foreach (var message in messages)
            Assert.Equal(Structure.Of(message), Structure.Of(await Next(received)));
    }

    [Fact]
    public async Task Largest_messages_arrive_whole()
    {
        var envelope = Samples.EnvelopeOf(250 << 10);
        var fragment = Samples.Fragment with { Bytes = new byte[WireConfig.PieceBytes] };
        Assert.InRange(LogCodec.Encode(fragment).Length, WireConfig.PieceBytes, WireConfig.MessageBytes);

        target.Tell(envelope);
        target.Tell(fragment);

        Assert.Equal(Structure.Of(envelope), Structure.Of(await Next(received)));
        Assert.Equal(Structure.Of(fragment), Structure.Of(await Next(received)));
    }

    [Fact]
    public async Task Message_above_the_frame_limit_is_an_error_in_the_sender_and_the_next_one_arrives()
    {
        target.Tell(Samples.EnvelopeOf(WireConfig.FrameBytes));
        target.Tell(Samples.FragmentAck);

        var error = Assert.IsType<Error>(await Next(errors));
        Assert.Contains("PeerEnvelope", error.ToString());
        Assert.IsType<PeerFragmentAck>(await Next(received));
    }

    [Fact]
    public async Task Message_without_a_codec_is_an_error_in_the_sender_and_the_next_one_arrives()
    {
        target.Tell(new Gadget());
        target.Tell(Samples.FragmentAck);

        Assert.Contains("has no serializer", Assert.IsType<Error>(await Next(errors)).ToString());
        Assert.IsType<PeerFragmentAck>(await Next(received));
    }

    [Fact]
    public async Task Remote_kill_reaches_nobody()
    {
        target.Tell(Kill.Instance);
        target.Tell(PoisonPill.Instance);
        target.Tell(Samples.FragmentAck);

        Assert.IsType<PeerFragmentAck>(await Next(received));
    }

    private static async Task<object> Next(System.Threading.Channels.Channel<object> channel)
    {
        using var patience = new CancellationTokenSource(Patience);
        return await channel.Reader.ReadAsync(patience.Token);
    }

    private sealed record Gadget;

    private sealed class Mouth : ReceiveActor
    {
        public Mouth(System.Threading.Channels.ChannelWriter<object> writer) => ReceiveAny(message => writer.TryWrite(message));
    }
}

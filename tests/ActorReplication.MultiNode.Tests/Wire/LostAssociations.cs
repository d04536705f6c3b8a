using System.Net;
using System.Net.Sockets;
using ActorReplication.Cluster.Wire;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote;
using Google.Protobuf;
using WireType = Google.Protobuf.WireFormat.WireType;

namespace ActorReplication.MultiNode.Tests.Wire;

/// <summary>Two systems that talk, and a connection between them that comes beside the one they use, and is gone again: as when both ends of a broken one call each other at once.</summary>
public sealed class LostAssociations : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly Config Configured = ConfigurationFactory.ParseString(WireConfig.Hocon).WithFallback(ConfigurationFactory.ParseString(
        """
        akka.loglevel = WARNING
        akka.stdout-loglevel = OFF
        akka.actor.provider = remote
        akka.remote.retry-gate-closed-for = 200ms
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        """));

    private readonly ExtendedActorSystem near = (ExtendedActorSystem)ActorSystem.Create("near", Configured);
    private readonly ExtendedActorSystem far = (ExtendedActorSystem)ActorSystem.Create("far", Configured);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await near.Terminate();
        await far.Terminate();
    }

    [Fact]
    public async Task What_the_peer_sends_is_heard_again_after_its_second_connection_is_lost()
    {
        far.ActorOf(Props.Create(() => new Echo()), "echo");
        var echo = await near.ActorSelection(new RootActorPath(far.Provider.DefaultAddress) / "user" / "echo").ResolveOne(Patience);
        await AnswersAsync(echo);

        await ConnectAsAsync(far, near.Provider.DefaultAddress);

        await AnswersAsync(echo);
    }

    private static async Task AnswersAsync(IActorRef echo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            try
            {
                Assert.IsType<PeerFragmentAck>(await echo.Ask(Samples.FragmentAck, TimeSpan.FromMilliseconds(500)));
                return;
            }
            catch (AskTimeoutException)
            {
                // It may have been on its way when the connection went.
            }
        }
    }

    /// <summary>Shakes hands as one system with the other, and leaves when that has answered.</summary>
    private static async Task ConnectAsAsync(ExtendedActorSystem who, Address to)
    {
        var own = who.Provider.DefaultAddress;
        var origin = Message(output =>
        {
            Write(output, 1, ByteString.CopyFromUtf8(own.System));
            Write(output, 2, ByteString.CopyFromUtf8(own.Host!));
            output.WriteTag(3, WireType.Varint);
            output.WriteUInt32((uint)own.Port!.Value);
            Write(output, 4, ByteString.CopyFromUtf8("tcp"));
        });
        var handshake = Message(output =>
        {
            Write(output, 1, origin);
            output.WriteTag(2, WireType.Fixed64);
            output.WriteFixed64((ulong)AddressUidExtension.Uid(who));
        });
        var control = Message(output =>
        {
            output.WriteTag(1, WireType.Varint);
            output.WriteEnum(1);
            Write(output, 2, handshake);
        });
        var frame = Message(output => Write(output, 2, control)).ToByteArray();

        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, to.Port!.Value);
        await socket.SendAsync((byte[])[.. BitConverter.GetBytes(frame.Length), .. frame]);
        Assert.NotEqual(0, await socket.ReceiveAsync(new byte[4096]).WaitAsync(Patience));
    }

    private static ByteString Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true)) write(output);
        return ByteString.CopyFrom(bytes.ToArray());
    }

    private static void Write(CodedOutputStream output, int field, ByteString value)
    {
        output.WriteTag(field, WireType.LengthDelimited);
        output.WriteBytes(value);
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }
}

using System.Collections.Concurrent;
using ActorReplication.Cluster.Transport;
using Akka.Actor;
using Akka.Configuration;
using Akka.Remote.Transport;
using Akka.TestKit.Xunit2;
using Google.Protobuf;

namespace ActorReplication.MultiNode.Tests.Transport;

/// <summary>Transports over loopback, without Akka.Remote's protocol on top.</summary>
public abstract class PeerTransportFixture : TestKit
{
    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<PeerTransport> transports = [];

    protected override void AfterAll()
    {
        foreach (var transport in transports) transport.Shutdown().Wait(Patience);
        base.AfterAll();
    }

    /// <param name="more">Of its section, in HOCON.</param>
    private protected PeerTransport Transport(string more = "")
    {
        var transport = new PeerTransport(Sys, ConfigurationFactory.ParseString(more).WithFallback(ConfigurationFactory.ParseString("hostname = 127.0.0.1, maximum-frame-size = 256000b, connection-timeout = 10s")));
        transports.Add(transport);
        return transport;
    }

    private protected static async Task<(int Port, Arrivals Inbound)> Listening(PeerTransport transport)
    {
        var (address, listener) = await transport.Listen();
        var arrivals = new Arrivals();
        listener.SetResult(arrivals);
        return (address.Port!.Value, arrivals);
    }

    private protected async Task<(End Client, End Server)> Pair(string client = "", string server = "", bool serverReads = true)
    {
        var (port, inbound) = await Listening(Transport(server));
        return await Connect(client, port, inbound, serverReads);
    }

    private protected async Task<(End Client, End Server)> Connect(string client, int port, Arrivals inbound, bool serverReads = true)
    {
        var outbound = Transport(client);
        await Listening(outbound);
        var connected = new End(await outbound.Associate(new Address("tcp", "test", "127.0.0.1", port)).WaitAsync(Patience), inbound);
        connected.Read();
        var accepted = await inbound.Next();
        if (serverReads) accepted.Read();
        return (connected, accepted);
    }

    private protected static ByteString Payload(int number, int size) => ByteString.CopyFrom([.. BitConverter.GetBytes(number), .. new byte[size]]);

    private protected sealed class Arrivals : IAssociationEventListener
    {
        private readonly BlockingCollection<AssociationHandle> handles = [];

        public bool IsEmpty => handles.Count == 0;

        public void Notify(IAssociationEvent ev) => handles.Add(((InboundAssociation)ev).Association);

        public Task<End> Next() => Task.Run(() => handles.TryTake(out var handle, Patience) ? new End(handle, this) : throw new TimeoutException("no connection came"));
    }

    private protected sealed class End(AssociationHandle handle, Arrivals inbound) : IHandleEventListener
    {
        private readonly BlockingCollection<IHandleEvent> events = [];

        public AssociationHandle Handle => handle;
        public Arrivals Inbound => inbound;

        public void Read() => handle.ReadHandlerSource.SetResult(this);

        public void Notify(IHandleEvent ev) => events.Add(ev);

        public async Task<ByteString> Next() => Assert.IsType<InboundPayload>(await Take()).Payload;

        public async Task Ended() => Assert.IsType<Disassociated>(await Take());

        private Task<IHandleEvent> Take() => Task.Run(() => events.TryTake(out var ev, Patience) ? ev : throw new TimeoutException("nothing came"));
    }
}

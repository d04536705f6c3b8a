using Akka.Actor;
using Akka.Event;
using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Core.Messages;

namespace ActorReplication.Cluster.Peers;

/// <summary>Everything this replica sends to one peer: puts entries into messages (from the cache, or from the journal), and cuts up what is
/// too large for one frame. From the replica's actor it takes <see cref="Output.Send"/> and <see cref="Output.SendEntries"/>; a message it
/// cannot send is dropped, and Core sends again.</summary>
internal sealed class LinkActor : UntypedActor
{
    private const int FrameBytes = 224 << 10;
    private const int QueuedLoads = 64;

    private readonly ReplicaContext _context;
    private readonly LogReader _log;
    private readonly NodeId _peer;
    private readonly IActorRef _remote;
    private readonly OutgoingStream _stream;
    private readonly Queue<Output.SendEntries> _loads = new();
    private bool _loading;

    public LinkActor(ReplicaContext context, LogReader log, NodeId peer, Address address)
    {
        _context = context;
        _log = log;
        _peer = peer;
        // A reference without the peer's UID: it goes on working when the peer starts its actor system again.
        var remote = ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(new RootActorPath(address) / "user" / ReplicaActor.Name);
        _remote = remote;
        _stream = new OutgoingStream(context.Options.Name, context.Identity.Incarnation, context.Board.Format, message => remote.Tell(message));
    }

    private sealed record Loaded(Output.SendEntries Send, IReadOnlyList<LogEntry> Entries);

    public static Props Props(ReplicaContext context, LogReader log, NodeId peer, Address address) =>
        Akka.Actor.Props.Create(() => new LinkActor(context, log, peer, address)).WithDispatcher("replication.dispatcher");

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Output.Send send: Transmit(send.Message); break;
            case Output.SendEntries send: SendEntries(send); break;
            case Loaded loaded: OnLoaded(loaded); break;
            case Status.Failure: OnLoadFailed(); break;
            case PeerFragmentAck ack: _stream.OnAck(ack, _context.Clock.Now); break;
            default: Unhandled(message); break;
        }
    }

    private void SendEntries(Output.SendEntries send)
    {
        if (!_loading && _loads.Count == 0 && _log.TryReadCached(send.Range.First, send.Range.Last, long.MaxValue, out var entries))
        {
            Transmit(send, entries);
            return;
        }
        // Full: drop it. The window of Core's stream is far smaller, so this is a stream that was given up.
        if (_loads.Count >= QueuedLoads) _loads.Dequeue();
        _loads.Enqueue(send);
        LoadNext();
    }

    private void LoadNext()
    {
        if (_loading || !_loads.TryDequeue(out var send)) return;
        _loading = true;
        _log.ReadAsync(send.Range.First, send.Range.Last, long.MaxValue).PipeTo(Self, success: entries => new Loaded(send, entries));
    }

    private void OnLoaded(Loaded loaded)
    {
        _loading = false;
        Transmit(loaded.Send, loaded.Entries);
        LoadNext();
    }

    private void OnLoadFailed()
    {
        _loading = false;
        LoadNext();
    }

    private void Transmit(Output.SendEntries send, IReadOnlyList<LogEntry> entries)
    {
        if (entries.Count != send.Range.Count || entries[0].Index != send.Range.First) return;
        // Once this node has lost the term its log may be another leader's: what is read then must not go out under the old one's name.
        if (_context.Board.LeadingTerm != send.Header.Term) return;
        if (send.WithoutPayloads) entries = [.. entries.Select(e => e with { Payload = default })];
        Transmit(send.Header with { Entries = entries });
    }

    private void Transmit(Message message)
    {
        var envelope = new PeerEnvelope(_context.Identity.Cluster, GroupId.Default, _context.Options.Name, _context.Identity.Incarnation, _peer, message);
        var isLarge = LogCodec.EnvelopeSize(envelope) > FrameBytes;
        var inOrder = message is Message.AppendEntries { Entries.Count: > 0 } && !_stream.IsEmpty;
        if (isLarge || inOrder) _stream.Send(envelope, isLarge, _context.Clock.Now);
        else _remote.Tell(envelope);
    }
}

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
    private const int PieceBytes = 128 << 10;
    private const int PiecesUnderWay = 16;
    private const int QueuedLoads = 64;
    private const int StalledMs = 5000;

    private readonly ReplicaContext _context;
    private readonly LogReader _log;
    private readonly NodeId _peer;
    private readonly IActorRef _remote;
    private readonly Queue<Output.SendEntries> _loads = new();
    private bool _loading;
    private OutgoingPieces? _pieces;
    private long _lastStream;

    public LinkActor(ReplicaContext context, LogReader log, NodeId peer, Address address)
    {
        _context = context;
        _log = log;
        _peer = peer;
        // A reference without the peer's UID: it goes on working when the peer starts its actor system again.
        _remote = ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(new RootActorPath(address) / "user" / ReplicaActor.Name);
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
            case PeerFragmentAck ack: OnAck(ack); break;
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
        if (LogCodec.EnvelopeSize(envelope) <= FrameBytes) _remote.Tell(envelope);
        else TransmitInPieces(envelope);
    }

    private void TransmitInPieces(PeerEnvelope envelope)
    {
        var append = (Message.AppendEntries)envelope.Message;
        var now = _context.Clock.Now;
        // Core may send the same again before the pieces are through: then they are what it wants.
        if (_pieces is { } current && current.IsSame(append) && now - current.LastAck < StalledMs) return;
        _pieces = new OutgoingPieces(++_lastStream, append.Term, append.Previous, append.Entries[^1].Index, LogCodec.Encode(envelope), now);
        SendPieces();
    }

    private void OnAck(PeerFragmentAck ack)
    {
        if (_pieces is not { } pieces || pieces.Stream != ack.Stream) return;
        pieces.Acknowledged = Math.Max(pieces.Acknowledged, ack.Piece + 1);
        pieces.LastAck = _context.Clock.Now;
        if (pieces.Acknowledged * PieceBytes >= pieces.Bytes.Length) _pieces = null;
        else SendPieces();
    }

    private void SendPieces()
    {
        var pieces = _pieces!;
        while (pieces.Sent * PieceBytes < pieces.Bytes.Length && pieces.Sent - pieces.Acknowledged < PiecesUnderWay)
        {
            var at = pieces.Sent * PieceBytes;
            var piece = pieces.Bytes.AsMemory(at, Math.Min(PieceBytes, pieces.Bytes.Length - at));
            _remote.Tell(new PeerFragment(_context.Options.Name, _context.Identity.Incarnation, pieces.Stream, pieces.Sent, pieces.Bytes.Length, piece));
            pieces.Sent++;
        }
    }

    private sealed class OutgoingPieces(long stream, Term term, LogPosition previous, LogIndex last, byte[] bytes, Instant now)
    {
        public long Stream => stream;
        public byte[] Bytes => bytes;
        public int Sent { get; set; }
        public int Acknowledged { get; set; }
        public Instant LastAck { get; set; } = now;

        public bool IsSame(Message.AppendEntries append) => append.Term == term && append.Previous == previous && append.Entries[^1].Index == last;
    }
}

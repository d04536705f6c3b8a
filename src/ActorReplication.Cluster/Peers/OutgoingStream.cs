using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Log;
using ActorReplication.Core.Messages;

namespace ActorReplication.Cluster.Peers;

/// <summary>Entries on their way to one peer while one of the messages is too large for a frame: those are sent in pieces, a bounded number under way over all of them, and what
/// follows waits its turn, so that everything arrives in order. Messages that the core sends again are not sent twice; when it goes back, what waits is given up.
/// One thread.</summary>
/// <param name="format">The one to write.</param>
/// <param name="tell">Sends to the peer.</param>
internal sealed class OutgoingStream(NodeId self, Guid incarnation, FormatInForce format, Action<object> tell)
{
    public const int PieceBytes = 128 << 10;
    public const int PiecesUnderWay = 16;
    private const int StalledMs = 5000;

    private readonly List<Outgoing> _messages = [];

    /// <summary>The messages before this one are sent and wait for their last acknowledgements.</summary>
    private int _sending;
    private int _underWay;
    private long _lastStream;
    private Instant _lastAck;

    private sealed class Outgoing(PeerEnvelope envelope, Message.AppendEntries append, bool isLarge)
    {
        public PeerEnvelope Envelope => envelope;
        public Term Term => append.Term;
        public LogPosition Previous => append.Previous;
        public LogIndex Last { get; } = append.Entries[^1].Index;
        public bool IsLarge => isLarge;
        public long Stream { get; set; }
        public byte[]? Bytes { get; set; }
        public int Sent { get; set; }
        public int Acknowledged { get; set; }
    }

    /// <summary>Nothing is on its way: what fits into a frame need not come here.</summary>
    public bool IsEmpty => _messages.Count == 0;

    /// <summary>Sends now or in its turn. The envelope holds an <see cref="Message.AppendEntries"/> with entries.</summary>
    public void Send(PeerEnvelope envelope, bool isLarge, Instant now)
    {
        var append = (Message.AppendEntries)envelope.Message;
        if (_messages.Count > 0)
        {
            var stalled = now - _lastAck >= StalledMs;
            if (!stalled && _messages.Exists(m => m.Term == append.Term && m.Previous == append.Previous && m.Last == append.Entries[^1].Index)) return;
            if (stalled || _messages[^1].Term != append.Term || append.Previous.Index < _messages[^1].Last) GiveUp();
        }
        if (_messages.Count == 0) _lastAck = now;
        _messages.Add(new Outgoing(envelope, append, isLarge));
        Pump();
    }

    public void OnAck(PeerFragmentAck ack, Instant now)
    {
        var at = _messages.FindIndex(m => m.Stream == ack.Stream);
        if (at < 0) return;
        _lastAck = now;
        // Pieces arrive in order: what is not acknowledged of the streams before this one is lost.
        for (var i = 0; i < at; i++) _underWay -= _messages[i].Sent - _messages[i].Acknowledged;
        _messages.RemoveRange(0, at);
        _sending -= at;
        var message = _messages[0];
        var acknowledged = Math.Clamp(ack.Piece + 1, message.Acknowledged, message.Sent);
        _underWay -= acknowledged - message.Acknowledged;
        message.Acknowledged = acknowledged;
        if (acknowledged * PieceBytes >= message.Bytes!.Length)
        {
            _messages.RemoveAt(0);
            _sending--;
        }
        Pump();
    }

    private void GiveUp()
    {
        _messages.Clear();
        _sending = _underWay = 0;
    }

    private void Pump()
    {
        while (_sending < _messages.Count)
        {
            var message = _messages[_sending];
            if (!message.IsLarge)
            {
                tell(message.Envelope);
                _messages.RemoveAt(_sending);
            }
            else if (SendPieces(message)) _sending++;
            else return;
        }
    }

    /// <returns>Whether its last piece is sent.</returns>
    private bool SendPieces(Outgoing message)
    {
        if (message.Bytes is null) (message.Bytes, message.Stream) = (LogCodec.Encode(message.Envelope, format.Written), ++_lastStream);
        var bytes = message.Bytes;
        while (message.Sent * PieceBytes < bytes.Length)
        {
            if (_underWay == PiecesUnderWay) return false;
            var at = message.Sent * PieceBytes;
            tell(new PeerFragment(self, incarnation, message.Stream, message.Sent, bytes.Length, bytes.AsMemory(at, Math.Min(PieceBytes, bytes.Length - at))));
            message.Sent++;
            _underWay++;
        }
        return true;
    }
}

using ActorReplication.Cluster.Wire;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Peers;

/// <summary>Puts fragments together again: one stream per sender at a time, pieces in order; anything else drops the stream, and Core sends again.</summary>
internal sealed class FragmentAssembler
{
    /// <summary>SQLite's largest value and some overhead.</summary>
    private const int LargestBytes = 1 << 30;

    private readonly Dictionary<NodeId, Stream> _streams = [];

    private sealed class Stream(long number, int totalBytes)
    {
        public long Number => number;
        public byte[] Bytes { get; } = new byte[totalBytes];
        public int Received { get; set; }
        public int NextPiece { get; set; }
    }

    /// <summary>The whole envelope, when this was its last piece.</summary>
    /// <exception cref="WireFormatException">The pieces are all here and are no envelope that this version knows; they are forgotten.</exception>
    public PeerEnvelope? Add(PeerFragment fragment)
    {
        if (fragment.Piece == 0 && fragment.TotalBytes is > 0 and <= LargestBytes) _streams[fragment.From] = new Stream(fragment.Stream, fragment.TotalBytes);
        if (!_streams.TryGetValue(fragment.From, out var stream)) return null;
        if (stream.Number != fragment.Stream || stream.NextPiece != fragment.Piece || stream.Received + fragment.Bytes.Length > stream.Bytes.Length)
        {
            if (stream.Number == fragment.Stream) _streams.Remove(fragment.From);
            return null;
        }
        fragment.Bytes.CopyTo(stream.Bytes.AsMemory(stream.Received));
        stream.Received += fragment.Bytes.Length;
        stream.NextPiece++;
        if (stream.Received < stream.Bytes.Length) return null;
        _streams.Remove(fragment.From);
        return LogCodec.DecodeEnvelope(stream.Bytes);
    }
}

using System.Buffers.Binary;
using ActorReplication.Cluster.Membership;
using ActorReplication.Core;
using ActorReplication.Core.Membership;

namespace ActorReplication.Cluster.Wire;

/// <summary>The binary form of everything that carries log entries: between nodes, in the journal and beside snapshots. Versioned, little-endian,
/// exact in size, one allocation per encode. Decoding is bounds-checked, accepts only what encoding makes, and throws
/// <see cref="WireFormatException"/> for anything else; decoded payloads are slices of the given memory, which nobody may write to afterwards.
/// Thread-safe.</summary>
public static class LogCodec
{
    private delegate void Write<T>(ref WireWriter writer, T value);

    private delegate T Read<T>(ref WireReader reader);

    /// <summary>Exact length of an encoded envelope, in bytes, without encoding, in every format: decides whether to cut it into fragments.</summary>
    public static int EnvelopeSize(PeerEnvelope envelope) => SizeOf(WireFormat.CheckedHeaderBytes, envelope, WriteEnvelope);

    /// <param name="format">The one to write: <see cref="ClusterFormat.Oldest"/> to <see cref="ClusterFormat.Newest"/>.</param>
    public static byte[] Encode(PeerEnvelope envelope, byte format = WireFormat.Oldest) => Encode(WireKind.Envelope, format, envelope, WriteEnvelope);

    public static PeerEnvelope DecodeEnvelope(ReadOnlyMemory<byte> bytes) => Decode(WireKind.Envelope, bytes, ReadEnvelope);

    public static byte[] Encode(PeerFragment fragment, byte format = WireFormat.Oldest) => Encode(WireKind.Fragment, format, fragment, WriteFragment);

    public static PeerFragment DecodeFragment(ReadOnlyMemory<byte> bytes) => Decode(WireKind.Fragment, bytes, ReadFragment);

    public static byte[] Encode(PeerFragmentAck ack, byte format = WireFormat.Oldest) => Encode(WireKind.FragmentAck, format, ack, WriteAck);

    public static PeerFragmentAck DecodeFragmentAck(ReadOnlyMemory<byte> bytes) => Decode(WireKind.FragmentAck, bytes, ReadAck);

    public static byte[] Encode(SnapshotChunk chunk, byte format = WireFormat.Oldest) => Encode(WireKind.SnapshotChunk, format, chunk, WriteChunk);

    public static SnapshotChunk DecodeSnapshotChunk(ReadOnlyMemory<byte> bytes) => Decode(WireKind.SnapshotChunk, bytes, ReadChunk);

    /// <summary>No checksum of its own: the journal's records have one.</summary>
    public static byte[] EncodeEvent(JournalEvent e, byte format = WireFormat.Oldest) => Encode(WireKind.JournalEvent, format, e, JournalEventCodec.Write);

    public static JournalEvent DecodeEvent(ReadOnlyMemory<byte> bytes) => Decode(WireKind.JournalEvent, bytes, JournalEventCodec.Read);

    /// <summary>In the format that it puts in force itself: whoever keeps it (a database, a backup) is not for a program that cannot do that one.</summary>
    public static byte[] EncodeConfig(ClusterConfig config) => EncodeConfig(config, (byte)Math.Min(ClusterFormat.Of(config.Settings), WireFormat.Newest));

    public static byte[] EncodeConfig(ClusterConfig config, byte format) => Encode(WireKind.Config, format, config, ConfigCodec.Write);

    public static ClusterConfig DecodeConfig(ReadOnlyMemory<byte> bytes) => Decode(WireKind.Config, bytes, ConfigCodec.Read);

    public static byte[] EncodeChange(ConfigChange change, byte format = WireFormat.Oldest) => Encode(WireKind.ConfigChange, format, change, ConfigCodec.Write);

    public static ConfigChange DecodeChange(ReadOnlyMemory<byte> bytes) => Decode(WireKind.ConfigChange, bytes, ConfigCodec.ReadChange);

    private static void WriteEnvelope(ref WireWriter writer, PeerEnvelope envelope)
    {
        writer.Guid(envelope.Cluster.Value);
        writer.Signed(envelope.Group.Value);
        writer.Node(envelope.From);
        writer.Guid(envelope.Incarnation);
        writer.Node(envelope.To);
        MessageCodec.Write(ref writer, envelope.Message);
    }

    private static PeerEnvelope ReadEnvelope(ref WireReader reader) => new(
        new ClusterId(reader.Guid("cluster ID")),
        new GroupId(reader.SignedInt32("group")),
        reader.Node("sender"),
        reader.Guid("incarnation"),
        reader.Node("receiver"),
        MessageCodec.Read(ref reader));

    private static void WriteFragment(ref WireWriter writer, PeerFragment fragment)
    {
        writer.Node(fragment.From);
        writer.Guid(fragment.Incarnation);
        writer.Count(fragment.Stream);
        writer.Count(fragment.Piece);
        writer.Count(fragment.TotalBytes);
        writer.Bytes(fragment.Bytes.Span);
    }

    private static PeerFragment ReadFragment(ref WireReader reader) => new(
        reader.Node("sender"),
        reader.Guid("incarnation"),
        reader.Count("stream"),
        reader.CountInt32("piece"),
        reader.CountInt32("total bytes"),
        reader.Bytes("piece bytes"));

    private static void WriteAck(ref WireWriter writer, PeerFragmentAck ack)
    {
        writer.Node(ack.From);
        writer.Count(ack.Stream);
        writer.Count(ack.Piece);
    }

    private static PeerFragmentAck ReadAck(ref WireReader reader) => new(reader.Node("sender"), reader.Count("stream"), reader.CountInt32("piece"));

    private static void WriteChunk(ref WireWriter writer, SnapshotChunk chunk)
    {
        writer.Node(chunk.From);
        writer.Guid(chunk.Snapshot);
        writer.Count(chunk.Offset);
        writer.Bytes(chunk.Bytes.Span);
    }

    private static SnapshotChunk ReadChunk(ref WireReader reader) =>
        new(reader.Node("sender"), reader.Guid("snapshot"), reader.Count("offset"), reader.Bytes("chunk bytes"));

    private static int SizeOf<T>(int headerBytes, T value, Write<T> write)
    {
        var counter = WireWriter.Counting();
        write(ref counter, value);
        var size = headerBytes + counter.Written;
        return size <= Array.MaxLength ? (int)size : throw new ArgumentException($"Encoded it would have {size} bytes, more than an array holds.", nameof(value));
    }

    private static byte[] Encode<T>(WireKind kind, byte format, T value, Write<T> write)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(format, WireFormat.Oldest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(format, WireFormat.Newest);
        var headerBytes = WireFormat.HeaderBytes(kind, format);
        var bytes = new byte[SizeOf(headerBytes, value, write)];
        bytes[0] = format;
        bytes[1] = (byte)kind;
        var writer = WireWriter.Into(bytes.AsSpan(headerBytes));
        write(ref writer, value);
        if (WireFormat.IsChecked(kind, format))
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(WireFormat.PlainHeaderBytes), WireFormat.ChecksumOf(bytes));
        return bytes;
    }

    private static T Decode<T>(WireKind kind, ReadOnlyMemory<byte> bytes, Read<T> read)
    {
        var reader = new WireReader(bytes);
        var format = reader.Byte("format version");
        RefuseOther(format, WireFormat.Newest);
        var foundKind = reader.Byte("kind");
        if (foundKind != (byte)kind)
            throw WireReader.Wrong(1, $"kind {(byte)kind} ({kind})", $"{foundKind}");
        if (WireFormat.IsChecked(kind, format))
            Check(ref reader, bytes.Span);
        var value = read(ref reader);
        reader.End();
        return value;
    }

    private static void Check(ref WireReader reader, ReadOnlySpan<byte> bytes)
    {
        var expected = reader.UInt32("checksum");
        var found = WireFormat.ChecksumOf(bytes);
        if (found != expected)
            throw WireReader.Wrong(WireFormat.PlainHeaderBytes, $"bytes with the checksum {expected:x8}", $"bytes with {found:x8}");
    }

    /// <param name="newest">What this program reads up to.</param>
    /// <exception cref="WireFormatException">The bytes are of another format than it reads.</exception>
    internal static void RefuseOther(byte format, byte newest)
    {
        if (format >= WireFormat.Oldest && format <= newest)
            return;
        var known = newest == WireFormat.Oldest ? $"{newest}" : $"{WireFormat.Oldest} to {newest}";
        var why = format > newest ? ", which a newer program wrote: start that one here, this one is older than the format of its cluster" : "";
        throw WireReader.Wrong(0, $"format version {known}", $"{format}{why}");
    }
}

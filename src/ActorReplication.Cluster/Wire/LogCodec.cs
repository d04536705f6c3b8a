using System.Buffers.Binary;
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

    /// <summary>Exact length of <see cref="Encode(PeerEnvelope)"/>'s result, in bytes, without encoding: decides whether to cut it into fragments.</summary>
    public static int EnvelopeSize(PeerEnvelope envelope) => SizeOf(WireFormat.CheckedHeaderBytes, envelope, WriteEnvelope);

    public static byte[] Encode(PeerEnvelope envelope) => Checked(WireKind.Envelope, envelope, WriteEnvelope);

    public static PeerEnvelope DecodeEnvelope(ReadOnlyMemory<byte> bytes) => Checked(WireKind.Envelope, bytes, ReadEnvelope);

    public static byte[] Encode(PeerFragment fragment) => Checked(WireKind.Fragment, fragment, WriteFragment);

    public static PeerFragment DecodeFragment(ReadOnlyMemory<byte> bytes) => Checked(WireKind.Fragment, bytes, ReadFragment);

    public static byte[] Encode(PeerFragmentAck ack) => Checked(WireKind.FragmentAck, ack, WriteAck);

    public static PeerFragmentAck DecodeFragmentAck(ReadOnlyMemory<byte> bytes) => Checked(WireKind.FragmentAck, bytes, ReadAck);

    public static byte[] Encode(SnapshotChunk chunk) => Checked(WireKind.SnapshotChunk, chunk, WriteChunk);

    public static SnapshotChunk DecodeSnapshotChunk(ReadOnlyMemory<byte> bytes) => Checked(WireKind.SnapshotChunk, bytes, ReadChunk);

    /// <summary>No checksum of its own: the journal's records have one.</summary>
    public static byte[] EncodeEvent(JournalEvent e) => Plain(WireKind.JournalEvent, e, JournalEventCodec.Write);

    public static JournalEvent DecodeEvent(ReadOnlyMemory<byte> bytes) => Plain(WireKind.JournalEvent, bytes, JournalEventCodec.Read);

    public static byte[] EncodeConfig(ClusterConfig config) => Plain(WireKind.Config, config, ConfigCodec.Write);

    public static ClusterConfig DecodeConfig(ReadOnlyMemory<byte> bytes) => Plain(WireKind.Config, bytes, ConfigCodec.Read);

    public static byte[] EncodeChange(ConfigChange change) => Plain(WireKind.ConfigChange, change, ConfigCodec.Write);

    public static ConfigChange DecodeChange(ReadOnlyMemory<byte> bytes) => Plain(WireKind.ConfigChange, bytes, ConfigCodec.ReadChange);

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

    private static byte[] Plain<T>(WireKind kind, T value, Write<T> write)
    {
        var bytes = new byte[SizeOf(WireFormat.PlainHeaderBytes, value, write)];
        Fill(bytes, WireFormat.PlainHeaderBytes, kind, value, write);
        return bytes;
    }

    private static byte[] Checked<T>(WireKind kind, T value, Write<T> write)
    {
        var bytes = new byte[SizeOf(WireFormat.CheckedHeaderBytes, value, write)];
        Fill(bytes, WireFormat.CheckedHeaderBytes, kind, value, write);
        var checksum = Crc32C.Of(bytes.AsSpan(WireFormat.CheckedHeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(WireFormat.PlainHeaderBytes), checksum);
        return bytes;
    }

    private static void Fill<T>(byte[] bytes, int headerBytes, WireKind kind, T value, Write<T> write)
    {
        bytes[0] = WireFormat.Version;
        bytes[1] = (byte)kind;
        var writer = WireWriter.Into(bytes.AsSpan(headerBytes));
        write(ref writer, value);
    }

    private static T Plain<T>(WireKind kind, ReadOnlyMemory<byte> bytes, Read<T> read)
    {
        var reader = Open(kind, bytes);
        return Body(ref reader, read);
    }

    private static T Checked<T>(WireKind kind, ReadOnlyMemory<byte> bytes, Read<T> read)
    {
        var reader = Open(kind, bytes);
        var expected = reader.UInt32("checksum");
        var found = Crc32C.Of(bytes.Span[WireFormat.CheckedHeaderBytes..]);
        return found == expected
            ? Body(ref reader, read)
            : throw WireReader.Wrong(WireFormat.PlainHeaderBytes, $"bytes with the checksum {expected:x8}", $"bytes with {found:x8}");
    }

    private static WireReader Open(WireKind kind, ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var version = reader.Byte("format version");
        if (version != WireFormat.Version)
            throw WireReader.Wrong(0, $"format version {WireFormat.Version}", $"{version}");
        var foundKind = reader.Byte("kind");
        return foundKind == (byte)kind ? reader : throw WireReader.Wrong(1, $"kind {(byte)kind} ({kind})", $"{foundKind}");
    }

    private static T Body<T>(ref WireReader reader, Read<T> read)
    {
        var value = read(ref reader);
        reader.End();
        return value;
    }
}

using System.Buffers.Binary;

namespace ActorReplication.Journal.Format;

/// <summary>The first 4 KiB of a segment file (DESIGN.md, "Segment header"). Written once, before the file gets its final name.</summary>
/// <param name="Cluster">Cluster ID, or empty when it was not known.</param>
/// <param name="Node">Node ID, or empty when it was not configured.</param>
/// <param name="Number">Position of this segment in the log, from 1.</param>
/// <param name="Stamp">Random; repeated in every record, so that bytes of another file do not pass as records of this one.</param>
/// <param name="Created">UTC ticks.</param>
internal sealed record SegmentHeader(Guid Cluster, Guid Node, ulong Number, uint Stamp, long Created)
{
    public const int Bytes = 4096;
    public const uint Version = 1;
    private const int CheckedBytes = 72;

    private static ReadOnlySpan<byte> Magic => "ARSEGMNT"u8;

    public byte[] Encode()
    {
        var bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Bytes);
        Cluster.TryWriteBytes(bytes.AsSpan(16));
        Node.TryWriteBytes(bytes.AsSpan(32));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(48), Number);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(56), Stamp);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(64), Created);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CheckedBytes), Crc32C.Of(bytes.AsSpan(0, CheckedBytes)));
        return bytes;
    }

    /// <summary>Null, with what was expected in <paramref name="expectation"/>, when the bytes are no header that this version reads.</summary>
    public static SegmentHeader? Decode(ReadOnlySpan<byte> bytes, out string expectation)
    {
        expectation = "a segment header of 4096 bytes";
        if (bytes.Length < Bytes)
            return null;
        expectation = "the magic number ARSEGMNT";
        if (!bytes[..8].SequenceEqual(Magic))
            return null;
        expectation = $"format version {Version}";
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Version)
            return null;
        expectation = "a header whose checksum holds";
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[CheckedBytes..]) != Crc32C.Of(bytes[..CheckedBytes]))
            return null;
        return new SegmentHeader(
            new Guid(bytes.Slice(16, 16)),
            new Guid(bytes.Slice(32, 16)),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[56..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[64..]));
    }
}

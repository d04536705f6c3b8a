using System.Buffers.Binary;

namespace ActorReplication.Journal.Format;

/// <summary>
/// How far the log was known to be acknowledged, as kept in the marker file: two slots of 4 KiB, written in turn, so that a torn
/// write of one leaves the other (DESIGN.md, "Marker file").
/// </summary>
/// <param name="Cluster">Cluster ID, or empty.</param>
/// <param name="Node">Node ID, or empty.</param>
/// <param name="Generation">Rises with every write; the sound slot with the higher one counts.</param>
/// <param name="Segment">Segment number; 0 when nothing was written yet.</param>
/// <param name="Offset">End of the last acknowledged record in that segment.</param>
/// <param name="Checksum">That record's checksum.</param>
internal sealed record AcknowledgedPosition(Guid Cluster, Guid Node, ulong Generation, ulong Segment, long Offset, uint Checksum)
{
    public const int SlotBytes = 4096;
    public const int FileBytes = 2 * SlotBytes;
    private const uint Version = 1;
    private const int CheckedBytes = 80;

    private static ReadOnlySpan<byte> Magic => "ARACKPOS"u8;

    /// <summary>Where this position belongs in the file.</summary>
    public long SlotOffset => (long)(Generation % 2) * SlotBytes;

    public byte[] Encode()
    {
        var bytes = new byte[SlotBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        Cluster.TryWriteBytes(bytes.AsSpan(16));
        Node.TryWriteBytes(bytes.AsSpan(32));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(48), Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(56), Segment);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(64), Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(72), Checksum);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CheckedBytes), Crc32C.Of(bytes.AsSpan(0, CheckedBytes)));
        return bytes;
    }

    /// <summary>The newer sound slot of a marker file; null when there is none.</summary>
    public static AcknowledgedPosition? Decode(ReadOnlySpan<byte> file)
    {
        AcknowledgedPosition? newest = null;
        for (; file.Length >= SlotBytes; file = file[SlotBytes..])
        {
            if (DecodeSlot(file[..SlotBytes]) is { } slot && (newest is null || slot.Generation > newest.Generation))
                newest = slot;
        }

        return newest;
    }

    private static AcknowledgedPosition? DecodeSlot(ReadOnlySpan<byte> slot)
    {
        var sound = slot[..8].SequenceEqual(Magic)
            && BinaryPrimitives.ReadUInt32LittleEndian(slot[8..]) == Version
            && BinaryPrimitives.ReadUInt32LittleEndian(slot[CheckedBytes..]) == Crc32C.Of(slot[..CheckedBytes]);
        return !sound
            ? null
            : new AcknowledgedPosition(
                new Guid(slot.Slice(16, 16)),
                new Guid(slot.Slice(32, 16)),
                BinaryPrimitives.ReadUInt64LittleEndian(slot[48..]),
                BinaryPrimitives.ReadUInt64LittleEndian(slot[56..]),
                BinaryPrimitives.ReadInt64LittleEndian(slot[64..]),
                BinaryPrimitives.ReadUInt32LittleEndian(slot[72..]));
    }
}

using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace ActorReplication.Journal.Format;

/// <summary>How far one persistence ID's events are deleted, and the highest sequence number it had reached by then.</summary>
internal readonly record struct DeletionMark(uint Number, long DeletedTo, long Highest, string PersistenceId);

/// <summary>The deletion file: the first segment that must exist, and the logical deletions (DESIGN.md, "Deletion file").</summary>
internal sealed record DeletionMarks(ulong FirstSegment, ImmutableSortedDictionary<uint, DeletionMark> Marks)
{
    private const uint Version = 1;
    private const int FixedBytes = 24;
    private const int MarkBytes = 22;

    public static DeletionMarks Fresh { get; } = new(1, ImmutableSortedDictionary<uint, DeletionMark>.Empty);

    private static ReadOnlySpan<byte> Magic => "ARDELETE"u8;

    public byte[] Encode()
    {
        var bytes = new byte[FixedBytes + Marks.Values.Sum(m => MarkBytes + Encoding.UTF8.GetByteCount(m.PersistenceId)) + 4];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Marks.Count);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), FirstSegment);
        var rest = bytes.AsSpan(FixedBytes);
        foreach (var mark in Marks.Values)
        {
            var textBytes = Encoding.UTF8.GetBytes(mark.PersistenceId, rest[MarkBytes..]);
            BinaryPrimitives.WriteUInt32LittleEndian(rest, mark.Number);
            BinaryPrimitives.WriteInt64LittleEndian(rest[4..], mark.DeletedTo);
            BinaryPrimitives.WriteInt64LittleEndian(rest[12..], mark.Highest);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[20..], (ushort)textBytes);
            rest = rest[(MarkBytes + textBytes)..];
        }

        BinaryPrimitives.WriteUInt32LittleEndian(rest, Crc32C.Of(bytes.AsSpan(0, bytes.Length - 4)));
        return bytes;
    }

    /// <summary>Null when the bytes are not a whole, sound file.</summary>
    public static DeletionMarks? Decode(ReadOnlySpan<byte> bytes)
    {
        var sound = bytes.Length >= FixedBytes + 4
            && bytes[..8].SequenceEqual(Magic)
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == Version
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..]) == Crc32C.Of(bytes[..^4]);
        if (!sound)
            return null;

        var marks = ImmutableSortedDictionary.CreateBuilder<uint, DeletionMark>();
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        var rest = bytes[FixedBytes..^4];
        for (var i = 0; i < count; i++)
        {
            var textBytes = BinaryPrimitives.ReadUInt16LittleEndian(rest[20..]);
            var number = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            marks[number] = new DeletionMark(
                number,
                BinaryPrimitives.ReadInt64LittleEndian(rest[4..]),
                BinaryPrimitives.ReadInt64LittleEndian(rest[12..]),
                Encoding.UTF8.GetString(rest.Slice(MarkBytes, textBytes)));
            rest = rest[(MarkBytes + textBytes)..];
        }

        return new DeletionMarks(BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]), marks.ToImmutable());
    }
}

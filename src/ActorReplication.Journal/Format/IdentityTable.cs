using System.Buffers.Binary;
using System.Text;

namespace ActorReplication.Journal.Format;

/// <summary>A persistence ID, the number that stands for it in records, and the highest sequence number at the time of writing.</summary>
internal readonly record struct IdentityEntry(uint Number, long Highest, string PersistenceId);

/// <summary>The payload of opening and identity records: which number stands for which persistence ID.</summary>
internal static class IdentityTable
{
    private const int FixedBytes = 14;

    public static byte[] Encode(IReadOnlyCollection<IdentityEntry> entries)
    {
        var bytes = new byte[4 + entries.Sum(e => FixedBytes + Encoding.UTF8.GetByteCount(e.PersistenceId))];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, entries.Count);
        var rest = bytes.AsSpan(4);
        foreach (var entry in entries)
        {
            var textBytes = Encoding.UTF8.GetBytes(entry.PersistenceId, rest[FixedBytes..]);
            BinaryPrimitives.WriteUInt32LittleEndian(rest, entry.Number);
            BinaryPrimitives.WriteInt64LittleEndian(rest[4..], entry.Highest);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[12..], (ushort)textBytes);
            rest = rest[(FixedBytes + textBytes)..];
        }

        return bytes;
    }

    /// <summary>Null when the bytes are no table.</summary>
    public static List<IdentityEntry>? Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4)
            return null;
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        bytes = bytes[4..];
        if (count < 0 || count > bytes.Length / FixedBytes)
            return null;

        var entries = new List<IdentityEntry>(count);
        for (var i = 0; i < count; i++)
        {
            if (bytes.Length < FixedBytes)
                return null;
            var textBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[12..]);
            if (bytes.Length < FixedBytes + textBytes)
                return null;
            entries.Add(new IdentityEntry(
                BinaryPrimitives.ReadUInt32LittleEndian(bytes),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]),
                Encoding.UTF8.GetString(bytes.Slice(FixedBytes, textBytes))));
            bytes = bytes[(FixedBytes + textBytes)..];
        }

        return bytes.IsEmpty ? entries : null;
    }
}

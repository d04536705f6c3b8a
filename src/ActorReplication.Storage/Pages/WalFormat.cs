using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ActorReplication.Storage.Pages;

/// <summary>SQLite's write-ahead log, byte for byte (sqlite.org/fileformat2.html, section 4): a header, then frames of a header and a page each. A frame counts
/// if its checksum goes on from the one before; the last of a transaction holds the database's size.</summary>
internal static class WalFormat
{
    internal const int HeaderBytes = 32, FrameHeaderBytes = 24;

    private const uint Magic = 0x377f0682, Version = 3_007_000;

    /// <param name="frame">From 1.</param>
    internal static long Offset(uint frame, int pageBytes) => HeaderBytes + (frame - 1L) * (FrameHeaderBytes + pageBytes);

    /// <summary>The checksum of SQLite's log over words in the machine's order, which is little-endian here.</summary>
    /// <param name="bytes">A multiple of eight.</param>
    internal static (uint First, uint Second) Sum(ReadOnlySpan<byte> bytes, (uint First, uint Second) from)
    {
        var (first, second) = from;
        var words = MemoryMarshal.Cast<byte, uint>(bytes);
        for (var i = 0; i < words.Length; i += 2)
        {
            first += words[i] + second;
            second += words[i + 1] + first;
        }
        return (first, second);
    }

    /// <returns>The checksum that the first frame goes on from.</returns>
    internal static (uint First, uint Second) WriteHeader(Span<byte> header, int pageBytes, uint sequence, ReadOnlySpan<byte> salts)
    {
        BinaryPrimitives.WriteUInt32BigEndian(header, Magic);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], Version);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], pageBytes);
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], sequence);
        salts.CopyTo(header[16..]);
        var sum = Sum(header[..24], default);
        BinaryPrimitives.WriteUInt32BigEndian(header[24..], sum.First);
        BinaryPrimitives.WriteUInt32BigEndian(header[28..], sum.Second);
        return sum;
    }

    /// <summary>Fills in the header of a frame whose page is in place behind it.</summary>
    /// <param name="databasePages">Not zero in a transaction's last frame.</param>
    /// <returns>The checksum that the next frame goes on from.</returns>
    internal static (uint First, uint Second) WriteFrameHeader(Span<byte> frame, uint page, uint databasePages, ReadOnlySpan<byte> salts, (uint First, uint Second) from)
    {
        BinaryPrimitives.WriteUInt32BigEndian(frame, page);
        BinaryPrimitives.WriteUInt32BigEndian(frame[4..], databasePages);
        salts.CopyTo(frame[8..]);
        var sum = Sum(frame[FrameHeaderBytes..], Sum(frame[..8], from));
        BinaryPrimitives.WriteUInt32BigEndian(frame[16..], sum.First);
        BinaryPrimitives.WriteUInt32BigEndian(frame[20..], sum.Second);
        return sum;
    }

    internal static uint PageOf(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt32BigEndian(frame);

    internal static uint DatabasePagesOf(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt32BigEndian(frame[4..]);
}

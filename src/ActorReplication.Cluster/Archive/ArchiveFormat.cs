using System.Buffers.Binary;
using System.Security.Cryptography;
using ActorReplication.Cluster.Backups;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Archive;

/// <summary>Numbers of the segment files' layout, and their footer; DESIGN.md beside this file has the table.</summary>
internal static class ArchiveFormat
{
    public const byte Version = 1;
    public const int HeadBytes = 9;

    /// <summary>Length and chained checksum before each block.</summary>
    public const int BlockHeadBytes = 8;

    /// <summary>After the footer: its checksum, its length, and the SHA-256 of the whole file before it.</summary>
    public const int TailBytes = 8 + SHA256.HashSizeInBytes;

    public static ReadOnlySpan<byte> Magic => "ARARCHIV"u8;

    /// <summary>Blocks are chained: each checksum covers the one before it.</summary>
    public static uint Chain(uint before, ReadOnlySpan<byte> content)
    {
        Span<byte> link = stackalloc byte[2 * sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(link, before);
        BinaryPrimitives.WriteUInt32LittleEndian(link[sizeof(uint)..], Crc32C.Of(content));
        return Crc32C.Of(link);
    }

    public static byte[] EncodeFooter(ArchiveSegment segment)
    {
        var counter = WireWriter.Counting();
        Write(ref counter, segment);
        var bytes = new byte[counter.Written];
        var writer = WireWriter.Into(bytes);
        Write(ref writer, segment);
        return bytes;
    }

    public static ArchiveSegment DecodeFooter(string path, long fileBytes, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var reader = new WireReader(bytes);
            var segment = new ArchiveSegment(
                path, new ClusterId(reader.Guid("cluster ID")), reader.Node("node name"), reader.Position("position before"), reader.Position("last position"),
                HistoryCodec.Read(ref reader), reader.Signed("first time"), reader.Signed("last time"), fileBytes);
            reader.End();
            return segment;
        }
        catch (WireFormatException e)
        {
            throw new BackupException($"{path}: footer: {e.Message}", e);
        }
    }

    private static void Write(ref WireWriter writer, ArchiveSegment segment)
    {
        writer.Guid(segment.Cluster.Value);
        writer.Node(segment.Node);
        writer.Position(segment.Before);
        writer.Position(segment.Last);
        HistoryCodec.Write(ref writer, segment.Terms);
        writer.Signed(segment.FirstMs);
        writer.Signed(segment.LastMs);
    }
}

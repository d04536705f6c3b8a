using System.Buffers.Binary;
using System.Security.Cryptography;
using ActorReplication.Cluster.Backups;
using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.Cluster.Archive;

/// <summary>Reads segment files. What is not as the format says is a <see cref="BackupException"/> with the file's name.</summary>
internal static class ArchiveReader
{
    /// <summary>What the file says it holds; of its blocks nothing is looked at.</summary>
    public static ArchiveSegment Open(string path) => Guarded(path, () =>
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        CheckHead(file, path, length);
        Span<byte> numbers = stackalloc byte[8];
        Fill(file, numbers, length - ArchiveFormat.TailBytes, path);
        var (checksum, footerBytes) = (BinaryPrimitives.ReadUInt32LittleEndian(numbers), BinaryPrimitives.ReadUInt32LittleEndian(numbers[4..]));
        if (footerBytes > length - ArchiveFormat.TailBytes - ArchiveFormat.HeadBytes) throw Damaged(path, "its footer");
        var footer = new byte[footerBytes];
        Fill(file, footer, length - ArchiveFormat.TailBytes - footerBytes, path);
        return Crc32C.Of(footer) == checksum ? ArchiveFormat.DecodeFooter(path, length, footer) : throw Damaged(path, "its footer");
    });

    /// <summary>Reads the whole file and compares it with its SHA-256.</summary>
    public static void Verify(ArchiveSegment segment, CancellationToken cancellation) => Guarded(segment.Path, () =>
    {
        using var file = File.OpenHandle(segment.Path, options: FileOptions.SequentialScan);
        var length = RandomAccess.GetLength(file) - SHA256.HashSizeInBytes;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (var at = 0L; at < length; at += buffer.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at));
            Fill(file, piece, at, segment.Path);
            hash.AppendData(piece);
        }
        Span<byte> seal = stackalloc byte[SHA256.HashSizeInBytes];
        Fill(file, seal, length, segment.Path);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(seal) ? 0 : throw Damaged(segment.Path, "its SHA-256");
    });

    /// <summary>The entries of a verified segment, in order.</summary>
    public static IEnumerable<LogEntry> Entries(ArchiveSegment segment)
    {
        using var file = File.OpenHandle(segment.Path, options: FileOptions.SequentialScan);
        var (at, chain, last) = ((long)ArchiveFormat.HeadBytes, 0u, segment.Before);
        while (ReadBlock(file, segment, ref at, ref chain, last) is { } entries)
        {
            foreach (var entry in entries)
            {
                if (entry.Index != last.Index.Next) throw new BackupException($"{segment.Path}: entry {entry.Position} follows on {last}: entries are missing between them");
                last = entry.Position;
                yield return entry;
            }
        }
        if (last != segment.Last) throw new BackupException($"{segment.Path} ends with entry {last}, its footer says {segment.Last}");
    }

    private static IReadOnlyList<LogEntry>? ReadBlock(Microsoft.Win32.SafeHandles.SafeFileHandle file, ArchiveSegment segment, ref long at, ref uint chain, LogPosition last)
    {
        Span<byte> head = stackalloc byte[ArchiveFormat.BlockHeadBytes];
        Fill(file, head, at, segment.Path);
        var (length, checksum) = (BinaryPrimitives.ReadUInt32LittleEndian(head), BinaryPrimitives.ReadUInt32LittleEndian(head[4..]));
        if (length == 0) return checksum == chain ? null : throw Damaged(segment.Path, $"the end of its blocks at byte {at}");
        if (length > segment.Bytes - at) throw Damaged(segment.Path, $"the length of the block at byte {at}");
        var content = new byte[length];
        Fill(file, content, at + head.Length, segment.Path);
        chain = ArchiveFormat.Chain(chain, content);
        if (chain != checksum) throw Damaged(segment.Path, $"the checksum of the block at byte {at}");
        try
        {
            var reader = new WireReader(content);
            var entries = EntryCodec.Read(ref reader, last);
            reader.End();
            at += head.Length + length;
            return entries;
        }
        catch (WireFormatException e)
        {
            throw new BackupException($"{segment.Path}: block at byte {at}: {e.Message}", e);
        }
    }

    private static void CheckHead(Microsoft.Win32.SafeHandles.SafeFileHandle file, string path, long length)
    {
        if (length < ArchiveFormat.HeadBytes + ArchiveFormat.BlockHeadBytes + ArchiveFormat.TailBytes) throw new BackupException($"{path} is cut off: {length} bytes are too few for a segment");
        Span<byte> head = stackalloc byte[ArchiveFormat.HeadBytes];
        Fill(file, head, 0, path);
        if (!head.StartsWith(ArchiveFormat.Magic)) throw new BackupException($"{path} is not a segment of an archive");
        if (head[^1] != ArchiveFormat.Version) throw new BackupException($"{path} has format version {head[^1]}, and this program reads version {ArchiveFormat.Version}: use the program that wrote it");
    }

    private static BackupException Damaged(string path, string what) => new($"{path} is damaged or cut off: {what} is not right");

    private static void Fill(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> bytes, long at, string path)
    {
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(file, bytes[done..], at + done);
            if (read == 0) throw new BackupException($"{path} is cut off at byte {at + done}");
            done += read;
        }
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"{path} cannot be read: {e.Message}", e);
        }
    }
}

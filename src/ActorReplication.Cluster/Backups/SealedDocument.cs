using System.Security.Cryptography;
using ActorReplication.Cluster.Wire;

namespace ActorReplication.Cluster.Backups;

/// <summary>The frame of this folder's small files: eight bytes that say what it is, a version byte, the content, and the SHA-256 of all before it.</summary>
/// <param name="Magic">Eight ASCII letters.</param>
/// <param name="What">For messages: "a backup's manifest".</param>
internal sealed record SealedDocument(string Magic, byte Version, string What)
{
    private const int MagicBytes = 8;
    private const int HeadBytes = MagicBytes + 1;

    public delegate void Write(ref WireWriter writer);

    public byte[] Encode(Write content)
    {
        var counter = WireWriter.Counting();
        content(ref counter);
        var bytes = new byte[HeadBytes + counter.Written + SHA256.HashSizeInBytes];
        for (var i = 0; i < MagicBytes; i++) bytes[i] = (byte)Magic[i];
        bytes[MagicBytes] = Version;
        var writer = WireWriter.Into(bytes.AsSpan(HeadBytes));
        content(ref writer);
        SHA256.HashData(bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes), bytes.AsSpan(bytes.Length - SHA256.HashSizeInBytes));
        return bytes;
    }

    /// <param name="path">For messages.</param>
    /// <exception cref="BackupException">It is something else, of another version, cut off or changed.</exception>
    public T Decode<T>(string path, ReadOnlyMemory<byte> bytes, Func<WireReader, T> content)
    {
        if (bytes.Length < HeadBytes + SHA256.HashSizeInBytes) throw new BackupException($"{path}: {bytes.Length} bytes are too few for {What}: it is cut off");
        for (var i = 0; i < MagicBytes; i++)
            if (bytes.Span[i] != Magic[i]) throw new BackupException($"{path} is not {What}");
        if (bytes.Span[MagicBytes] is var version && version != Version)
            throw new BackupException($"{path} has format version {version}, and this program reads version {Version}: use the program that wrote it");
        var (body, seal) = (bytes[..^SHA256.HashSizeInBytes], bytes[^SHA256.HashSizeInBytes..]);
        if (!SHA256.HashData(body.Span).AsSpan().SequenceEqual(seal.Span)) throw new BackupException($"{path} is damaged or cut off: its SHA-256 is not the one that it ends with");
        try
        {
            return content(new WireReader(body[HeadBytes..]));
        }
        catch (WireFormatException e)
        {
            throw new BackupException($"{path}: {e.Message}", e);
        }
    }

    /// <exception cref="BackupException">As <see cref="Decode"/>, or it cannot be read.</exception>
    public T Read<T>(string path, Func<WireReader, T> content)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"{path} cannot be read: {e.Message}", e);
        }
        return Decode(path, bytes, content);
    }
}

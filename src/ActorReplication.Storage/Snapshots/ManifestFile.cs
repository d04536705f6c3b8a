using System.Security.Cryptography;
using System.Text.Json;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Interop;

namespace ActorReplication.Storage.Snapshots;

/// <summary>The manifest beside a copy, as JSON, and the comparison of a file with it.</summary>
public static class ManifestFile
{
    internal const int KnownVersion = 1;

    /// <summary>What is read at once: no number in a manifest makes anybody take more memory than that.</summary>
    private const int MostChunkBytes = 64 << 20;

    private sealed record Document(int Version, long Term, long Index, string Config, long FileBytes, int ChunkBytes, IReadOnlyList<string> Sha256);

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Writes the manifest, fsynced and whole or not at all.</summary>
    public static void Write(string path, SnapshotManifest manifest) => DurableFile.Write(path, Encode(manifest));

    /// <exception cref="StorageFailure">The file is missing or is not a manifest of a known version.</exception>
    public static SnapshotManifest Read(string path)
    {
        try
        {
            return Decode(File.ReadAllBytes(path));
        }
        catch (Exception failure) when (failure is IOException or JsonException)
        {
            throw new StorageFailure($"{path}: not a readable manifest: {failure.Message}", failure);
        }
    }

    public static byte[] Encode(SnapshotManifest manifest) => JsonSerializer.SerializeToUtf8Bytes(
        new Document(
            manifest.Version, manifest.Position.Term, manifest.Position.Index, Convert.ToBase64String(manifest.Position.Config.Span),
            manifest.FileBytes, manifest.ChunkBytes, manifest.Sha256),
        Json);

    /// <exception cref="JsonException">Not a manifest of a known version.</exception>
    public static SnapshotManifest Decode(ReadOnlySpan<byte> json)
    {
        var document = JsonSerializer.Deserialize<Document>(json, Json) ?? throw new JsonException("empty manifest");
        if (document.Version != KnownVersion)
            throw new JsonException($"manifest version {document.Version} is unknown, this program knows {KnownVersion}");
        if (document.Sha256 is null || document.Config is null || document.ChunkBytes is <= 0 or > MostChunkBytes || document.FileBytes < 0
            || document.Sha256.Count != document.FileBytes / document.ChunkBytes + (document.FileBytes % document.ChunkBytes == 0 ? 0 : 1))
            throw new JsonException("the manifest's chunks do not cover its file");
        try
        {
            return new SnapshotManifest(
                document.Version, new AppliedState(document.Term, document.Index, Convert.FromBase64String(document.Config)),
                document.FileBytes, document.ChunkBytes, document.Sha256);
        }
        catch (FormatException failure)
        {
            throw new JsonException("the manifest's configuration is not base64", failure);
        }
    }

    /// <summary>Reads the whole file: as long as that takes.</summary>
    /// <param name="position">Where the database in it stands.</param>
    public static SnapshotManifest Describe(string path, AppliedState position)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        var hashes = new List<string>();
        var buffer = new byte[DatabaseCopy.ChunkBytes];
        for (var at = 0L; at < length; at += buffer.Length)
            hashes.Add(HashOf(file, at, buffer, (int)Math.Min(buffer.Length, length - at), path));
        return new SnapshotManifest(KnownVersion, position, length, buffer.Length, hashes);
    }

    /// <summary>Throws <see cref="StorageFailure"/> unless the file is exactly what the manifest says.</summary>
    public static void Verify(string path, SnapshotManifest manifest)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        if (length != manifest.FileBytes)
            throw new StorageFailure($"{path}: {length} bytes, the manifest says {manifest.FileBytes}");
        Read(file, path, manifest, static (_, _) => { });
    }

    /// <summary>Reads a file chunk by chunk, each handed over once its hash is the manifest's: first byte, and bytes that are the next chunk's after the call.</summary>
    /// <exception cref="StorageFailure">A chunk is damaged or missing; the message says which.</exception>
    public static void Read(string path, SnapshotManifest manifest, Action<long, ReadOnlyMemory<byte>> take)
    {
        using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        Read(file, path, manifest, take);
    }

    private static void Read(Microsoft.Win32.SafeHandles.SafeFileHandle file, string path, SnapshotManifest manifest, Action<long, ReadOnlyMemory<byte>> take)
    {
        var buffer = new byte[manifest.ChunkBytes];
        for (var chunk = 0; chunk < manifest.Sha256.Count; chunk++)
        {
            var at = (long)chunk * manifest.ChunkBytes;
            var count = (int)Math.Min(manifest.ChunkBytes, manifest.FileBytes - at);
            var found = HashOf(file, at, buffer, count, path);
            if (!found.Equals(manifest.Sha256[chunk], StringComparison.OrdinalIgnoreCase))
                throw new StorageFailure($"{path}: chunk {chunk} at byte {at} is damaged: SHA-256 {found}, the manifest says {manifest.Sha256[chunk]}");
            take(at, buffer.AsMemory(0, count));
        }
    }

    private static string HashOf(Microsoft.Win32.SafeHandles.SafeFileHandle file, long at, byte[] buffer, int count, string path)
    {
        for (var done = 0; done < count;)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(done, count - done), at + done);
            if (read == 0)
                throw new StorageFailure($"{path}: ends at byte {at + done}");
            done += read;
        }
        return Convert.ToHexStringLower(SHA256.HashData(buffer.AsSpan(0, count)));
    }
}

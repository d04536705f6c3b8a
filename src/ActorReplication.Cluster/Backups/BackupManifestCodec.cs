using ActorReplication.Cluster.Wire;
using ActorReplication.Core;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Backups;

/// <summary>A backup's manifest in bytes; DESIGN.md beside this file has the table.</summary>
internal static class BackupManifestCodec
{
    private const int HashBytes = 32;

    private static readonly SealedDocument Document = new("ARBACKUP", 1, "a backup's manifest");

    public static byte[] Encode(BackupManifest manifest) => Document.Encode((ref WireWriter writer) =>
    {
        writer.Guid(manifest.Cluster.Value);
        writer.Node(manifest.Node);
        writer.Count(manifest.Taken.ToUnixTimeMilliseconds());
        writer.Position(manifest.Position);
        writer.Bytes(LogCodec.EncodeConfig(manifest.Config));
        writer.Count(manifest.PageBytes);
        writer.Count(manifest.Copy.FileBytes);
        writer.Count(manifest.Copy.ChunkBytes);
        writer.Count(manifest.Copy.Sha256.Count);
        foreach (var hash in manifest.Copy.Sha256)
            foreach (var b in Convert.FromHexString(hash)) writer.Byte(b);
    });

    /// <param name="path">For messages.</param>
    /// <exception cref="BackupException">Not a manifest, of another version, cut off or changed.</exception>
    public static BackupManifest Decode(string path, ReadOnlyMemory<byte> bytes) => Document.Decode(path, bytes, ReadBody);

    /// <exception cref="BackupException">As <see cref="Decode"/>, or it is not there.</exception>
    public static BackupManifest Read(string path) => Document.Read(path, ReadBody);

    private static BackupManifest ReadBody(WireReader reader)
    {
        var cluster = new ClusterId(reader.Guid("cluster ID"));
        var node = reader.Node("node name");
        var taken = DateTimeOffset.FromUnixTimeMilliseconds(reader.Count("time"));
        var position = reader.Position("position");
        var config = reader.Bytes("configuration");
        var pageBytes = reader.CountInt32("page size");
        var fileBytes = reader.Count("file size");
        var chunkAt = reader.Offset;
        var chunkBytes = reader.CountInt32("chunk size");
        var count = reader.Elements(HashBytes, "number of chunks");
        if (chunkBytes == 0 || count != (fileBytes + chunkBytes - 1) / chunkBytes)
            throw WireReader.Wrong(chunkAt, $"chunks that cover {fileBytes} bytes", $"{count} of {chunkBytes} bytes");
        var hashes = new string[count];
        Span<byte> hash = stackalloc byte[HashBytes];
        for (var i = 0; i < count; i++)
        {
            for (var j = 0; j < HashBytes; j++) hash[j] = reader.Byte("SHA-256");
            hashes[i] = Convert.ToHexStringLower(hash);
        }
        reader.End();
        var copy = new SnapshotManifest(1, new AppliedState(position.Term.Value, position.Index.Value, config.ToArray()), fileBytes, chunkBytes, hashes);
        return new BackupManifest(cluster, node, taken, LogCodec.DecodeConfig(config), pageBytes, copy);
    }
}

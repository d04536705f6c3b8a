using System.Security.Cryptography;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Cluster.Peers;

/// <summary>Compares a copy with its manifest while it comes in, so that nothing has to be read again. One thread.</summary>
internal sealed class ChunkHashes(SnapshotManifest manifest)
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _taken;

    /// <summary>The next bytes of the copy.</summary>
    /// <returns>What is wrong with a chunk that they complete; null: nothing.</returns>
    public string? Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var chunk = _taken / manifest.ChunkBytes;
            var end = Math.Min((chunk + 1) * manifest.ChunkBytes, manifest.FileBytes);
            var piece = bytes[..(int)Math.Min(bytes.Length, end - _taken)];
            _hash.AppendData(piece);
            _taken += piece.Length;
            bytes = bytes[piece.Length..];
            if (_taken == end && !Convert.ToHexStringLower(_hash.GetHashAndReset()).Equals(manifest.Sha256[(int)chunk], StringComparison.OrdinalIgnoreCase))
                return $"chunk {chunk} of the copy is damaged: its SHA-256 is not the manifest's";
        }
        return null;
    }
}

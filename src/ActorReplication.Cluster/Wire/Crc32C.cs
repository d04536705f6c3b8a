using System.Buffers.Binary;
using System.Numerics;

namespace ActorReplication.Cluster.Wire;

/// <summary>CRC-32C (Castagnoli), as in iSCSI (RFC 3720, appendix B.4): reflected, initial value and final XOR all ones.</summary>
internal static class Crc32C
{
    /// <param name="before">The checksum of what comes before these bytes.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var crc = ~before;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}

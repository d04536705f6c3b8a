using System.Buffers.Binary;
using System.Numerics;

namespace ActorReplication.Journal.Format;

/// <summary>CRC-32C (Castagnoli; RFC 3720 appendix B.4) in resumable form, on the processor's own instruction where it has one.</summary>
internal static class Crc32C
{
    /// <summary>State before the first byte.</summary>
    public const uint Start = 0xFFFF_FFFF;

    /// <summary>State after <paramref name="bytes"/>.</summary>
    public static uint Append(uint state, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            state = BitOperations.Crc32C(state, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
            state = BitOperations.Crc32C(state, b);
        return state;
    }

    /// <summary>The checksum that a state stands for.</summary>
    public static uint Finish(uint state) => ~state;

    /// <summary>The checksum of one run of bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Finish(Append(Start, bytes));
}

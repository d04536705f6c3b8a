using System.Buffers.Binary;

namespace ActorReplication.Storage.Capture;

/// <summary>Number and checksum of row changes, whatever their order. Part of the payload format: the same bytes must give the same sum for ever.</summary>
internal struct RowDigest
{
    private const ulong A = 0x9e3779b97f4a7c15, B = 0xc2b2ae3d27d4eb4f, C = 0x165667b19e3779f9;

    internal long Rows { get; private set; }
    internal ulong Sum { get; private set; }

    internal void Add(byte operation, ulong table, ReadOnlySpan<byte> change)
    {
        Rows++;
        Sum += Hash(change, table + operation * A);
    }

    /// <summary>A change that is no row's: it counts in the sum only.</summary>
    internal void AddToSum(ulong hash) => Sum += hash;

    /// <summary>64 bits of the bytes: sixteen at a time, each pair of words multiplied to 128 bits and folded. No protection against intent.</summary>
    internal static ulong Hash(ReadOnlySpan<byte> bytes, ulong seed)
    {
        var hash = seed ^ (ulong)bytes.Length * B;
        while (bytes.Length >= 16)
        {
            hash = Fold(BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) ^ A) + C;
            bytes = bytes[16..];
        }
        Span<byte> rest = stackalloc byte[16];
        rest.Clear();
        bytes.CopyTo(rest);
        hash = Fold(BinaryPrimitives.ReadUInt64LittleEndian(rest) ^ hash, BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]) ^ B);
        return Fold(hash ^ A, C);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }
}

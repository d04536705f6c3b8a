using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ActorReplication.Storage.Pages;

/// <summary>The header of the log's index, as it lies in shared memory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct WalIndexHeader
{
    internal uint Version, Unused, Changes;
    internal byte IsInitialized, IsBigEndian;
    private ushort pageBytes;

    /// <summary>Committed frames.</summary>
    internal uint Frames;

    /// <summary>Pages of the database after the last of them.</summary>
    internal uint DatabasePages;

    private uint frameSum1, frameSum2;
    private fixed byte salts[8];
    private uint sum1, sum2;

    /// <summary>65,536 is stored as 1.</summary>
    internal readonly int PageBytes => (pageBytes & 0xfe00) | (pageBytes & 1) << 16;

    internal void SetPageBytes(int bytes) => pageBytes = (ushort)((bytes & 0xfe00) | bytes >> 16);

    /// <summary>The checksum that the next frame goes on from.</summary>
    internal (uint, uint) FrameSum
    {
        readonly get => (frameSum1, frameSum2);
        set => (frameSum1, frameSum2) = value;
    }

    internal (uint, uint) Sum
    {
        readonly get => (sum1, sum2);
        set => (sum1, sum2) = value;
    }

    [UnscopedRef]
    internal Span<byte> Salts => MemoryMarshal.CreateSpan(ref salts[0], 8);

    internal readonly (uint, uint) SumOf() => WalFormat.Sum(Bytes[..^8], default);

    internal readonly bool Equals(in WalIndexHeader other) => Bytes.SequenceEqual(other.Bytes);

    /// <summary>With each new beginning of the log the first counts up and the second is drawn: frames of before count no more.</summary>
    internal void RenewSalts()
    {
        BinaryPrimitives.WriteUInt32BigEndian(Salts, BinaryPrimitives.ReadUInt32BigEndian(Salts) + 1);
        RandomNumberGenerator.Fill(Salts[4..]);
    }

    [UnscopedRef]
    private readonly ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(new ReadOnlySpan<WalIndexHeader>(in this));
}

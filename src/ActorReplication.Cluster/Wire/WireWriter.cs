using System.Buffers.Binary;
using System.Text;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Wire;

/// <summary>Writes one encoding, or only counts its bytes. The same code path does both, so that a size computed beforehand is exact.</summary>
internal ref struct WireWriter
{
    private readonly Span<byte> target;
    private readonly bool counting;
    private long position;

    private WireWriter(Span<byte> target, bool counting)
    {
        this.target = target;
        this.counting = counting;
    }

    public static WireWriter Counting() => new(default, counting: true);

    public static WireWriter Into(Span<byte> target) => new(target, counting: false);

    /// <summary>Bytes so far.</summary>
    public readonly long Written => position;

    public void Byte(byte value)
    {
        if (!counting)
            target[(int)position] = value;
        position++;
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void UInt32(uint value)
    {
        if (!counting)
            BinaryPrimitives.WriteUInt32LittleEndian(target[(int)position..], value);
        position += sizeof(uint);
    }

    /// <summary>LEB128: seven bits a byte, least significant first. The value is not negative.</summary>
    public void Count(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Varint((ulong)value);
    }

    /// <summary>LEB128 of the zigzag form, for values that may be negative.</summary>
    public void Signed(long value) => Varint((ulong)(value << 1) ^ (ulong)(value >> 63));

    public void Guid(Guid value)
    {
        if (!counting)
            value.TryWriteBytes(target[(int)position..]);
        position += WireFormat.GuidBytes;
    }

    /// <summary>Length and UTF-8.</summary>
    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Count(length);
        if (!counting)
            Encoding.UTF8.GetBytes(value, target[(int)position..]);
        position += length;
    }

    /// <summary>Length and bytes.</summary>
    public void Bytes(ReadOnlySpan<byte> value)
    {
        Count(value.Length);
        if (!counting)
            value.CopyTo(target[(int)position..]);
        position += value.Length;
    }

    public void Node(NodeId value) => Text(value.Name);

    public void Node(NodeId? value)
    {
        Bool(value.HasValue);
        if (value is { } node)
            Node(node);
    }

    public void Term(Term value) => Count(value.Value);

    public void Index(LogIndex value) => Count(value.Value);

    public void Position(LogPosition value)
    {
        Term(value.Term);
        Index(value.Index);
    }

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            Byte((byte)(value | 0x80));
            value >>= 7;
        }

        Byte((byte)value);
    }
}

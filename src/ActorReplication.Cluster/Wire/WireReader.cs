using System.Buffers.Binary;
using System.Text;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Wire;

/// <summary>Reads one encoding. Every read is checked against what is left, and every element count against the least bytes that so many
/// elements need, so that a forged length costs nothing. What is wrong throws <see cref="WireFormatException"/>.</summary>
internal struct WireReader(ReadOnlyMemory<byte> source)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private int position;

    public readonly int Offset => position;

    public readonly int Remaining => source.Length - position;

    public byte Byte(string what)
    {
        Require(1, what);
        return source.Span[position++];
    }

    public bool Bool(string what)
    {
        var value = Byte(what);
        return value <= 1 ? value == 1 : throw Wrong(position - 1, $"{what}: 0 or 1", $"{value}");
    }

    public uint UInt32(string what)
    {
        Require(sizeof(uint), what);
        var value = BinaryPrimitives.ReadUInt32LittleEndian(source.Span[position..]);
        position += sizeof(uint);
        return value;
    }

    public long Count(string what)
    {
        var start = position;
        var value = Varint(what);
        return value <= long.MaxValue ? (long)value : throw Wrong(start, $"{what}: a number up to 2^63-1", $"{value}");
    }

    public long Signed(string what)
    {
        var value = Varint(what);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int SignedInt32(string what)
    {
        var start = position;
        var value = Signed(what);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Wrong(start, $"{what}: a 32-bit number", $"{value}");
    }

    public int CountInt32(string what)
    {
        var start = position;
        var value = Count(what);
        return value <= int.MaxValue ? (int)value : throw Wrong(start, $"{what}: a number up to 2^31-1", $"{value}");
    }

    /// <summary>How many elements follow, each of at least <paramref name="leastBytes"/>.</summary>
    public int Elements(int leastBytes, string what)
    {
        var start = position;
        var value = Count(what);
        return value <= Remaining / leastBytes ? (int)value : throw Wrong(start, $"{what}: at most {Remaining / leastBytes}, for the {Remaining} bytes that follow", $"{value}");
    }

    public Guid Guid(string what)
    {
        Require(WireFormat.GuidBytes, what);
        var value = new Guid(source.Span.Slice(position, WireFormat.GuidBytes));
        position += WireFormat.GuidBytes;
        return value;
    }

    public string Text(string what)
    {
        var start = position;
        var bytes = Bytes(what).Span;
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException invalid)
        {
            throw new WireFormatException(start, $"{what}: UTF-8", "an invalid sequence", invalid);
        }
    }

    /// <summary>A slice of the source, not a copy.</summary>
    public ReadOnlyMemory<byte> Bytes(string what)
    {
        var length = Elements(1, what);
        var value = source.Slice(position, length);
        position += length;
        return value;
    }

    public NodeId Node(string what) => new(Text(what));

    public NodeId? OptionalNode(string what) => Bool(what) ? Node(what) : null;

    public Term Term(string what) => new(Count(what));

    public LogIndex Index(string what) => new(Count(what));

    public LogPosition Position(string what) => new(Term(what), Index(what));

    public TEnum Enum<TEnum>(TEnum last, string what) where TEnum : struct, Enum
    {
        var value = Byte(what);
        var most = System.Runtime.CompilerServices.Unsafe.BitCast<TEnum, byte>(last);
        return value <= most
            ? System.Runtime.CompilerServices.Unsafe.BitCast<byte, TEnum>(value)
            : throw Wrong(position - 1, $"{what}: 0 to {most}", $"{value}");
    }

    /// <summary>Nothing may follow.</summary>
    public readonly void End()
    {
        if (Remaining != 0)
            throw Wrong(position, "the end", $"{Remaining} more bytes");
    }

    public static WireFormatException Wrong(int offset, string expected, string found) => new(offset, expected, found);

    private ulong Varint(string what)
    {
        var start = position;
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var b = Byte(what);
            if (shift == 63 && b > 1)
                break;
            value |= (ulong)(b & 0x7f) << shift;
            if (b >= 0x80)
                continue;
            return b == 0 && shift > 0 ? throw Wrong(position - 1, $"{what}: a number in its shortest form", "a needless zero byte") : value;
        }

        throw Wrong(start, $"{what}: a number of at most 64 bits", "a longer one");
    }

    private readonly void Require(int bytes, string what)
    {
        if (Remaining < bytes)
            throw Wrong(position, $"{what} ({bytes} bytes)", $"{Remaining} bytes left");
    }
}

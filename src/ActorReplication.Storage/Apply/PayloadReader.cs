using System.Buffers.Binary;
using System.Text;
using ActorReplication.Storage.Capture;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Apply;

/// <summary>A value in a payload: small ones here, contents by place.</summary>
internal readonly record struct PayloadValue(ValueKind Kind, long Bits, int Offset, int Length)
{
    internal double Real => BitConverter.Int64BitsToDouble(Bits);
}

/// <summary>Reads a payload front to back. Bad bytes throw <see cref="InvalidDataException"/> with the offset.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private readonly ReadOnlySpan<byte> payload = payload;

    internal int Offset { get; set; }
    internal readonly int Left => payload.Length - Offset;
    internal readonly bool AtEnd => Offset == payload.Length;

    internal byte Byte() => Offset < payload.Length ? payload[Offset++] : throw Bad("a byte");

    internal ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return shift == 63 && part > 1 ? throw Bad("a varint of at most 64 bits") : value;
        }
        throw Bad("a varint of at most ten bytes");
    }

    /// <summary>A varint that is no negative number.</summary>
    internal long Count()
    {
        var value = Varint();
        return value <= long.MaxValue ? (long)value : throw Bad("a number under 2^63");
    }

    /// <summary>So many bytes without a length before them.</summary>
    internal ReadOnlySpan<byte> Raw(int length)
    {
        if (payload.Length - Offset < length)
            throw Bad($"{length} more bytes");
        Offset += length;
        return payload.Slice(Offset - length, length);
    }

    internal uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Raw(4));

    internal ulong UInt64()
    {
        if (payload.Length - Offset < 8)
            throw Bad("eight bytes");
        var value = BinaryPrimitives.ReadUInt64LittleEndian(payload[Offset..]);
        Offset += 8;
        return value;
    }

    internal int Int32()
    {
        var value = Varint();
        return value <= int.MaxValue ? (int)value : throw Bad("a number under 2^31");
    }

    internal long ZigZag()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    internal ReadOnlySpan<byte> Bytes()
    {
        var length = Length();
        var bytes = payload.Slice(Offset, length);
        Offset += length;
        return bytes;
    }

    internal string Text() => Encoding.UTF8.GetString(Bytes());

    internal PayloadValue Value()
    {
        var tag = Byte();
        switch (tag)
        {
            case >= PayloadFormat.SmallInteger:
                return new PayloadValue(ValueKind.Int64, tag - PayloadFormat.SmallInteger, 0, 0);
            case PayloadFormat.Null:
                return default;
            case PayloadFormat.Integer:
                return new PayloadValue(ValueKind.Int64, ZigZag(), 0, 0);
            case PayloadFormat.Real:
                if (payload.Length - Offset < 8)
                    throw Bad("eight bytes of a double");
                var bits = BinaryPrimitives.ReadInt64LittleEndian(payload[Offset..]);
                Offset += 8;
                return new PayloadValue(ValueKind.Double, bits, 0, 0);
            case PayloadFormat.Text or PayloadFormat.Blob:
                var length = Length();
                var at = Offset;
                Offset += length;
                return new PayloadValue(tag == PayloadFormat.Text ? ValueKind.Text : ValueKind.Blob, 0, at, length);
            default:
                Offset--;
                throw Bad("a value tag");
        }
    }

    private int Length()
    {
        var length = Varint();
        return length <= (ulong)(payload.Length - Offset) ? (int)length : throw Bad($"{length} more bytes");
    }

    internal readonly InvalidDataException Bad(string expected) => new($"bad payload at byte {Offset} of {payload.Length}: expected {expected}");
}

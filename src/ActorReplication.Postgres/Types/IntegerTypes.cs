using System.Buffers.Binary;
using System.Buffers.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>smallint, integer, bigint, and the unsigned oid and xid: INTEGER in the engine.</summary>
internal sealed class IntegerType(uint oid, string name, short size, long min, long max) : PgType(oid, name, size)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) => output.Decimal(InRange(value.ToInt64(Name)));

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output)
    {
        var number = InRange(value.ToInt64(Name));
        switch (Size)
        {
            case 2: output.Int16((short)number); break;
            case 4: output.Int32(unchecked((int)number)); break;
            default: output.Int64(number); break;
        }
    }

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format)
    {
        var trimmed = text.Trim(" \t\r\n\f\v"u8);
        if (!Utf8Parser.TryParse(trimmed, out long value, out var used) || used != trimmed.Length)
        {
            if (IsDigits(trimmed)) throw InvalidValue.OutOfRange(Name, text);
            throw InvalidValue.Syntax(Name, text);
        }
        if (value < min || value > max) throw InvalidValue.OutOfRange(Name, text);
        return SqlValue.Of(value);
    }

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (bytes.Length != Size) throw InvalidValue.Binary(Name);
        return SqlValue.Of(Size switch
        {
            2 => BinaryPrimitives.ReadInt16BigEndian(bytes),
            4 when min == 0 => BinaryPrimitives.ReadUInt32BigEndian(bytes),
            4 => BinaryPrimitives.ReadInt32BigEndian(bytes),
            _ => BinaryPrimitives.ReadInt64BigEndian(bytes),
        });
    }

    private long InRange(long value) => value >= min && value <= max ? value : throw InvalidValue.OutOfRange(Name);

    private static bool IsDigits(ReadOnlySpan<byte> text)
    {
        if (text.Length > 0 && text[0] is (byte)'-' or (byte)'+') text = text[1..];
        return text.Length > 0 && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }
}

/// <summary>boolean: 0 or 1 in the engine.</summary>
internal sealed class BoolType() : PgType(PgOid.Bool, "boolean", 1)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) =>
        output.Byte(Truth(value) ? (byte)'t' : (byte)'f');

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output) => output.Byte(Truth(value) ? (byte)1 : (byte)0);

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) => SqlValue.Of(Parse(text) ? 1L : 0L);

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (bytes.Length != 1) throw InvalidValue.Binary(Name);
        return SqlValue.Of(bytes[0] == 0 ? 0L : 1L);
    }

    private bool Truth(in EngineValue value) => value.Kind switch
    {
        SqlKind.Int64 => value.Int64 != 0,
        SqlKind.Double => value.Double != 0,
        SqlKind.Text => Parse(value.Bytes),
        _ => throw InvalidValue.Syntax(Name, value.Bytes),
    };

    /// <summary>Any unambiguous beginning of true, false, yes, no, on, off; 1 and 0.</summary>
    private bool Parse(ReadOnlySpan<byte> text)
    {
        var trimmed = text.Trim(" \t\r\n\f\v"u8);
        Span<byte> lower = stackalloc byte[5];
        if (trimmed.Length is 0 or > 5) throw InvalidValue.Syntax(Name, text);
        for (var i = 0; i < trimmed.Length; i++) lower[i] = (byte)(trimmed[i] is >= (byte)'A' and <= (byte)'Z' ? trimmed[i] | 0x20 : trimmed[i]);
        lower = lower[..trimmed.Length];
        if ("true"u8.StartsWith(lower) || "yes"u8.StartsWith(lower) || lower.SequenceEqual("on"u8) || lower.SequenceEqual("1"u8)) return true;
        if ("false"u8.StartsWith(lower) || "no"u8.StartsWith(lower) || lower.SequenceEqual("of"u8) || lower.SequenceEqual("off"u8) || lower.SequenceEqual("0"u8)) return false;
        throw InvalidValue.Syntax(Name, text);
    }
}

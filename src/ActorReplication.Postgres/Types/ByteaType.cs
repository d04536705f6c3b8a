using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>bytea: BLOB in the engine. Text out is hex or escape, as bytea_output says; text in is either.</summary>
internal sealed class ByteaType() : PgType(PgOid.Bytea, "bytea", -1)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format)
    {
        // Array elements come as the text of their JSON string.
        if (value.Kind == SqlKind.Text && value.Bytes.StartsWith("\\x"u8)) { output.Bytes(value.Bytes); return; }
        if (value.Kind is SqlKind.Int64 or SqlKind.Double) throw InvalidValue.Syntax(Name, value.Bytes);
        if (format.ByteaEscape) WriteEscape(value.Bytes, output);
        else WriteHex(value.Bytes, output);
    }

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output)
    {
        if (value.Kind is SqlKind.Int64 or SqlKind.Double) throw InvalidValue.Syntax(Name, value.Bytes);
        if (value.Kind == SqlKind.Text && value.Bytes.StartsWith("\\x"u8))
        {
            var decoded = new byte[value.Bytes.Length / 2];
            output.Bytes(decoded.AsSpan(0, DecodeHex(value.Bytes[2..], decoded)));
            return;
        }
        output.Bytes(value.Bytes);
    }

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format)
    {
        var memory = arena.Take(text.Length);
        var length = text.StartsWith("\\x"u8) ? DecodeHex(text[2..], memory.Span) : DecodeEscape(text, memory.Span);
        return SqlValue.Blob(memory[..length]);
    }

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena) => arena.Blob(bytes);

    public static void WriteHex(ReadOnlySpan<byte> bytes, OutputBuffer output)
    {
        output.Bytes("\\x"u8);
        var span = output.GetSpan(bytes.Length * 2);
        for (var i = 0; i < bytes.Length; i++)
        {
            span[i * 2] = "0123456789abcdef"u8[bytes[i] >> 4];
            span[i * 2 + 1] = "0123456789abcdef"u8[bytes[i] & 15];
        }
        output.Advance(bytes.Length * 2);
    }

    private static void WriteEscape(ReadOnlySpan<byte> bytes, OutputBuffer output)
    {
        foreach (var b in bytes)
        {
            if (b == (byte)'\\') output.Bytes("\\\\"u8);
            else if (b is >= 0x20 and <= 0x7e) output.Byte(b);
            else
            {
                output.Byte((byte)'\\');
                output.Byte((byte)('0' + (b >> 6)));
                output.Byte((byte)('0' + (b >> 3 & 7)));
                output.Byte((byte)('0' + (b & 7)));
            }
        }
    }

    /// <summary>Whitespace between the pairs is allowed. Returns the bytes decoded.</summary>
    private static int DecodeHex(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is (byte)' ' or (byte)'\n' or (byte)'\t' or (byte)'\r') continue;
            var high = Hex.Digit(text[i]);
            if (high < 0) throw BadDigit(text[i]);
            if (++i == text.Length) throw new PgException(SqlStates.InvalidParameterValue, "invalid hexadecimal data: odd number of digits");
            var low = Hex.Digit(text[i]);
            if (low < 0) throw BadDigit(text[i]);
            target[length++] = (byte)(high << 4 | low);
        }
        return length;
    }

    private static PgException BadDigit(byte digit) => new(SqlStates.InvalidParameterValue, $"invalid hexadecimal digit: \"{(char)digit}\"");

    private int DecodeEscape(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != (byte)'\\') { target[length++] = text[i]; continue; }
            if (i + 1 < text.Length && text[i + 1] == (byte)'\\') { target[length++] = (byte)'\\'; i++; continue; }
            if (i + 3 >= text.Length || text[i + 1] is < (byte)'0' or > (byte)'3' || text[i + 2] is < (byte)'0' or > (byte)'7' || text[i + 3] is < (byte)'0' or > (byte)'7')
                throw new PgException(SqlStates.InvalidTextRepresentation, $"invalid input syntax for type {Name}");
            target[length++] = (byte)((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | text[i + 3] - '0');
            i += 3;
        }
        return length;
    }
}

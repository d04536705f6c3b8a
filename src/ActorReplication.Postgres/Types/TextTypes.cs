using System.Text;
using System.Text.Json;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Frontend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>text, varchar, name and everything that is shown as it is stored. Values of other kinds are shown as their text.</summary>
internal class TextType(uint oid, string name, short size = -1) : PgType(oid, name, size)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) => value.WriteAsText(output);

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output) => value.WriteAsText(output);

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format)
    {
        if (text.Contains((byte)0)) throw new PgException(SqlStates.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": 0x00");
        MessageReader.RequireUtf8(text);
        return arena.Text(text);
    }

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena) => ReadText(bytes, arena, ValueFormat.Default);
}

/// <summary>character(n): stored without trailing blanks, padded with blanks to n characters when shown, as its type modifier says.</summary>
internal sealed class BpcharType() : TextType(PgOid.Bpchar, "character")
{
    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) => base.ReadText(text.TrimEnd((byte)' '), arena, format);

    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) => WritePadded(value, typeModifier, output);

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output) => WritePadded(value, typeModifier, output);

    private static void WritePadded(in EngineValue value, int typeModifier, OutputBuffer output)
    {
        var start = output.Length;
        value.WriteAsText(output);
        if (typeModifier < 4) return;
        var characters = 0;
        foreach (var b in output.Slice(start, output.Length - start))
            if ((b & 0xC0) != 0x80) characters++;
        for (var missing = typeModifier - 4 - characters; missing > 0; missing--) output.Byte((byte)' ');
    }
}

/// <summary>json and jsonb: the text itself; jsonb's binary form has a version byte before it.</summary>
internal sealed class JsonType(uint oid, string name, bool versioned) : TextType(oid, name)
{
    private const byte Version = 1;

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output)
    {
        if (versioned) output.Byte(Version);
        value.WriteAsText(output);
    }

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format)
    {
        var value = base.ReadText(text, arena, format);
        if (!IsJson(text)) throw InvalidValueOf(text);
        return value;
    }

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (!versioned) return ReadText(bytes, arena, ValueFormat.Default);
        if (bytes.IsEmpty || bytes[0] != Version) throw new PgException(SqlStates.InvalidBinaryRepresentation, $"unsupported jsonb version number {(bytes.IsEmpty ? 0 : bytes[0])}");
        return ReadText(bytes[1..], arena, ValueFormat.Default);
    }

    private static bool IsJson(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = 1000 });
            var any = false;
            while (reader.Read()) any = true;
            return any;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static PgException InvalidValueOf(ReadOnlySpan<byte> text) => new(new PgError(SqlStates.InvalidTextRepresentation, "invalid input syntax for type json")
    {
        Detail = "The input is not valid JSON: " + Encoding.UTF8.GetString(text.Length <= 100 ? text : text[..100]),
    });
}

/// <summary>"char": one byte.</summary>
internal sealed class CharType() : TextType(PgOid.Char, "\"char\"", 1)
{
    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) => base.ReadText(text.Length > 1 ? text[..1] : text, arena, format);
}

/// <summary>uuid: lower-case text with hyphens in the engine; 16 bytes in binary.</summary>
internal sealed class UuidType() : PgType(PgOid.Uuid, "uuid", 16)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) => Format(Parse(Source(value)), output.GetSpan(36), output);

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output)
    {
        Parse(Source(value)).TryWriteBytes(output.GetSpan(16), bigEndian: true, out var written);
        output.Advance(written);
    }

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) => Store(Parse(text), arena);

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena)
    {
        if (bytes.Length != 16) throw InvalidValue.Binary(Name);
        return Store(new Guid(bytes, bigEndian: true), arena);
    }

    private static SqlValue Store(Guid value, ValueArena arena)
    {
        var memory = arena.Take(36);
        value.TryFormat(memory.Span, out _, "D");
        return SqlValue.Utf8(memory);
    }

    private static void Format(Guid value, Span<byte> span, OutputBuffer output)
    {
        value.TryFormat(span, out var written, "D");
        output.Advance(written);
    }

    private ReadOnlySpan<byte> Source(in EngineValue value) => value.Kind == SqlKind.Text ? value.Bytes : throw InvalidValue.Syntax(Name, value.Bytes);

    /// <summary>32 hexadecimal digits, a hyphen allowed after each four, braces allowed around.</summary>
    private Guid Parse(ReadOnlySpan<byte> text)
    {
        var inner = text.Length > 2 && text[0] == (byte)'{' && text[^1] == (byte)'}' ? text[1..^1] : text;
        Span<byte> bytes = stackalloc byte[16];
        var digits = 0;
        for (var i = 0; i < inner.Length; i++)
        {
            if (inner[i] == (byte)'-' && digits is > 0 and < 32 && digits % 4 == 0 && inner[i - 1] != (byte)'-') continue;
            var digit = Hex.Digit(inner[i]);
            if (digit < 0 || digits == 32) throw InvalidValue.Syntax(Name, text);
            bytes[digits / 2] = (byte)(digits % 2 == 0 ? digit << 4 : bytes[digits / 2] | digit);
            digits++;
        }
        return digits == 32 ? new Guid(bytes, bigEndian: true) : throw InvalidValue.Syntax(Name, text);
    }
}

internal static class Hex
{
    public static int Digit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => -1,
    };
}

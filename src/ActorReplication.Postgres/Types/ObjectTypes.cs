using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>regclass and its kin: an object's name as text, its OID as binary. The engine gives either, or both as <c>16384 name</c>; a name alone has no OID here and is sent as 0.</summary>
internal sealed class ObjectNameType(uint oid, string name) : PgType(oid, name, 4)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format)
    {
        if (value.Kind == SqlKind.Text && Utf8Parser.TryParse(value.Bytes, out uint _, out var used) && used < value.Bytes.Length && value.Bytes[used] == ' ') output.Bytes(value.Bytes[(used + 1)..]);
        else value.WriteAsText(output);
    }

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output) => output.UInt32(value.Kind switch
    {
        SqlKind.Int64 => (uint)value.Int64,
        SqlKind.Text when Utf8Parser.TryParse(value.Bytes, out uint number, out var used) && (used == value.Bytes.Length || value.Bytes[used] == ' ') => number,
        _ => 0,
    });

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) =>
        Utf8Parser.TryParse(text, out uint number, out var used) && used == text.Length ? SqlValue.Of(number) : arena.Text(text);

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena) =>
        bytes.Length == 4 ? SqlValue.Of(BinaryPrimitives.ReadUInt32BigEndian(bytes)) : throw InvalidValue.Binary(Name);
}

/// <summary>pg_lsn: <c>16/B374D848</c> in the engine, 64 bits in binary.</summary>
internal sealed class LsnType() : PgType(PgOid.PgLsn, "pg_lsn", 8)
{
    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) => output.Text(Show(Read(value)));

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output) => output.Int64(unchecked((long)Read(value)));

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) => SqlValue.Text(Show(Parse(text)));

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena) =>
        bytes.Length == 8 ? SqlValue.Text(Show(BinaryPrimitives.ReadUInt64BigEndian(bytes))) : throw InvalidValue.Binary(Name);

    private ulong Read(in EngineValue value) => value.Kind == SqlKind.Int64 ? (ulong)value.Int64 : Parse(value.Bytes);

    private static string Show(ulong lsn) => $"{lsn >> 32:X}/{lsn & 0xffffffff:X}";

    private ulong Parse(ReadOnlySpan<byte> text)
    {
        var slash = text.IndexOf((byte)'/');
        if (slash is > 0 and <= 8 && text.Length - slash - 1 is > 0 and <= 8
            && uint.TryParse(Encoding.ASCII.GetString(text[..slash]), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var high)
            && uint.TryParse(Encoding.ASCII.GetString(text[(slash + 1)..]), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var low))
            return (ulong)high << 32 | low;
        throw InvalidValue.Syntax(Name, text);
    }
}

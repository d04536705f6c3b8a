using System.Buffers.Binary;
using System.Buffers.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Types;

/// <summary>numeric. In the engine: INTEGER for whole numbers that fit 64 bits, REAL where 15 digits are enough, else TEXT with every digit. So
/// arithmetic and comparison work natively, and nothing is rounded unseen. Shown with the scale of the type modifier, if there is one.</summary>
internal sealed class NumericType() : PgType(PgOid.Numeric, "numeric", -1)
{
    /// <summary>Digits before and after the point that PostgreSQL takes.</summary>
    private const int MaxWholeDigits = 131_072, MaxScale = 16_383;

    public override void WriteText(in EngineValue value, int typeModifier, OutputBuffer output, ValueFormat format) => Digits(value, typeModifier).WriteText(output);

    public override void WriteBinary(in EngineValue value, int typeModifier, OutputBuffer output) => Digits(value, typeModifier).WriteBinary(output);

    public override SqlValue ReadText(ReadOnlySpan<byte> text, ValueArena arena, ValueFormat format) => Store(Parse(text), arena);

    public override SqlValue ReadBinary(ReadOnlySpan<byte> bytes, ValueArena arena) => Store(DecimalDigits.ReadBinary(bytes), arena);

    private DecimalDigits Digits(in EngineValue value, int typeModifier)
    {
        DecimalDigits digits;
        if (value.Kind == SqlKind.Text) digits = Parse(value.Bytes);
        else if (value.Kind == SqlKind.Blob) throw InvalidValue.Syntax(Name, value.Bytes);
        else
        {
            var scratch = new OutputBuffer(64);
            value.WriteAsText(scratch);
            digits = Parse(scratch.Written.Span);
            scratch.Release();
        }
        return typeModifier < 4 ? digits : digits.Rounded((typeModifier - 4 & 0x7ff ^ 0x400) - 0x400);
    }

    private DecimalDigits Parse(ReadOnlySpan<byte> text)
    {
        var trimmed = text.Trim(" \t\r\n\f\v"u8);
        if (!FloatText.IsNumber(trimmed))
        {
            return FloatText.ParseSpecial(trimmed) is { } special ? DecimalDigits.OfSpecial(special) : throw InvalidValue.Syntax(Name, text);
        }
        var digits = DecimalDigits.Parse(trimmed);
        if (digits.WholeDigits > MaxWholeDigits || digits.Scale > MaxScale) throw new PgException(SqlStates.NumericValueOutOfRange, "value overflows numeric format");
        return digits;
    }

    private static SqlValue Store(DecimalDigits digits, ValueArena arena)
    {
        var scratch = new OutputBuffer(64);
        digits.WriteText(scratch);
        var text = scratch.Written.Span;
        SqlValue stored;
        // 1 and 1.0 are one value, so they must be stored as one; equality and indexes go by the form.
        var integer = digits.IsInteger ? text[..(text.IndexOf((byte)'.') is >= 0 and var point ? point : text.Length)] : [];
        if (digits.IsInteger && Utf8Parser.TryParse(integer, out long whole, out var used) && used == integer.Length) stored = SqlValue.Of(whole);
        // Subnormal doubles have fewer digits, and smaller numbers none.
        else if (digits.SignificantDigits <= 15 && double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var real) && double.IsNormal(real)) stored = SqlValue.Of(real);
        else stored = arena.Text(digits.IsFraction ? text.TrimEnd((byte)'0') : text);
        scratch.Release();
        return stored;
    }
}

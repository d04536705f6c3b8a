using System.Buffers.Text;
using ActorReplication.Postgres.Backend;

namespace ActorReplication.Postgres.Types;

/// <summary>Floats as PostgreSQL 12 and later write them: the fewest digits that read back the same, with an exponent from 1e15 (double) or
/// 1e6 (real) on and below 1e-4.</summary>
internal static class FloatText
{
    public static void Write(double value, OutputBuffer output)
    {
        if (WriteSpecial(value, output)) return;
        Span<byte> shortest = stackalloc byte[32];
        value.TryFormat(shortest, out var length, "R", System.Globalization.CultureInfo.InvariantCulture);
        Layout(shortest[..length], 15, output);
    }

    public static void Write(float value, OutputBuffer output)
    {
        if (WriteSpecial(value, output)) return;
        Span<byte> shortest = stackalloc byte[32];
        value.TryFormat(shortest, out var length, "R", System.Globalization.CultureInfo.InvariantCulture);
        Layout(shortest[..length], 6, output);
    }

    public static double Parse(ReadOnlySpan<byte> text, string type)
    {
        var trimmed = text.Trim(" \t\r\n\f\v"u8);
        if (IsNumber(trimmed) && double.TryParse(trimmed, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var value))
        {
            if (double.IsInfinity(value)) throw Range(text, type);
            if (value == 0 && trimmed.ContainsAnyInRange((byte)'1', (byte)'9') && HasNonZeroMantissa(trimmed)) throw Range(text, type);
            return value;
        }
        return ParseSpecial(trimmed) ?? throw InvalidValue.Syntax(type, text);
    }

    /// <summary>NaN, Infinity and their spellings; null if it is none.</summary>
    public static double? ParseSpecial(ReadOnlySpan<byte> text)
    {
        var negative = text.Length > 0 && text[0] == (byte)'-';
        var word = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
        if (System.Text.Ascii.EqualsIgnoreCase(word, "infinity"u8) || System.Text.Ascii.EqualsIgnoreCase(word, "inf"u8)) return negative ? double.NegativeInfinity : double.PositiveInfinity;
        if (System.Text.Ascii.EqualsIgnoreCase(text, "nan"u8)) return double.NaN;
        return null;
    }

    /// <summary>Digits with an optional sign, point and exponent: no hexadecimal, no separators.</summary>
    public static bool IsNumber(ReadOnlySpan<byte> text)
    {
        var i = 0;
        if (i < text.Length && text[i] is (byte)'-' or (byte)'+') i++;
        var digits = Digits(text, ref i);
        if (i < text.Length && text[i] == (byte)'.') { i++; digits += Digits(text, ref i); }
        if (digits == 0) return false;
        if (i < text.Length && (text[i] | 0x20) == 'e')
        {
            i++;
            if (i < text.Length && text[i] is (byte)'-' or (byte)'+') i++;
            if (Digits(text, ref i) == 0) return false;
        }
        return i == text.Length;
    }

    private static int Digits(ReadOnlySpan<byte> text, ref int i)
    {
        var start = i;
        while (i < text.Length && text[i] is >= (byte)'0' and <= (byte)'9') i++;
        return i - start;
    }

    private static bool HasNonZeroMantissa(ReadOnlySpan<byte> text)
    {
        var exponent = text.IndexOfAny((byte)'e', (byte)'E');
        return (exponent < 0 ? text : text[..exponent]).ContainsAnyInRange((byte)'1', (byte)'9');
    }

    private static PgException Range(ReadOnlySpan<byte> text, string type) =>
        new(SqlStates.NumericValueOutOfRange, $"\"{System.Text.Encoding.UTF8.GetString(text)}\" is out of range for type {type}");

    private static bool WriteSpecial(double value, OutputBuffer output)
    {
        if (double.IsFinite(value)) return false;
        output.Bytes(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "Infinity"u8 : "-Infinity"u8);
        return true;
    }

    /// <summary>Lays .NET's shortest digits out by PostgreSQL's rule.</summary>
    private static void Layout(ReadOnlySpan<byte> shortest, int exponentFrom, OutputBuffer output)
    {
        Span<byte> digits = stackalloc byte[32];
        var count = 0;
        var point = -1;
        var exponent = 0;
        var i = shortest[0] == (byte)'-' ? 1 : 0;
        for (; i < shortest.Length; i++)
        {
            if (shortest[i] == (byte)'.') point = count;
            else if (shortest[i] == (byte)'E')
            {
                var signed = shortest[(i + 1)..];
                Utf8Parser.TryParse(signed[0] == (byte)'+' ? signed[1..] : signed, out exponent, out _);
                break;
            }
            else digits[count++] = shortest[i];
        }
        if (point < 0) point = count;
        var leading = 0;
        while (leading < count - 1 && digits[leading] == (byte)'0') leading++;
        var trailing = count;
        while (trailing > leading + 1 && digits[trailing - 1] == (byte)'0') trailing--;
        var significant = digits[leading..trailing];
        var scientific = significant[0] == (byte)'0' ? 0 : point - leading - 1 + exponent;

        if (shortest[0] == (byte)'-') output.Byte((byte)'-');
        if (scientific < -4 || scientific >= exponentFrom) WriteScientific(significant, scientific, output);
        else WritePlain(significant, scientific, output);
    }

    private static void WriteScientific(ReadOnlySpan<byte> digits, int exponent, OutputBuffer output)
    {
        output.Byte(digits[0]);
        if (digits.Length > 1)
        {
            output.Byte((byte)'.');
            output.Bytes(digits[1..]);
        }
        output.Bytes(exponent < 0 ? "e-"u8 : "e+"u8);
        var magnitude = Math.Abs(exponent);
        if (magnitude < 10) output.Byte((byte)'0');
        output.Decimal(magnitude);
    }

    private static void WritePlain(ReadOnlySpan<byte> digits, int exponent, OutputBuffer output)
    {
        if (exponent < 0)
        {
            output.Bytes("0.0000"u8[..(1 - exponent)]);
            output.Bytes(digits);
            return;
        }
        var whole = Math.Min(digits.Length, exponent + 1);
        output.Bytes(digits[..whole]);
        for (var i = whole; i <= exponent; i++) output.Byte((byte)'0');
        if (digits.Length == whole) return;
        output.Byte((byte)'.');
        output.Bytes(digits[whole..]);
    }
}

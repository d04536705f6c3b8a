using System.Globalization;
using System.Numerics;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>numeric values in functions: see Types/NumericType.cs for how the engine holds them.</summary>
internal static class Decimals
{
    /// <summary>Digits that a double keeps.</summary>
    private const int RealDigits = 15;

    /// <summary>Sums of numbers below this with no more than that many digits after the point are exact in System.Decimal's 28 digits.</summary>
    private const decimal Small = 1e13m;
    private const int SmallScale = 14;

    /// <summary>Null if the value is NaN, infinite or no number.</summary>
    public static BigDecimal? Of(ISqlFunctionCall call, int argument)
    {
        switch (call.Kind(argument))
        {
            case SqlKind.Int64:
                return BigDecimal.Of(call.Int64(argument));
            case SqlKind.Double when double.IsFinite(call.Double(argument)):
                return BigDecimal.TryParse(call.Double(argument).ToString("R", CultureInfo.InvariantCulture), out var real) ? real : null;
            case SqlKind.Text:
                return BigDecimal.TryParse(call.String(argument), out var value) ? value : null;
            default:
                return null;
        }
    }

    /// <summary>Null unless sums with it are exact in decimals, which are much faster.</summary>
    public static decimal? SmallOf(ISqlFunctionCall call, int argument)
    {
        decimal value;
        if (call.Kind(argument) == SqlKind.Int64) value = call.Int64(argument);
        else if (call.Kind(argument) == SqlKind.Double && Math.Abs(call.Double(argument)) < (double)Small) value = (decimal)call.Double(argument);
        else return null;
        // The conversion rounds to 15 digits, which is all that a stored number has; one computed elsewhere may have more.
        if (call.Kind(argument) == SqlKind.Double && (double)value != call.Double(argument)) return null;
        return IsSmall(value) && value.Scale <= SmallScale ? value : null;
    }

    public static bool IsSmall(decimal value) => value is > -Small and < Small;

    public static BigDecimal Of(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var unscaled = new BigInteger((uint)bits[2]) << 64 | new BigInteger((uint)bits[1]) << 32 | (uint)bits[0];
        return new BigDecimal(value < 0 ? -unscaled : unscaled, value.Scale);
    }

    /// <summary>The one form that the engine holds the number in: an integer where it is one of 64 bits, a double where 15 digits are enough, else text.</summary>
    /// <exception cref="DialectException">22003: more digits before the point than numeric has.</exception>
    public static void Return(ISqlFunctionCall call, BigDecimal value)
    {
        value = value.Checked().Trimmed();
        if (value.Scale == 0 && value.Unscaled >= long.MinValue && value.Unscaled <= long.MaxValue) { call.Return((long)value.Unscaled); return; }
        var text = value.ToString();
        if (text.AsSpan().Trim("-0.").Length is var length && length - (text.AsSpan().Trim("-0.").Contains('.') ? 1 : 0) <= RealDigits
            && double.TryParse(text, CultureInfo.InvariantCulture, out var real) && double.IsNormal(real)) call.Return(real);
        else call.ReturnString(text);
    }

    public static void Return(ISqlFunctionCall call, decimal value)
    {
        if (value == Math.Truncate(value) && value is >= long.MinValue and <= long.MaxValue) call.Return((long)value);
        else Return(call, Of(value));
    }

    public static bool Exceeds(BigDecimal rounded, int precision, int scale) => BigInteger.Abs(rounded.Unscaled) >= BigDecimal.PowerOfTen(Math.Max(0, precision - scale + rounded.Scale));

    public static DialectException Overflow(int precision, int scale) => new("22003", "numeric field overflow", 0, null,
        $"A field with precision {precision}, scale {scale} must round to an absolute value less than {(precision == scale ? "1" : $"10^{precision - scale}")}.");
}

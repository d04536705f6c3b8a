using System.Globalization;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>numeric values in functions, as System.Decimal: 28 digits.</summary>
internal static class Decimals
{
    /// <summary>Null if the value is NaN, infinite or beyond 28 digits.</summary>
    public static decimal? Of(ISqlFunctionCall call, int argument)
    {
        switch (call.Kind(argument))
        {
            case SqlKind.Int64:
                return call.Int64(argument);
            case SqlKind.Double:
                return Math.Abs(call.Double(argument)) < 7e28 ? (decimal)call.Double(argument) : null;
            case SqlKind.Text:
                return decimal.TryParse(call.String(argument), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
            default:
                return null;
        }
    }

    /// <summary>An integer where it is one, else the nearest double: so that results of arithmetic always compare as numbers.</summary>
    public static void Return(ISqlFunctionCall call, decimal value)
    {
        if (value == Math.Truncate(value) && value is >= long.MinValue and <= long.MaxValue) call.Return((long)value);
        else call.Return((double)value);
    }

    public static decimal PowerOfTen(int exponent)
    {
        var power = 1m;
        for (var i = 0; i < Math.Min(exponent, 28); i++) power *= 10;
        for (var i = 0; i > Math.Max(exponent, -28); i--) power /= 10;
        return power;
    }

    public static bool Exceeds(decimal rounded, int precision, int scale) => precision - scale < 28 && Math.Abs(rounded) >= PowerOfTen(precision - scale);

    public static DialectException Overflow(int precision, int scale) => new("22003", "numeric field overflow", 0, null,
        $"A field with precision {precision}, scale {scale} must round to an absolute value less than {(precision == scale ? "1" : $"10^{precision - scale}")}.");

    /// <summary>Half away from zero; a negative scale rounds before the point.</summary>
    public static decimal Round(decimal value, int scale)
    {
        if (scale >= 0) return Math.Round(value, Math.Min(scale, 28), MidpointRounding.AwayFromZero);
        var unit = PowerOfTen(-scale);
        return Math.Round(value / unit, MidpointRounding.AwayFromZero) * unit;
    }

    public static decimal Truncate(decimal value, int scale)
    {
        var unit = PowerOfTen(scale);
        return scale is > 20 or < -20 ? value : Math.Truncate(value * unit) / unit;
    }
}

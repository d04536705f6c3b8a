using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

internal static class NumberFunctions
{
    public static IEnumerable<SqlFunction> All =>
    [
        Call.Strict("pg_power", 2, Power) with { Input = SqlFunctionInput.Elsewhere },
        Call.OfNumber("pg_sqrt", x => x < 0 ? throw new DialectException("2201F", "cannot take square root of a negative number") : Math.Sqrt(x)),
        Call.OfNumber("pg_cbrt", Math.Cbrt) with { Input = SqlFunctionInput.Elsewhere },
        Call.OfNumber("pg_ln", x => x > 0 ? Math.Log(x) : throw new DialectException("2201E", x == 0 ? "cannot take logarithm of zero" : "cannot take logarithm of a negative number")) with { Input = SqlFunctionInput.Elsewhere },
        Call.OfNumber("pg_round_float", x => Math.Round(x, MidpointRounding.ToEven)),
        Call.Strict("pg_round", 1, call => Scale(call, 0, Decimals.Round)),
        Call.Strict("pg_round", 2, call => Scale(call, (int)call.Int64(1), Decimals.Round)),
        Call.Strict("pg_trunc", 1, call => Scale(call, 0, Decimals.Truncate)),
        Call.Strict("pg_trunc", 2, call => Scale(call, (int)call.Int64(1), Decimals.Truncate)),
        Call.Strict("pg_add", 2, call => Exactly(call, decimal.Add, (a, b) => a + b)),
        Call.Strict("pg_subtract", 2, call => Exactly(call, decimal.Subtract, (a, b) => a - b)),
        Call.Strict("pg_multiply", 2, call => Exactly(call, decimal.Multiply, (a, b) => a * b)),
        Call.Strict("pg_scale_text", 2, ScaleText),
        Call.Strict("pg_mod", 2, call => Divide(call, (a, b) => a % b, Math.IEEERemainder)),
        Call.Strict("pg_div", 2, call => Divide(call, (a, b) => Math.Truncate(a / b), (a, b) => Math.Truncate(a / b))),
        new SqlFunction("pg_random", 0, false, call => call.Return((call.NextRandom() >> 11) * (1.0 / (1L << 53)))) { Input = SqlFunctionInput.Chance },
        new SqlFunction("pg_greatest", -1, true, call => Extreme(call, 1)),
        new SqlFunction("pg_least", -1, true, call => Extreme(call, -1)),
    ];

    private static void Power(ISqlFunctionCall call)
    {
        var (x, y) = (call.Number(0), call.Number(1));
        if (x == 0 && y < 0) throw new DialectException("2201F", "zero raised to a negative power is undefined");
        if (x < 0 && y != Math.Floor(y)) throw new DialectException("2201F", "a negative number raised to a non-integer power yields a complex result");
        var power = Math.Pow(x, y);
        if (double.IsInfinity(power) && double.IsFinite(x) && double.IsFinite(y)) throw new DialectException("22003", "value out of range: overflow");
        call.Return(power);
    }

    private static void Scale(ISqlFunctionCall call, int digits, Func<decimal, int, decimal> change)
    {
        if (Decimals.Of(call, 0) is { } value) Decimals.Return(call, change(value, digits));
        else call.ReturnArgument(0);
    }

    /// <summary>In decimals, as numeric is; floating point takes over beyond 28 digits.</summary>
    private static void Exactly(ISqlFunctionCall call, Func<decimal, decimal, decimal> exact, Func<double, double, double> near)
    {
        try
        {
            if (Decimals.Of(call, 0) is { } a && Decimals.Of(call, 1) is { } b) Decimals.Return(call, exact(a, b));
            else call.Return(near(call.Number(0), call.Number(1)));
        }
        catch (OverflowException)
        {
            call.Return(near(call.Number(0), call.Number(1)));
        }
    }

    /// <summary>(value, scale): with that many digits after the point.</summary>
    private static void ScaleText(ISqlFunctionCall call)
    {
        var scale = (int)call.Int64(1);
        if (Decimals.Of(call, 0) is { } value && scale <= 28) call.ReturnString(Decimals.Round(value, scale).ToString("F" + scale, System.Globalization.CultureInfo.InvariantCulture));
        else call.ReturnString(call.String(0));
    }

    private static void Divide(ISqlFunctionCall call, Func<decimal, decimal, decimal> exact, Func<double, double, double> near)
    {
        if (call.Number(1) == 0) throw new DialectException("22012", "division by zero");
        if (Decimals.Of(call, 0) is { } a && Decimals.Of(call, 1) is { } b) Decimals.Return(call, exact(a, b));
        else call.Return(near(call.Number(0), call.Number(1)));
    }

    /// <summary>GREATEST (sign 1) or LEAST (−1), leaving NULLs out.</summary>
    private static void Extreme(ISqlFunctionCall call, int sign)
    {
        var best = -1;
        for (var i = 0; i < call.Count; i++)
            if (!call.IsNull(i) && (best < 0 || Compare(call, i, best) * sign > 0)) best = i;
        if (best < 0) call.ReturnNull();
        else call.ReturnArgument(best);
    }

    private static int Compare(ISqlFunctionCall call, int a, int b)
    {
        var (x, y) = (call.Kind(a), call.Kind(b));
        if (x == SqlKind.Int64 && y == SqlKind.Int64) return call.Int64(a).CompareTo(call.Int64(b));
        if (x is SqlKind.Int64 or SqlKind.Double && y is SqlKind.Int64 or SqlKind.Double) return call.Number(a).CompareTo(call.Number(b));
        return x == SqlKind.Blob ? call.Blob(a).SequenceCompareTo(call.Blob(b)) : call.Text(a).SequenceCompareTo(call.Text(b));
    }
}

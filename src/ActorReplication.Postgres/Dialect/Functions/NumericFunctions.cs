using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>Arithmetic of numeric: exact, as long as the numbers are finite.</summary>
internal static class NumericFunctions
{
    public static IEnumerable<SqlFunction> All =>
    [
        Call.Strict("pg_round", 1, call => Change(call, x => x.Rounded(0))),
        Call.Strict("pg_round", 2, call => Change(call, x => x.Rounded(Digits(call)))),
        Call.Strict("pg_trunc", 1, call => Change(call, x => x.Truncated(0))),
        Call.Strict("pg_trunc", 2, call => Change(call, x => x.Truncated(Digits(call)))),
        Call.Strict("pg_ceil", 1, call => Change(call, x => x.Ceiling())),
        Call.Strict("pg_floor", 1, call => Change(call, x => x.Floor())),
        Call.Strict("pg_abs", 1, call => Change(call, x => x.Sign < 0 ? -x : x)),
        Call.Strict("pg_sign", 1, call => Change(call, x => BigDecimal.Of(x.Sign))),
        Call.Strict("pg_add", 2, call => Sum(call, 1)),
        Call.Strict("pg_subtract", 2, call => Sum(call, -1)),
        Call.Strict("pg_multiply", 2, call => Exactly(call, (a, b) => a * b, (a, b) => a * b)),
        Call.Strict("pg_divide", 2, call => Divide(call, (a, b) => a.DividedBy(b), (a, b) => a / b)),
        Call.Strict("pg_mod", 2, call => Divide(call, (a, b) => a % b, Math.IEEERemainder)),
        Call.Strict("pg_div", 2, call => Divide(call, (a, b) => (a - a % b).DividedBy(b).Rounded(0), (a, b) => Math.Truncate(a / b))),
        Call.Strict("pg_scale_text", 2, ScaleText),
        Call.Strict("pg_numeric_key", 1, call => call.ReturnBlob(NumericKey.Of(call, 0))),
        Call.Strict("pg_numeric_of_key", 1, call => NumericKey.Return(call, call.Blob(0))),
        Call.Strict("pg_numeric_near", 1, NumericPlace.Near),
        Call.Strict("pg_numeric_whole", 2, NumericPlace.Whole),
        Call.Strict("pg_numeric_exact", 1, NumericPlace.Exact),
        new SqlFunction("pg_numeric_greatest", -1, true, call => Extreme(call, 1)),
        new SqlFunction("pg_numeric_least", -1, true, call => Extreme(call, -1)),
    ];

    private static int Digits(ISqlFunctionCall call) => (int)Math.Clamp(call.Int64(1), -2000, 2000);

    private static void Change(ISqlFunctionCall call, Func<BigDecimal, BigDecimal> change)
    {
        if (Decimals.Of(call, 0) is { } value) Decimals.Return(call, change(value));
        else call.ReturnArgument(0);
    }

    private static void Sum(ISqlFunctionCall call, int sign)
    {
        if (Decimals.SmallOf(call, 0) is { } a && Decimals.SmallOf(call, 1) is { } b) Decimals.Return(call, a + sign * b);
        else Exactly(call, (x, y) => sign > 0 ? x + y : x - y, (x, y) => x + sign * y);
    }

    private static void Exactly(ISqlFunctionCall call, Func<BigDecimal, BigDecimal, BigDecimal> exact, Func<double, double, double> special)
    {
        if (Decimals.Of(call, 0) is { } a && Decimals.Of(call, 1) is { } b) Decimals.Return(call, exact(a, b));
        else call.Return(special(call.Number(0), call.Number(1)));
    }

    private static void Divide(ISqlFunctionCall call, Func<BigDecimal, BigDecimal, BigDecimal> exact, Func<double, double, double> special)
    {
        if (call.Number(1) == 0 && Decimals.Of(call, 1) is null or { Sign: 0 }) throw new DialectException("22012", "division by zero");
        Exactly(call, exact, special);
    }

    /// <summary>(value, scale): with that many digits after the point.</summary>
    private static void ScaleText(ISqlFunctionCall call)
    {
        var scale = (int)call.Int64(1);
        if (Decimals.Of(call, 0) is not { } value) { call.ReturnString(call.String(0)); return; }
        var rounded = value.Rounded(scale);
        call.ReturnString(new BigDecimal(rounded.Unscaled * BigDecimal.PowerOfTen(Math.Max(0, scale - rounded.Scale)), Math.Max(scale, rounded.Scale)).ToString());
    }

    /// <summary>GREATEST (sign 1) or LEAST (−1), leaving NULLs out.</summary>
    private static void Extreme(ISqlFunctionCall call, int sign)
    {
        var best = -1;
        byte[] bestKey = [];
        for (var i = 0; i < call.Count; i++)
        {
            if (call.IsNull(i)) continue;
            var key = NumericKey.Of(call, i);
            if (best >= 0 && key.AsSpan().SequenceCompareTo(bestKey) * sign <= 0) continue;
            (best, bestKey) = (i, key);
        }
        if (best < 0) call.ReturnNull();
        else call.ReturnArgument(best);
    }
}

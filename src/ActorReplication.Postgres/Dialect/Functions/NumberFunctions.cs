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

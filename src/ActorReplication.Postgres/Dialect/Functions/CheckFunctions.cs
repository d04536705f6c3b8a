using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>Called where a value breaks a rule, to fail with PostgreSQL's error instead of SQLite's.</summary>
internal static class CheckFunctions
{
    public static IEnumerable<SqlFunction> All =>
    [
        Call.Strict("pg_in_range", 2, InRange),
        Call.Strict("pg_fits", 3, Fits),
        Call.Strict("pg_is_exact", 1, IsExact),
        new SqlFunction("pg_null_violation", 2, false, call =>
            throw new DialectException("23502", $"null value in column \"{call.String(0)}\" of relation \"{call.String(1)}\" violates not-null constraint")),
        new SqlFunction("pg_fail", 2, false, call => throw new DialectException(call.String(0), call.String(1))),
        Call.Strict("pg_divisor", 1, call =>
        {
            if (call.Number(0) == 0) throw new DialectException("22012", "division by zero");
            call.ReturnArgument(0);
        }),
    ];

    /// <summary>(value, type oid): 1, or 22003.</summary>
    private static void InRange(ISqlFunctionCall call)
    {
        var type = new SqlType((uint)call.Int64(1));
        var (least, most) = type == SqlType.Int2 ? (short.MinValue, short.MaxValue) : ((long)int.MinValue, (long)int.MaxValue);
        if (call.Kind(0) is not SqlKind.Int64 || call.Int64(0) < least || call.Int64(0) > most) throw new DialectException("22003", $"{TypeNames.Shown(type)} out of range");
        call.Return(1L);
    }

    /// <summary>A numeric column holds integers and doubles; text is what fits neither.</summary>
    private static void IsExact(ISqlFunctionCall call)
    {
        if (call.Kind(0) == SqlKind.Text && call.String(0) is not ("NaN" or "Infinity" or "-Infinity"))
            throw new DialectException("22003", "numeric value has more than 15 digits", 0, "Such values are not kept exactly here; store them as text or bigint.");
        call.Return(1L);
    }

    /// <summary>(text, length, type oid): 1, or 22001.</summary>
    private static void Fits(ISqlFunctionCall call)
    {
        var length = call.Int64(1);
        if (call.String(0).EnumerateRunes().Count() <= length) { call.Return(1L); return; }
        throw new DialectException("22001", $"value too long for type {TypeNames.Shown((uint)call.Int64(2))}({length})");
    }
}

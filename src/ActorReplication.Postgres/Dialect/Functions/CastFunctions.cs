using System.Text;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Functions;

/// <summary>Conversions between types that SQLite's CAST does otherwise.</summary>
internal static class CastFunctions
{
    public static IEnumerable<SqlFunction> All =>
    [
        Call.Strict("pg_cast", 3, call => CallClock.Run(call, Cast)),
        Call.Strict("pg_numeric", 3, ToScale),
        Call.Strict("pg_jsonb", 1, call => call.ReturnString(JsonbText.Normalise(call.String(0)))),
    ];

    /// <summary>(value, from oid, to oid).</summary>
    private static void Cast(ISqlFunctionCall call)
    {
        var from = new SqlType((uint)call.Int64(1));
        var to = new SqlType((uint)call.Int64(2));
        if (from.IsNumber && to.IsInteger) { ToInteger(call, from, to); return; }
        if (from.IsNumber && to.Oid == PgOid.Float4) { call.Return((double)(float)call.Number(0)); return; }
        if (to.Oid == PgOid.RegType && from.IsString) { call.Return((long)TypeNames.OidOf(call.String(0))); return; }
        if (to.IsString) { call.ReturnString(EngineForm.Write(call.Value(0), from.Oid)); return; }
        if (from.Oid == PgOid.Jsonb) { FromJson(call, to); return; }
        if (from.IsNumber) { call.Return(EngineForm.Read(Encoding.UTF8.GetBytes(EngineForm.Write(call.Value(0), from.Oid)), to.Oid)); return; }
        if (from.IsArray) { call.Return(EngineForm.Read(Encoding.UTF8.GetBytes(EngineForm.Write(call.Value(0), from.Oid)), to.Oid)); return; }
        call.Return(EngineForm.Read(call.Text(0), to.Oid));
    }

    /// <summary>numeric rounds halves away from zero, floating point to even.</summary>
    private static void ToInteger(ISqlFunctionCall call, SqlType from, SqlType to)
    {
        decimal whole;
        if (call.Kind(0) == SqlKind.Int64) whole = call.Int64(0);
        else
        {
            var value = call.Number(0);
            if (!double.IsFinite(value) || Math.Abs(value) > 1e19) throw OutOfRange(to);
            whole = from.IsFloat ? Math.Round((decimal)value, MidpointRounding.ToEven) : (decimal)(Decimals.Of(call, 0) ?? throw OutOfRange(to)).Rounded(0).Unscaled;
        }

        var (least, most) = to.Oid switch { PgOid.Int2 => ((decimal)short.MinValue, (decimal)short.MaxValue), PgOid.Int4 => (int.MinValue, int.MaxValue), _ => (long.MinValue, long.MaxValue) };
        if (whole < least || whole > most) throw OutOfRange(to);
        call.Return((long)whole);
    }

    private static DialectException OutOfRange(SqlType type) => new("22003", $"{TypeNames.Shown(type)} out of range");

    private static void FromJson(ISqlFunctionCall call, SqlType to)
    {
        var text = call.String(0);
        if (text == "null") { call.ReturnNull(); return; }
        var isBool = text is "true" or "false";
        var isNumber = text.Length > 0 && (char.IsAsciiDigit(text[0]) || text[0] == '-');
        if (isBool != (to.Oid == PgOid.Bool) || (!isBool && !isNumber)) throw new DialectException("22023", $"cannot cast jsonb {JsonbText.KindOf(text)} to type {TypeNames.Shown(to)}");
        if (to.IsInteger)
        {
            var whole = Math.Round(decimal.Parse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture), MidpointRounding.AwayFromZero);
            call.Return(EngineForm.Read(Encoding.UTF8.GetBytes(whole.ToString(System.Globalization.CultureInfo.InvariantCulture)), to.Oid));
            return;
        }

        call.Return(EngineForm.Read(Encoding.UTF8.GetBytes(text), to.Oid));
    }

    /// <summary>(value, precision, scale): rounds, and refuses what has too many digits before the point.</summary>
    private static void ToScale(ISqlFunctionCall call)
    {
        var (precision, scale) = ((int)call.Int64(1), (int)call.Int64(2));
        var value = Decimals.Of(call, 0);
        if (value is null) { call.ReturnArgument(0); return; }
        var rounded = value.Value.Rounded(scale);
        if (Decimals.Exceeds(rounded, precision, scale)) throw Decimals.Overflow(precision, scale);
        Decimals.Return(call, rounded);
    }
}

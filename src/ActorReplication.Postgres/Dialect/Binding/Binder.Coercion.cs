using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Turning a value into one of another type.</summary>
internal sealed partial class Binder
{
    /// <summary>Null: PostgreSQL has no such conversion in this context.</summary>
    private Bound? TryCoerce(Bound value, SqlType target, CastContext context)
    {
        if (target.IsUnknown) return value;
        if (value.Type.IsUnknown) return Settle(value, target);
        if (value.Type.Oid == target.Oid) return value;
        return CastRules.Allows(value.Type, target, context) ? Convert(value, target) : null;
    }

    /// <summary>Gives an untyped literal, NULL or parameter its type.</summary>
    private Bound Settle(Bound value, SqlType target)
    {
        if (value.Parameter > 0) return SettleParameter(value, target);
        if (value.IsNull) return value with { Type = target.WithoutModifier };
        if (value.Untyped is null) return value with { Type = target.WithoutModifier };
        return Literal(value.Untyped, target, value.At);
    }

    private Bound SettleAsText(Bound value) => value.Type.IsUnknown ? Settle(value, SqlType.Text) : value;

    /// <summary>A literal in the engine's form of the type; 22P02 and the like if it is none.</summary>
    private Bound Literal(string text, SqlType type, int at)
    {
        if (type.Oid == PgOid.RegClass) return new Bound(ResolveRelation(text, at), type.WithoutModifier, at) { NotNull = true };
        if (type.Oid == PgOid.RegType) return new Bound(ResolveTypeName(text, at), type.WithoutModifier, at) { NotNull = true };
        if (type.Oid == TypeNames.RegNamespace) return new Bound(_catalog.NamespaceOid(text)?.ToString() ?? throw Error("3F000", $"schema \"{text}\" does not exist", at), type, at);
        try
        {
            return new Bound(EngineForm.LiteralSql(text, type), type.WithoutModifier, at) { NotNull = true, Constant = text };
        }
        catch (DialectException wrong)
        {
            throw Error(wrong.SqlState, wrong.Message, at, wrong.Hint, wrong.Detail);
        }
    }

    /// <summary>Between types that have a conversion: see <see cref="CastRules"/>.</summary>
    private static Bound Convert(Bound value, SqlType target)
    {
        var to = target.WithoutModifier;
        return new Bound(ConvertSql(value.Sql, value.Type, to), to, value.At) { NotNull = value.NotNull, Constant = value.Constant, IsNull = value.IsNull };
    }

    private static string ConvertSql(string sql, SqlType from, SqlType to)
    {
        if (sql == "NULL" || from.Oid == to.Oid) return sql;
        if (to.Oid == PgOid.Bpchar && from.IsString) return $"rtrim({sql}, ' ')";
        if (from.IsString && to.IsString) return to.Oid == PgOid.Char ? $"substr({sql}, 1, 1)" : sql;
        if (to.IsString)
            return from.Oid switch
            {
                PgOid.Numeric when from.Modifier >= 0 => $"pg_scale_text({sql}, {from.Scale})",
                PgOid.Bool => $"(CASE {sql} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END)",
                PgOid.Int2 or PgOid.Int4 or PgOid.Int8 or PgOid.Oid or PgOid.Xid => $"CAST({sql} AS TEXT)",
                PgOid.Date or PgOid.Time or PgOid.Timestamp or PgOid.TimestampTz or PgOid.Uuid or PgOid.Json or PgOid.Jsonb or PgOid.Interval or PgOid.PgLsn => sql,
                _ => $"pg_cast({sql}, {from.Oid}, 25)",
            };
        if (from.IsInteger && to.IsInteger) return IntegerWidth(from) <= IntegerWidth(to) ? sql : $"pg_cast({sql}, {from.Oid}, {to.Oid})";
        if (from.IsInteger && to.IsFloat) return $"CAST({sql} AS REAL)";
        if (from.Oid == PgOid.Numeric && to.Oid == PgOid.Float8) return $"CAST({sql} AS REAL)";
        if (from.IsInteger && to.Oid == PgOid.Numeric) return sql;
        if (from.IsFloat && to.Oid == PgOid.Float8) return sql;
        if ((from.IsObjectId || from.IsInteger) && (to.IsObjectId || to.IsInteger)) return sql;
        if (from.Oid == PgOid.Bool && to.IsInteger) return sql;
        if (from.IsInteger && to.Oid == PgOid.Bool) return $"({sql} <> 0)";
        return (from.Oid, to.Oid) switch
        {
            (PgOid.Date, PgOid.Timestamp) => $"({sql} || ' 00:00:00')",
            (PgOid.Date, PgOid.TimestampTz) => $"({sql} || ' 00:00:00+00')",
            (PgOid.Timestamp, PgOid.TimestampTz) => $"({sql} || '+00')",
            (PgOid.TimestampTz, PgOid.Timestamp) => $"substr({sql}, 1, length({sql}) - 3)",
            (PgOid.Timestamp or PgOid.TimestampTz, PgOid.Date) => $"substr({sql}, 1, 10)",
            (PgOid.Timestamp, PgOid.Time) => $"substr({sql}, 12)",
            (PgOid.TimestampTz, PgOid.Time) => $"substr({sql}, 12, length({sql}) - 14)",
            (PgOid.Time, PgOid.Interval) => sql,
            (PgOid.Jsonb, PgOid.Json) => sql,
            _ => $"pg_cast({sql}, {from.Oid}, {to.Oid})",
        };
    }

    private static int IntegerWidth(SqlType type) => type.Oid switch { PgOid.Int2 => 2, PgOid.Int4 => 4, _ => 8 };

    /// <summary>An explicit cast, length and scale included.</summary>
    private Bound Cast(Bound value, SqlType target, int at)
    {
        var converted = TryCoerce(value, target, CastContext.Explicit)
            ?? throw Error("42846", $"cannot cast type {TypeNames.Shown(value.Type)} to {TypeNames.Shown(target)}", at);
        return target.Modifier < 0 || converted.IsNull ? converted with { Type = target, At = value.At } : ApplyModifier(converted, target, CastContext.Explicit);
    }

    private Bound ApplyModifier(Bound value, SqlType type, CastContext context)
    {
        if (type.Oid == PgOid.Numeric && value.Constant is { } text && Functions.BigDecimal.TryParse(text, out var number))
        {
            var rounded = number.Rounded(type.Scale);
            if (Functions.Decimals.Exceeds(rounded, type.Precision, type.Scale)) throw Functions.Decimals.Overflow(type.Precision, type.Scale);
            return Literal(rounded.ToString(), SqlType.Numeric, value.At) with { Type = type };
        }

        var sql = (type.Oid, context) switch
        {
            (PgOid.Varchar, CastContext.Explicit) => $"substr({value.Sql}, 1, {type.Length})",
            (PgOid.Bpchar, CastContext.Explicit) => $"rtrim(substr({value.Sql}, 1, {type.Length}), ' ')",
            (PgOid.Numeric, _) => $"pg_numeric({value.Sql}, {type.Precision}, {type.Scale})",
            (PgOid.Timestamp or PgOid.TimestampTz or PgOid.Time, _) when type.Modifier < 6 => $"pg_round_time({value.Sql}, {type.Oid}, {type.Modifier})",
            _ => value.Sql,
        };
        return new Bound(sql, type, value.At) { NotNull = value.NotNull };
    }

    /// <summary>What a column stores of a value. Lengths and ranges are the column's CHECK constraints.</summary>
    private Bound Assign(Bound value, string column, SqlType type)
    {
        var converted = TryCoerce(value, type, CastContext.Assignment)
            ?? throw Error("42804", $"column \"{column}\" is of type {TypeNames.Shown(type)} but expression is of type {TypeNames.Shown(value.Type)}", value.At,
                "You will need to rewrite or cast the expression.");
        return type.Modifier < 0 || converted.IsNull || value.Type == type ? converted : ApplyModifier(converted, type, CastContext.Assignment);
    }

    private Bound RequireBool(Bound value, string clause)
    {
        return TryCoerce(value, SqlType.Bool, CastContext.Implicit)
            ?? throw Error("42804", $"argument of {clause} must be type boolean, not type {TypeNames.Shown(value.Type)}", value.At);
    }

    /// <summary>Brings values to their common type; null if there is none (and <paramref name="mismatch"/> is the pair).</summary>
    private List<Bound>? Unify(IReadOnlyList<Bound> values, out (SqlType Left, SqlType Right, int At) mismatch)
    {
        mismatch = default;
        var common = SqlType.Unknown;
        foreach (var value in values)
        {
            if (CastRules.Common(common, value.Type) is not { } next)
            {
                mismatch = (common, value.Type, value.At);
                return null;
            }

            common = next;
        }

        if (common.IsUnknown) common = SqlType.Text;
        return values.Select(v => TryCoerce(v, common, CastContext.Implicit)! with { Type = common }).ToList();
    }
}

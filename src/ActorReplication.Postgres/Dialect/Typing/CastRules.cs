using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Typing;

internal enum CastContext : byte { Implicit, Assignment, Explicit }

/// <summary>Which types turn into which, and when (pg_cast, for the types there are here), and the common type of several.</summary>
internal static class CastRules
{
    public static bool Allows(SqlType from, SqlType to, CastContext context)
    {
        if (from.Oid == to.Oid || from.IsUnknown) return true;
        return context >= Needed(from, to);
    }

    private const CastContext Never = (CastContext)9;

    private static CastContext Needed(SqlType from, SqlType to)
    {
        if (from.IsNumber && to.IsNumber) return Rank(from) < Rank(to) ? CastContext.Implicit : CastContext.Assignment;
        if (from.IsString && to.IsString) return to.Oid == PgOid.Char ? CastContext.Assignment : CastContext.Implicit;
        if (from.IsDateTime && to.IsDateTime) return DateRank(from) < DateRank(to) ? CastContext.Implicit : CastContext.Assignment;
        if (from.IsInteger && to.IsObjectId) return CastContext.Implicit;
        if (from.IsObjectId && to.IsObjectId) return CastContext.Implicit;
        if (from.IsObjectId && to.IsInteger) return CastContext.Assignment;
        if (from.IsJson && to.IsJson) return CastContext.Assignment;
        if (from.IsString && to.Oid == PgOid.RegClass) return CastContext.Implicit;
        return (from.Oid, to.Oid) switch
        {
            (PgOid.Bool, PgOid.Int4) or (PgOid.Int4, PgOid.Bool) => CastContext.Explicit,
            (PgOid.Timestamp or PgOid.TimestampTz, PgOid.Time or PgOid.TimeTz) => CastContext.Assignment,
            (PgOid.Time, PgOid.Interval) => CastContext.Implicit,
            (PgOid.Interval, PgOid.Time) or (PgOid.TimeTz, PgOid.Time) or (PgOid.Time, PgOid.TimeTz) => CastContext.Assignment,
            (PgOid.Jsonb, PgOid.Bool) => CastContext.Explicit,
            (PgOid.Jsonb, _) when to.IsNumber => CastContext.Explicit,
            (_, _) when to.IsString => CastContext.Assignment,
            (_, _) when from.IsString => CastContext.Explicit,
            (_, _) when from.IsArray && to.IsArray => Needed(from.Element, to.Element),
            _ => Never,
        };
    }

    /// <summary>Numbers from the narrowest: the wider of two is their common type.</summary>
    private static int Rank(SqlType type) => type.Oid switch { PgOid.Int2 => 1, PgOid.Int4 => 2, PgOid.Int8 => 3, PgOid.Numeric => 4, PgOid.Float4 => 5, _ => 6 };

    private static int DateRank(SqlType type) => type.Oid switch { PgOid.Date => 1, PgOid.Timestamp => 2, _ => 3 };

    /// <summary>Null: the two have none.</summary>
    public static SqlType? Common(SqlType left, SqlType right)
    {
        if (left == right) return left;
        if (left.Oid == right.Oid) return left.WithoutModifier;
        if (left.IsUnknown) return right;
        if (right.IsUnknown) return left;
        if (left.IsNumber && right.IsNumber) return (Rank(left) >= Rank(right) ? left : right).WithoutModifier;
        if (left.IsString && right.IsString) return SqlType.Text;
        if (left.IsDateTime && right.IsDateTime) return (DateRank(left) >= DateRank(right) ? left : right).WithoutModifier;
        if (left.IsObjectId && (right.IsInteger || right.IsObjectId)) return new SqlType(PgOid.Oid);
        if (right.IsObjectId && left.IsInteger) return new SqlType(PgOid.Oid);
        return null;
    }

    public static SqlType Wider(SqlType left, SqlType right) => Rank(left) >= Rank(right) ? left.WithoutModifier : right.WithoutModifier;
}

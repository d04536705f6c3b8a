using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Typing;

/// <summary>A PostgreSQL type as an expression has it. <paramref name="Modifier"/> is PostgreSQL's atttypmod, −1 = none.</summary>
internal readonly record struct SqlType(uint Oid, int Modifier = -1)
{
    public static readonly SqlType Unknown = new(PgOid.Unknown);
    public static readonly SqlType Bool = new(PgOid.Bool);
    public static readonly SqlType Int2 = new(PgOid.Int2);
    public static readonly SqlType Int4 = new(PgOid.Int4);
    public static readonly SqlType Int8 = new(PgOid.Int8);
    public static readonly SqlType Text = new(PgOid.Text);
    public static readonly SqlType Numeric = new(PgOid.Numeric);
    public static readonly SqlType Float8 = new(PgOid.Float8);
    public static readonly SqlType Timestamp = new(PgOid.Timestamp);
    public static readonly SqlType TimestampTz = new(PgOid.TimestampTz);
    public static readonly SqlType Date = new(PgOid.Date);
    public static readonly SqlType Interval = new(PgOid.Interval);

    public bool IsUnknown => Oid == PgOid.Unknown;
    public bool IsInteger => Oid is PgOid.Int2 or PgOid.Int4 or PgOid.Int8;
    public bool IsFloat => Oid is PgOid.Float4 or PgOid.Float8;
    public bool IsNumber => IsInteger || IsFloat || Oid == PgOid.Numeric;
    public bool IsString => Oid is PgOid.Text or PgOid.Varchar or PgOid.Bpchar or PgOid.Name or PgOid.Char;
    public bool IsDateTime => Oid is PgOid.Date or PgOid.Timestamp or PgOid.TimestampTz;
    public bool IsJson => Oid is PgOid.Json or PgOid.Jsonb;
    public bool IsObjectId => Oid is PgOid.Oid or PgOid.RegClass or PgOid.RegType or PgOid.RegProc or PgOid.Xid or TypeNames.RegNamespace;
    public bool IsArray => TypeNames.ElementOf(Oid) != 0;
    public SqlType Element => new(TypeNames.ElementOf(Oid));
    public SqlType WithoutModifier => new(Oid);

    /// <summary>numeric(p,s).</summary>
    public static int NumericModifier(int precision, int scale) => ((precision << 16) | (scale & 0x7ff)) + 4;

    /// <summary>A result whose digits after the point are known, without a limit before it.</summary>
    public static SqlType NumericOfScale(int scale) => new(PgOid.Numeric, NumericModifier(1000, Math.Min(scale, 1000)));
    public static int LengthModifier(int length) => length + 4;

    public int Length => Modifier - 4;
    public int Precision => (Modifier - 4) >> 16;
    public int Scale => (Modifier - 4) & 0x7ff;
}

namespace ActorReplication.Postgres.Types;

/// <summary>OIDs of PostgreSQL's built-in types (pg_type.dat); fixed numbers that drivers have compiled in.</summary>
public static class PgOid
{
    public const uint Unspecified = 0;

    /// <summary>A type's name as format_type() writes it ("integer", "text[]").</summary>
    public static string NameOf(uint oid) => PgTypes.Find(oid).Name;

    public const uint Bool = 16, Bytea = 17, Char = 18, Name = 19, Int8 = 20, Int2 = 21, Int4 = 23, RegProc = 24, Text = 25, Oid = 26, Xid = 28;
    public const uint Json = 114, Float4 = 700, Float8 = 701, Unknown = 705, Money = 790, Bpchar = 1042, Varchar = 1043;
    public const uint Date = 1082, Time = 1083, Timestamp = 1114, TimestampTz = 1184, Interval = 1186, TimeTz = 1266, Numeric = 1700;
    public const uint Void = 2278, Uuid = 2950, Jsonb = 3802, PgLsn = 3220, RegClass = 2205, RegType = 2206;
    public const uint BoolArray = 1000, ByteaArray = 1001, NameArray = 1003, Int2Array = 1005, Int4Array = 1007, TextArray = 1009, BpcharArray = 1014, VarcharArray = 1015, Int8Array = 1016;
    public const uint Float4Array = 1021, Float8Array = 1022, OidArray = 1028, TimestampArray = 1115, DateArray = 1182, TimeArray = 1183, TimestampTzArray = 1185, NumericArray = 1231, UuidArray = 2951, JsonArray = 199, JsonbArray = 3807;
}

using System.Collections.Frozen;

namespace ActorReplication.Postgres.Types;

/// <summary>All types that clients can be given or can send. A type that is not here is treated as text.</summary>
internal static class PgTypes
{
    public static readonly PgType Text = new TextType(PgOid.Text, "text");

    private static readonly FrozenDictionary<uint, PgType> ByOid = Build().ToFrozenDictionary(type => type.Oid);

    private static readonly FrozenDictionary<string, uint> ByName = Names().ToFrozenDictionary(pair => pair.Name, pair => pair.Oid, StringComparer.OrdinalIgnoreCase);

    public static PgType Find(uint oid) => ByOid.TryGetValue(oid, out var type) ? type : Text;

    public static bool IsKnown(uint oid) => ByOid.ContainsKey(oid);

    /// <summary>OID of a type by one of its names (<c>int</c>, <c>int4</c>, <c>integer</c>, <c>text[]</c>; a length in parentheses is ignored); 0 if there is none.</summary>
    public static uint OidOf(string name)
    {
        var trimmed = name.Trim();
        var isArray = trimmed.EndsWith("[]", StringComparison.Ordinal);
        if (isArray) trimmed = trimmed[..^2].TrimEnd();
        if (trimmed.StartsWith("pg_catalog.", StringComparison.OrdinalIgnoreCase)) trimmed = trimmed["pg_catalog.".Length..];
        var open = trimmed.IndexOf('(');
        if (open > 0 && trimmed.IndexOf(')') is var close && close > open) trimmed = (trimmed[..open].TrimEnd() + trimmed[(close + 1)..]).Trim();
        if (!ByName.TryGetValue(trimmed, out var oid)) return 0;
        return isArray ? ArrayOf(oid) : oid;
    }

    /// <summary>OID of the array type with these elements, 0 if there is none.</summary>
    public static uint ArrayOf(uint element)
    {
        foreach (var type in ByOid.Values)
            if (type is ArrayType array && array.Element.Oid == element) return array.Oid;
        return 0;
    }

    private static List<PgType> Build()
    {
        PgType boolean = new BoolType(), bytea = new ByteaType(), name = new TextType(PgOid.Name, "name", 64), bpchar = new BpcharType(), varchar = new TextType(PgOid.Varchar, "character varying");
        PgType int2 = new IntegerType(PgOid.Int2, "smallint", 2, short.MinValue, short.MaxValue), int4 = new IntegerType(PgOid.Int4, "integer", 4, int.MinValue, int.MaxValue);
        PgType int8 = new IntegerType(PgOid.Int8, "bigint", 8, long.MinValue, long.MaxValue), oid = new IntegerType(PgOid.Oid, "oid", 4, 0, uint.MaxValue);
        PgType float4 = new Float4Type(), float8 = new Float8Type(), numeric = new NumericType(), uuid = new UuidType();
        PgType json = new JsonType(PgOid.Json, "json", versioned: false), jsonb = new JsonType(PgOid.Jsonb, "jsonb", versioned: true);
        PgType date = new DateType(), time = new TimeType(), timetz = new TimeTzType(), interval = new IntervalType();
        PgType timestamp = new TimestampType(PgOid.Timestamp, "timestamp without time zone", zoned: false), timestamptz = new TimestampType(PgOid.TimestampTz, "timestamp with time zone", zoned: true);
        PgType character = new CharType();
        return
        [
            boolean, bytea, character, name, int8, int2, int4, Text, oid, json, float4, float8, bpchar, varchar, date, time, timestamp, timestamptz, interval, timetz, numeric, uuid, jsonb,
            new IntegerType(PgOid.Xid, "xid", 4, 0, uint.MaxValue), new IntegerType(29, "cid", 4, 0, uint.MaxValue), new IntegerType(5069, "xid8", 8, 0, long.MaxValue),
            new ObjectNameType(PgOid.RegProc, "regproc"), new ObjectNameType(PgOid.RegClass, "regclass"), new ObjectNameType(PgOid.RegType, "regtype"), new ObjectNameType(4089, "regnamespace"),
            new TextType(PgOid.Unknown, "unknown", -2), new TextType(PgOid.Void, "void", 4), new LsnType(), new TextType(PgOid.Money, "money"), new TextType(2275, "cstring", -2),
            new ArrayType(PgOid.BoolArray, boolean), new ArrayType(PgOid.ByteaArray, bytea), new ArrayType(1002, character), new ArrayType(PgOid.NameArray, name),
            new ArrayType(PgOid.Int2Array, int2), new ArrayType(PgOid.Int4Array, int4), new ArrayType(PgOid.Int8Array, int8), new ArrayType(PgOid.TextArray, Text),
            new ArrayType(PgOid.BpcharArray, bpchar), new ArrayType(PgOid.VarcharArray, varchar), new ArrayType(PgOid.Float4Array, float4), new ArrayType(PgOid.Float8Array, float8),
            new ArrayType(PgOid.OidArray, oid), new ArrayType(PgOid.TimestampArray, timestamp), new ArrayType(PgOid.DateArray, date), new ArrayType(PgOid.TimeArray, time),
            new ArrayType(PgOid.TimestampTzArray, timestamptz), new ArrayType(1187, interval), new ArrayType(1270, timetz), new ArrayType(PgOid.NumericArray, numeric),
            new ArrayType(PgOid.UuidArray, uuid), new ArrayType(PgOid.JsonArray, json), new ArrayType(PgOid.JsonbArray, jsonb),
        ];
    }

    private static IEnumerable<(string Name, uint Oid)> Names()
    {
        foreach (var type in ByOid.Values)
            if (type is not ArrayType) yield return (type.Name, type.Oid);
        yield return ("bool", PgOid.Bool);
        yield return ("int2", PgOid.Int2);
        yield return ("int4", PgOid.Int4);
        yield return ("int", PgOid.Int4);
        yield return ("int8", PgOid.Int8);
        yield return ("float4", PgOid.Float4);
        yield return ("float8", PgOid.Float8);
        yield return ("float", PgOid.Float8);
        yield return ("decimal", PgOid.Numeric);
        yield return ("varchar", PgOid.Varchar);
        yield return ("char", PgOid.Bpchar);
        yield return ("bpchar", PgOid.Bpchar);
        yield return ("timestamp", PgOid.Timestamp);
        yield return ("timestamptz", PgOid.TimestampTz);
        yield return ("time without time zone", PgOid.Time);
        yield return ("timetz", PgOid.TimeTz);
    }
}

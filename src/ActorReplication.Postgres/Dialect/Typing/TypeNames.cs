using System.Collections.Frozen;
using System.Globalization;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Typing;

/// <summary>Names of the types that the dialect knows: as written in SQL, as PostgreSQL shows them, and as SQLite columns declare them.</summary>
internal static class TypeNames
{
    public const uint RegNamespace = 4089;
    public const uint Regprocedure = 2202, Regoper = 2203, Inet = 869, Record = 2249, AnyArray = 2277, Int2Vector = 22, OidVector = 30;

    /// <param name="Internal">typname.</param>
    /// <param name="Shown">As in error messages and format_type().</param>
    /// <param name="Declared">In SQLite's schema: the words decide the affinity (none of them holds INT unless it is meant).</param>
    private sealed record Entry(uint Oid, string Internal, string Shown, string Declared, uint Array);

    private static readonly Entry[] Entries =
    [
        new(PgOid.Bool, "bool", "boolean", "boolean", PgOid.BoolArray),
        new(PgOid.Int2, "int2", "smallint", "smallint", PgOid.Int2Array),
        new(PgOid.Int4, "int4", "integer", "int", PgOid.Int4Array),
        new(PgOid.Int8, "int8", "bigint", "bigint", PgOid.Int8Array),
        new(PgOid.Float4, "float4", "real", "real", PgOid.Float4Array),
        new(PgOid.Float8, "float8", "double precision", "double precision", PgOid.Float8Array),
        new(PgOid.Numeric, "numeric", "numeric", "numeric blob", PgOid.NumericArray),
        new(PgOid.Text, "text", "text", "text", PgOid.TextArray),
        new(PgOid.Varchar, "varchar", "character varying", "varchar", PgOid.VarcharArray),
        new(PgOid.Bpchar, "bpchar", "character", "character", PgOid.BpcharArray),
        new(PgOid.Name, "name", "name", "name text", PgOid.NameArray),
        new(PgOid.Char, "\"char\"", "\"char\"", "letter text", 1002),
        new(PgOid.Bytea, "bytea", "bytea", "bytea blob", PgOid.ByteaArray),
        new(PgOid.Uuid, "uuid", "uuid", "uuid text", PgOid.UuidArray),
        new(PgOid.Json, "json", "json", "json text", PgOid.JsonArray),
        new(PgOid.Jsonb, "jsonb", "jsonb", "jsonb text", PgOid.JsonbArray),
        new(PgOid.Date, "date", "date", "date text", PgOid.DateArray),
        new(PgOid.Time, "time", "time without time zone", "time text", PgOid.TimeArray),
        new(PgOid.TimeTz, "timetz", "time with time zone", "timetz text", 1270),
        new(PgOid.Timestamp, "timestamp", "timestamp without time zone", "timestamp text", PgOid.TimestampArray),
        new(PgOid.TimestampTz, "timestamptz", "timestamp with time zone", "timestamptz text", PgOid.TimestampTzArray),
        new(PgOid.Interval, "interval", "interval", "timespan text", 1187),
        new(PgOid.Oid, "oid", "oid", "oid integer", PgOid.OidArray),
        new(PgOid.Xid, "xid", "xid", "xid integer", 1011),
        new(PgOid.RegClass, "regclass", "regclass", "regclass integer", 2210),
        new(PgOid.RegType, "regtype", "regtype", "regtype integer", 2211),
        new(PgOid.RegProc, "regproc", "regproc", "regproc integer", 1008),
        new(RegNamespace, "regnamespace", "regnamespace", "regnamespace integer", 4090),
        new(PgOid.PgLsn, "pg_lsn", "pg_lsn", "lsn text", 3221),
        new(PgOid.Unknown, "unknown", "unknown", "text", 0),
        new(PgOid.Void, "void", "void", "text", 0),
        new(Int2Vector, "int2vector", "int2vector", "vector text", 0),
        new(OidVector, "oidvector", "oidvector", "vector text", 0),
    ];

    private static readonly FrozenDictionary<uint, Entry> ByOid = Entries.ToFrozenDictionary(e => e.Oid);
    private static readonly FrozenDictionary<string, Entry> ByName = Entries.Where(e => e.Oid is not (PgOid.Unknown or PgOid.Void)).ToFrozenDictionary(e => e.Internal);
    private static readonly FrozenDictionary<string, uint> ByDeclared = Entries.Where(e => e.Declared != "text" || e.Oid == PgOid.Text).DistinctBy(e => e.Declared).ToFrozenDictionary(e => e.Declared, e => e.Oid);
    private static readonly FrozenDictionary<uint, uint> Elements = Entries.Where(e => e.Array != 0).ToFrozenDictionary(e => e.Array, e => e.Oid);

    private static readonly FrozenDictionary<string, string> Aliases = new Dictionary<string, string>
    {
        ["boolean"] = "bool", ["smallint"] = "int2", ["integer"] = "int4", ["int"] = "int4", ["bigint"] = "int8", ["real"] = "float4", ["decimal"] = "numeric",
        ["dec"] = "numeric", ["string"] = "text", ["blob"] = "bytea", ["citext"] = "text",
    }.ToFrozenDictionary();

    /// <summary>Of a name as regtype takes it: with a schema, quoted, or as format_type() shows it. 42704 if there is none.</summary>
    public static uint OidOf(string text)
    {
        if (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return number;
        var plain = text.Replace("\"", "", StringComparison.Ordinal);
        if (plain.StartsWith("pg_catalog.", StringComparison.Ordinal)) plain = plain["pg_catalog.".Length..];
        var oid = PgTypes.OidOf(plain);
        return oid == 0 ? throw new DialectException("42704", $"type \"{text}\" does not exist") : oid;
    }

    public static uint ElementOf(uint array) => Elements.GetValueOrDefault(array);
    public static uint ArrayOf(uint element) => ByOid.TryGetValue(element, out var entry) ? entry.Array : 0;
    public static string Internal(uint oid) => ElementOf(oid) is var element and not 0 ? "_" + Internal(element) : ByOid.TryGetValue(oid, out var entry) ? entry.Internal.Trim('"') : "text";
    public static string Shown(uint oid) => ElementOf(oid) is var element and not 0 ? Shown(element) + "[]" : ByOid.TryGetValue(oid, out var entry) ? entry.Shown : oid == Record ? "record" : "???";
    public static string Shown(SqlType type) => Shown(type.Oid);

    /// <summary>As format_type() shows it.</summary>
    public static string Shown(uint oid, int modifier)
    {
        if (modifier < 0) return Shown(oid);
        var type = new SqlType(oid, modifier);
        return oid switch
        {
            PgOid.Varchar or PgOid.Bpchar => $"{Shown(oid)}({type.Length})",
            PgOid.Numeric => $"numeric({type.Precision},{type.Scale})",
            PgOid.Timestamp => $"timestamp({modifier}) without time zone",
            PgOid.TimestampTz => $"timestamp({modifier}) with time zone",
            PgOid.Time => $"time({modifier}) without time zone",
            _ => Shown(oid),
        };
    }

    /// <summary>Null if there is no such type.</summary>
    public static SqlType? Resolve(TypeName name)
    {
        var array = name.ArrayDimensions > 0;
        var word = name.Name;
        if (word.StartsWith('_') && !array) { word = word[1..]; array = true; }
        if (!ByName.TryGetValue(Aliases.GetValueOrDefault(word, word), out var entry)) return null;
        if (array) return entry.Array == 0 ? null : new SqlType(entry.Array);
        return new SqlType(entry.Oid, Modifier(entry.Oid, name.Modifiers));
    }

    private static int Modifier(uint oid, IReadOnlyList<int> given) => (oid, given) switch
    {
        (_, []) => -1,
        (PgOid.Varchar or PgOid.Bpchar, [var length]) => SqlType.LengthModifier(length),
        (PgOid.Numeric, [var precision]) => SqlType.NumericModifier(precision, 0),
        (PgOid.Numeric, [var precision, var scale]) => SqlType.NumericModifier(precision, scale),
        (PgOid.Timestamp or PgOid.TimestampTz or PgOid.Time or PgOid.TimeTz, [var digits]) => Math.Min(digits, 6),
        _ => -1,
    };

    /// <summary>The type as a SQLite column declares it, affinity included.</summary>
    public static string Declared(SqlType type)
    {
        if (ElementOf(type.Oid) is var element and not 0)
            return ByOid[element].Declared.Replace("int", "i", StringComparison.Ordinal).Replace(" text", "", StringComparison.Ordinal).Replace(" blob", "", StringComparison.Ordinal) + " array text";
        var words = ByOid.TryGetValue(type.Oid, out var entry) ? entry.Declared : "text";
        if (type.Modifier < 0) return words;
        return type.Oid switch
        {
            PgOid.Varchar or PgOid.Bpchar => $"{words}({type.Length})",
            PgOid.Numeric => $"{words}({type.Precision},{type.Scale})",
            PgOid.Timestamp or PgOid.TimestampTz or PgOid.Time or PgOid.TimeTz => $"{words}({type.Modifier})",
            _ => words,
        };
    }

    private static readonly FrozenDictionary<string, uint> ByDeclaredArray = Entries.Where(e => e.Array != 0).ToFrozenDictionary(e => Declared(new SqlType(e.Array)), e => e.Array);

    /// <summary>The type that a declaration of ours stands for; for a foreign one, what its affinity comes nearest to.</summary>
    public static SqlType FromDeclared(string? declared)
    {
        if (string.IsNullOrEmpty(declared)) return SqlType.Text;
        var open = declared.IndexOf('(');
        var words = (open < 0 ? declared : declared[..open]).Trim().ToLowerInvariant();
        var numbers = open < 0 ? [] : declared[(open + 1)..].TrimEnd(' ', ')').Split(',').Select(n => int.TryParse(n, out var value) ? value : -1).ToArray();
        if (words is "serial" or "bigserial" or "smallserial") return words == "serial" ? SqlType.Int4 : words == "bigserial" ? SqlType.Int8 : SqlType.Int2;
        if (ByDeclaredArray.TryGetValue(words, out var array)) return new SqlType(array);
        if (ByDeclared.TryGetValue(words, out var oid)) return new SqlType(oid, Modifier(oid, numbers));
        if (ByName.TryGetValue(Aliases.GetValueOrDefault(words, words), out var entry)) return new SqlType(entry.Oid, Modifier(entry.Oid, numbers));
        if (words.Contains("int")) return SqlType.Int8;
        if (words.Contains("char") || words.Contains("clob") || words.Contains("text")) return SqlType.Text;
        if (words.Contains("blob")) return new SqlType(PgOid.Bytea);
        if (words.Contains("real") || words.Contains("floa") || words.Contains("doub")) return SqlType.Float8;
        return SqlType.Text;
    }
}

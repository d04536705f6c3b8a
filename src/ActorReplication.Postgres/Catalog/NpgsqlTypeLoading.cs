using System.Globalization;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Catalog;

/// <summary>Npgsql asks for all types when a data source connects first, in one query of four statements. Three of them are known by the columns they
/// select and answered with fixed rows: there are no types here but the standard ones.</summary>
internal static class NpgsqlTypeLoading
{
    public static CannedResult? Find(string statement)
    {
        if (statement.Length < 100) return null;
        if (statement.Contains("ns.nspname, t.oid, t.typname, t.typtype, t.typnotnull, t.elemtypoid", StringComparison.Ordinal)) return Types;
        if (statement.Contains("typ.oid, att.attname, att.atttypid", StringComparison.Ordinal)) return Fields;
        return statement.Contains("typ.oid, enumlabel", StringComparison.Ordinal) ? Labels : null;
    }

    private static readonly CannedResult Types = new(
        [
            new ResultColumn("nspname", PgOid.Name), new ResultColumn("oid", PgOid.Oid), new ResultColumn("typname", PgOid.Name), new ResultColumn("typtype", PgOid.Char),
            new ResultColumn("typnotnull", PgOid.Bool), new ResultColumn("elemtypoid", PgOid.Oid),
        ],
        // Npgsql wants element types before their arrays.
        StandardTypes.All.OrderBy(t => t.Receive == "array_recv" ? 1 : 0).ThenBy(t => t.Oid).Select(Row).ToList());

    private static readonly CannedResult Fields = new([new ResultColumn("oid", PgOid.Oid), new ResultColumn("attname", PgOid.Name), new ResultColumn("atttypid", PgOid.Oid)], []);

    private static readonly CannedResult Labels = new([new ResultColumn("oid", PgOid.Oid), new ResultColumn("enumlabel", PgOid.Name)], []);

    private static string?[] Row(StandardTypes.Row type)
    {
        var isArray = type.Receive == "array_recv";
        return
        [
            "pg_catalog", type.Oid.ToString(CultureInfo.InvariantCulture), type.Name, isArray ? "a" : type.Kind, "f",
            isArray ? type.Element.ToString(CultureInfo.InvariantCulture) : null,
        ];
    }
}

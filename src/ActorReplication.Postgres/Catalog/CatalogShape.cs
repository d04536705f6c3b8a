using System.Globalization;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Postgres.Catalog;

/// <summary>A system table: its columns, and how its rows follow from a schema.</summary>
/// <param name="IsLive">Its rows change without the schema: filled for each statement.</param>
internal sealed record CatalogShape(string Schema, string Name, uint Oid, IReadOnlyList<CatalogColumn> Columns, Func<ISchemaView, IEnumerable<object?[]>> Rows, bool IsLive = false)
{
    public CatalogTable Table(ISchemaView view) => new(
        Schema,
        Name,
        Columns.Select(c => $"\"{c.Name}\" {TypeNames.Declared(c.Type)}").ToList(),
        IsLive || view.Version < 0 ? null : view.Version.ToString(CultureInfo.InvariantCulture),
        () => Rows(view));

    /// <param name="columns">"name type, name type …"</param>
    public static IReadOnlyList<CatalogColumn> Parse(string columns) =>
        columns.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(c => c.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
            .Select(c => new CatalogColumn(c[0], TypeOf(c[1])))
            .ToList();

    private static SqlType TypeOf(string name) => name switch
    {
        "int2vector" => new SqlType(TypeNames.Int2Vector),
        "oidvector" => new SqlType(TypeNames.OidVector),
        "char" => new SqlType(Types.PgOid.Char),
        _ => FunctionSpec.TypeOf(name),
    };
}

internal sealed record CatalogColumn(string Name, SqlType Type);

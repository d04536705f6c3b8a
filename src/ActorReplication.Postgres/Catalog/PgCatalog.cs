using System.Collections.Frozen;
using ActorReplication.Postgres.Dialect;

namespace ActorReplication.Postgres.Catalog;

/// <summary>The system tables there are, by name.</summary>
internal sealed class PgCatalog
{
    public const string CatalogSchema = "pg_catalog", InformationSchema = "information_schema";
    public const uint CatalogNamespace = 11, PublicNamespace = 2200, InformationNamespace = 13000, OwnerRole = 10, DatabaseOid = 16383;

    private readonly FrozenDictionary<string, CatalogShape> _shapes;

    public PgCatalog(ICatalogSource source)
    {
        NodeState = NodeCatalogs.State(source);
        IEnumerable<CatalogShape> all =
        [
            NodeState, .. NodeCatalogs.All(source), .. RelationCatalogs.All(), .. TypeCatalogs.All(), .. EmptyCatalogs.All(), .. InformationCatalogs.All(source.Database),
        ];
        _shapes = all.ToFrozenDictionary(s => $"{s.Schema}.{s.Name}");
    }

    /// <summary>One row: whether the node is a follower, and where it stands in the log. Behind pg_is_in_recovery() and its relatives.</summary>
    public CatalogShape NodeState { get; }

    public IEnumerable<CatalogShape> Shapes => _shapes.Values.OrderBy(s => s.Name, StringComparer.Ordinal);

    /// <param name="schema">Null: pg_catalog, which is always searched first.</param>
    public CatalogShape? Find(string? schema, string name) => _shapes.GetValueOrDefault($"{schema ?? CatalogSchema}.{name}");

    public uint? NamespaceOid(string name) => name switch
    {
        CatalogSchema => CatalogNamespace,
        "public" => PublicNamespace,
        InformationSchema => InformationNamespace,
        _ => null,
    };

    /// <summary>Shapes of pg_catalog are known by numbers below those of tables.</summary>
    public static uint CatalogOid(string name) => name switch
    {
        "pg_type" => 1247, "pg_attribute" => 1249, "pg_proc" => 1255, "pg_class" => 1259, "pg_namespace" => 2615, "pg_index" => 2610, "pg_constraint" => 2606, "pg_database" => 1262,
        _ => 12000 + (uint)(name.Aggregate(17u, (hash, c) => hash * 31 + c) % 900),
    };
}

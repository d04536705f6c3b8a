namespace ActorReplication.Postgres.Catalog;

/// <summary>Fixed tables: types, namespaces, access methods, the receive functions that drivers look for.</summary>
internal static class TypeCatalogs
{
    public static IEnumerable<CatalogShape> All()
    {
        yield return Shape("pg_type", """
            oid oid, typname name, typnamespace oid, typowner oid, typlen int2, typbyval bool, typtype char, typcategory char, typispreferred bool, typisdefined bool, typdelim char,
            typrelid oid, typsubscript regproc, typelem oid, typarray oid, typinput regproc, typoutput regproc, typreceive regproc, typsend regproc, typmodin regproc, typmodout regproc,
            typanalyze regproc, typalign char, typstorage char, typnotnull bool, typbasetype oid, typtypmod int4, typndims int4, typcollation oid, typdefaultbin text, typdefault text,
            typacl text[]
            """, StandardTypes.All.Select(t => new object?[]
        {
            (long)t.Oid, t.Name, 11L, 10L, (long)t.Length, t.ByValue ? 1L : 0L, t.Kind, t.Category, 0L, 1L, ",", 0L, 0L, (long)t.Element, (long)t.Array,
            Procedure(t.Input), 0L, Procedure(t.Receive), 0L, 0L, 0L, 0L, "i", "p", 0L, 0L, -1L, 0L, t.Category == "S" ? 100L : 0L, null, null, null,
        }).ToList());
        yield return Shape("pg_proc", "oid oid, proname name, pronamespace oid, proowner oid, prolang oid, prokind char, proretset bool, prorettype oid, proargtypes oidvector, pronargs int2, prosrc text",
            StandardTypes.All.SelectMany(t => new[] { t.Receive, t.Input }).Distinct().Select(name => new object?[] { Procedure(name), name, 11L, 10L, 12L, "f", 0L, 0L, "", 1L, name }).ToList());
        yield return Shape("pg_namespace", "oid oid, nspname name, nspowner oid, nspacl text[]",
        [
            [(long)PgCatalog.CatalogNamespace, "pg_catalog", 10L, null],
            [(long)PgCatalog.PublicNamespace, "public", 10L, null],
            [(long)PgCatalog.InformationNamespace, "information_schema", 10L, null],
        ]);
        yield return Shape("pg_am", "oid oid, amname name, amhandler regproc, amtype char", [[2L, "heap", 0L, "t"], [403L, "btree", 0L, "i"]]);
        yield return Shape("pg_collation", "oid oid, collname name, collnamespace oid, collowner oid, collprovider char, collisdeterministic bool, collencoding int4, collcollate text, collctype text",
            [[100L, "default", 11L, 10L, "d", 1L, -1L, null, null], [950L, "C", 11L, 10L, "c", 1L, -1L, "C", "C"]]);
        yield return Shape("pg_extension", "oid oid, extname name, extowner oid, extnamespace oid, extrelocatable bool, extversion text", [[13000L, "plpgsql", 10L, 11L, 0L, "1.0"]]);
        // Not PostgreSQL's: what pg_get_keywords() gives.
        yield return Shape("pg_keywords", "word text, catcode char, barelabel bool, catdesc text, baredesc text",
            Dialect.Lexing.Keywords.ReservedWords.Order(StringComparer.Ordinal).Select(word => new object?[] { word, "R", 1L, "reserved", "can be bare label" }).ToList());
        yield return Shape("pg_language", "oid oid, lanname name", [[12L, "internal"]]);
    }

    /// <summary>A number for a function's name; the same in pg_type and pg_proc.</summary>
    private static long Procedure(string name) => 2000 + name.Aggregate(7u, (hash, c) => hash * 31 + c) % 9000;

    private static CatalogShape Shape(string name, string columns, IReadOnlyList<object?[]> rows) =>
        new(PgCatalog.CatalogSchema, name, PgCatalog.CatalogOid(name), CatalogShape.Parse(columns), _ => rows);
}

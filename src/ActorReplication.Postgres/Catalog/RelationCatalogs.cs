using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Catalog;

/// <summary>Tables about tables: pg_class and those that refer to it.</summary>
internal static class RelationCatalogs
{
    private const long Owner = PgCatalog.OwnerRole, Public = PgCatalog.PublicNamespace, Heap = 2, BTree = 403;

    public static IEnumerable<CatalogShape> All()
    {
        yield return Shape("pg_class", """
            oid oid, relname name, relnamespace oid, reltype oid, reloftype oid, relowner oid, relam oid, relfilenode oid, reltablespace oid, relpages int4, reltuples float4,
            relallvisible int4, reltoastrelid oid, relhasindex bool, relisshared bool, relpersistence char, relkind char, relnatts int2, relchecks int2, relhasrules bool,
            relhastriggers bool, relhassubclass bool, relrowsecurity bool, relforcerowsecurity bool, relispopulated bool, relreplident char, relispartition bool, relrewrite oid,
            relfrozenxid xid, relminmxid xid, relacl text[], reloptions text[], relpartbound text, viewdef text
            """, Classes);
        yield return Shape("pg_attribute", """
            attrelid oid, attname name, atttypid oid, attstattarget int4, attlen int2, attnum int2, attndims int4, attcacheoff int4, atttypmod int4, attbyval bool, attalign char,
            attstorage char, attcompression char, attnotnull bool, atthasdef bool, atthasmissing bool, attidentity char, attgenerated char, attisdropped bool, attislocal bool,
            attinhcount int4, attcollation oid, attacl text[], attoptions text[], attfdwoptions text[]
            """, Attributes);
        yield return Shape("pg_attrdef", "oid oid, adrelid oid, adnum int2, adbin text", view => view.Tables.SelectMany(t => t.Columns.Where(c => c.Default is not null || SchemaMarks.IsSerial(c))
            .Select(c => new object?[] { (long)t.Oid + c.Number, (long)t.Oid, (long)c.Number, DefaultText.Of(t, c) })));
        yield return Shape("pg_index", """
            indexrelid oid, indrelid oid, indnatts int2, indnkeyatts int2, indisunique bool, indnullsnotdistinct bool, indisprimary bool, indisexclusion bool, indimmediate bool,
            indisclustered bool, indisvalid bool, indcheckxmin bool, indisready bool, indislive bool, indisreplident bool, indkey int2vector, indcollation oidvector,
            indclass oidvector, indoption int2vector, indexprs text, indpred text, indexdef text
            """, Indexes);
        // Not PostgreSQL's: pg_index once for each column of each index. CatalogSpellings brings clients here.
        yield return Shape("pg_index_keys", """
            indexrelid oid, indrelid oid, indisunique bool, indisprimary bool, indisclustered bool, indisvalid bool, indimmediate bool, indexprs text, indkey int2vector, indoption int2vector, indpred text, n int4, attnum int2
            """, KeyColumns);
        yield return Shape("pg_constraint", """
            oid oid, conname name, connamespace oid, contype char, condeferrable bool, condeferred bool, convalidated bool, conrelid oid, contypid oid, conindid oid, conparentid oid,
            confrelid oid, confupdtype char, confdeltype char, confmatchtype char, conislocal bool, coninhcount int4, connoinherit bool, conkey int2[], confkey int2[],
            conpfeqop oid[], conbin text, condef text
            """, view => Constraints(view).Concat(ForeignKeyRows.Constraints(view)).Concat(CheckRows.Constraints(view)));
        yield return Shape("pg_tables", "schemaname name, tablename name, tableowner name, tablespace name, hasindexes bool, hasrules bool, hastriggers bool, rowsecurity bool",
            view => view.Tables.Where(t => !t.IsView).Select(t => new object?[] { "public", t.Name, "postgres", null, view.Indexes.Any(i => i.Table == t.Name) ? 1L : 0L, 0L, 0L, 0L }));
        yield return Shape("pg_views", "schemaname name, viewname name, viewowner name, definition text", view => view.Tables.Where(t => t.IsView).Select(t => new object?[] { "public", t.Name, "postgres", SchemaMarks.ViewQuery(t.Sql) }));
        yield return Shape("pg_indexes", "schemaname name, tablename name, indexname name, tablespace name, indexdef text",
            view => view.Indexes.Select(i => new object?[] { "public", i.Table, NameOf(view, i), null, Definition(view, i) }));
    }

    private static CatalogShape Shape(string name, string columns, Func<ISchemaView, IEnumerable<object?[]>> rows) =>
        new(PgCatalog.CatalogSchema, name, PgCatalog.CatalogOid(name), CatalogShape.Parse(columns), rows);

    private static string NameOf(ISchemaView view, IndexInfo index) => view.Find(index.Table) is { } table ? SchemaMarks.ConstraintName(index, table) : index.Name;

    private static IEnumerable<object?[]> Classes(ISchemaView view)
    {
        // PostgreSQL checks foreign keys by triggers, and psql looks for keys only where there are some.
        var referenced = view.Tables.SelectMany(t => t.ForeignKeys).Select(f => f.Parent).ToHashSet();
        foreach (var t in view.Tables)
            yield return ClassRow(t.Oid, t.Name, t.IsView ? 0 : Heap, view.Indexes.Any(i => i.Table == t.Name), t.IsView ? "v" : "r", t.Columns.Count, t.IsView ? SchemaMarks.ViewQuery(t.Sql) : null, t.Checks.Count, t.HasTriggers || t.ForeignKeys.Count > 0 || referenced.Contains(t.Name));
        foreach (var i in view.Indexes) yield return ClassRow(i.Oid, NameOf(view, i), BTree, false, "i", i.Columns.Count, null);
    }

    private static object?[] ClassRow(uint oid, string name, long access, bool hasIndex, string kind, int columns, string? definition, int checks = 0, bool hasTriggers = false) =>
    [
        (long)oid, name, Public, 0L, 0L, Owner, access, (long)oid, 0L, 0L, -1.0, 0L, 0L, hasIndex ? 1L : 0L, 0L, "p", kind, (long)columns, (long)checks, kind == "v" ? 1L : 0L, hasTriggers ? 1L : 0L, 0L, 0L, 0L, 1L,
        "d", 0L, 0L, 0L, 0L, null, null, null, definition,
    ];

    private static IEnumerable<object?[]> Attributes(ISchemaView view)
    {
        foreach (var t in view.Tables)
        {
            foreach (var c in t.Columns)
            {
                var type = TypeNames.FromDeclared(c.DeclaredType);
                yield return AttributeRow(t.Oid, c.Name, type, c.Number, c.NotNull, c.Default is not null || SchemaMarks.IsSerial(c), c.Generated);
            }
        }

        foreach (var i in view.Indexes)
        {
            var table = view.Find(i.Table);
            for (var n = 0; n < i.Columns.Count; n++)
            {
                var column = table?.Columns.FirstOrDefault(c => c.Name == i.Columns[n]);
                yield return AttributeRow(i.Oid, column?.Name ?? "expr", column is null ? SqlType.Text : TypeNames.FromDeclared(column.DeclaredType), n + 1, false, false, false);
            }
        }
    }

    private static object?[] AttributeRow(uint relation, string name, SqlType type, int number, bool notNull, bool hasDefault, bool generated) =>
    [
        (long)relation, name, (long)type.Oid, -1L, (long)PgTypes.Find(type.Oid).Size, (long)number, 0L, -1L, (long)type.Modifier, 0L, "i",
        "p", "", notNull ? 1L : 0L, hasDefault || generated ? 1L : 0L, 0L, "", generated ? "s" : "", 0L, 1L, 0L, type.IsString ? 100L : 0L, null, null, null,
    ];

    private static IEnumerable<object?[]> Indexes(ISchemaView view)
    {
        foreach (var i in view.Indexes)
        {
            if (view.Find(i.Table) is not { } table) continue;
            var keys = string.Join(' ', i.Columns.Select(name => table.Columns.FirstOrDefault(c => c.Name == name)?.Number ?? 0));
            var zeros = string.Join(' ', i.Columns.Select(_ => "0"));
            yield return
            [
                (long)i.Oid, (long)table.Oid, (long)i.Columns.Count, (long)i.Columns.Count, i.Unique ? 1L : 0L, 0L, i.PrimaryKey ? 1L : 0L, 0L, 1L, 0L, 1L, 0L, 1L, 1L, 0L,
                keys, zeros, zeros, zeros, null, Predicate(i), Definition(view, i),
            ];
        }
    }

    private static IEnumerable<object?[]> KeyColumns(ISchemaView view)
    {
        foreach (var i in view.Indexes)
        {
            if (view.Find(i.Table) is not { } table) continue;
            var keys = i.Columns.Select(name => table.Columns.FirstOrDefault(c => c.Name == name)?.Number ?? 0).ToList();
            for (var n = 0; n < keys.Count; n++)
            {
                yield return
                [
                    (long)i.Oid, (long)table.Oid, i.Unique ? 1L : 0L, i.PrimaryKey ? 1L : 0L, 0L, 1L, 1L, null, string.Join(' ', keys), string.Join(' ', keys.Select(_ => 0)), Predicate(i), n + 1L, (long)keys[n],
                ];
            }
        }
    }

    private static string? Predicate(IndexInfo index) => index.Sql?.IndexOf(" WHERE ", StringComparison.Ordinal) is { } at and > 0 ? index.Sql[(at + 7)..] : null;

    private static string Definition(ISchemaView view, IndexInfo index) =>
        $"CREATE {(index.Unique ? "UNIQUE " : "")}INDEX {NameOf(view, index)} ON public.{index.Table} USING btree ({string.Join(", ", index.Columns)}){(Predicate(index) is { } where ? $" WHERE {where}" : "")}";

    private static IEnumerable<object?[]> Constraints(ISchemaView view)
    {
        foreach (var i in view.Indexes)
        {
            if (!i.Unique || !SchemaMarks.IsConstraint(i.Sql) || view.Find(i.Table) is not { } table) continue;
            var key = "[" + string.Join(',', i.Columns.Select(name => table.Columns.FirstOrDefault(c => c.Name == name)?.Number ?? 0)) + "]";
            yield return
            [
                (long)i.Oid + 1, NameOf(view, i), Public, i.PrimaryKey ? "p" : "u", 0L, 0L, 1L, (long)table.Oid, 0L, (long)i.Oid, 0L,
                0L, " ", " ", " ", 1L, 0L, 1L, key, null, null, null, $"{(i.PrimaryKey ? "PRIMARY KEY" : "UNIQUE")} ({string.Join(", ", i.Columns)})",
            ];
        }
    }
}

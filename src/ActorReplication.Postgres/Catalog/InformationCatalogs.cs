using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Catalog;

/// <summary>information_schema: tables, columns and keys.</summary>
internal static class InformationCatalogs
{
    public static IEnumerable<CatalogShape> All(string database)
    {
        yield return Shape("tables", """
            table_catalog name, table_schema name, table_name name, table_type text, self_referencing_column_name name, reference_generation text, user_defined_type_catalog name,
            user_defined_type_schema name, user_defined_type_name name, is_insertable_into text, is_typed text, commit_action text
            """, view => view.Tables.Select(t => new object?[] { database, "public", t.Name, t.IsView ? "VIEW" : "BASE TABLE", null, null, null, null, null, t.IsView ? "NO" : "YES", "NO", null }));
        yield return Shape("views", "table_catalog name, table_schema name, table_name name, view_definition text, check_option text, is_updatable text, is_insertable_into text",
            view => view.Tables.Where(t => t.IsView).Select(t => new object?[] { database, "public", t.Name, SchemaMarks.ViewQuery(t.Sql), "NONE", "NO", "NO" }));
        yield return Shape("columns", """
            table_catalog name, table_schema name, table_name name, column_name name, ordinal_position int4, column_default text, is_nullable text, data_type text,
            character_maximum_length int4, character_octet_length int4, numeric_precision int4, numeric_precision_radix int4, numeric_scale int4, datetime_precision int4,
            interval_type text, udt_catalog name, udt_schema name, udt_name name, is_identity text, identity_generation text, is_generated text, generation_expression text, is_updatable text
            """, view => view.Tables.SelectMany(t => t.Columns.Select(c => ColumnRow(database, t, c))));
        yield return Shape("schemata", "catalog_name name, schema_name name, schema_owner name", _ =>
        [
            [database, "public", "postgres"],
            [database, "pg_catalog", "postgres"],
            [database, "information_schema", "postgres"],
        ]);
        yield return Shape("table_constraints", "constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name, table_schema name, table_name name, constraint_type text, is_deferrable text, initially_deferred text",
            view => Keys(view).Select(k => new object?[] { database, "public", k.Name, database, "public", k.Table.Name, k.Index.PrimaryKey ? "PRIMARY KEY" : "UNIQUE", "NO", "NO" }).Concat(ForeignKeyRows.TableConstraints(view, database)).Concat(CheckRows.TableConstraints(view, database)));
        yield return Shape("check_constraints", "constraint_catalog name, constraint_schema name, constraint_name name, check_clause text", view => CheckRows.Rules(view, database));
        yield return Shape("key_column_usage", "constraint_catalog name, constraint_schema name, constraint_name name, table_catalog name, table_schema name, table_name name, column_name name, ordinal_position int4, position_in_unique_constraint int4",
            view => Keys(view).SelectMany(k => k.Index.Columns.Select((c, i) => new object?[] { database, "public", k.Name, database, "public", k.Table.Name, c, (long)i + 1, null })).Concat(ForeignKeyRows.KeyColumns(view, database)));
        yield return Shape("constraint_column_usage", "table_catalog name, table_schema name, table_name name, column_name name, constraint_catalog name, constraint_schema name, constraint_name name",
            view => Keys(view).SelectMany(k => k.Index.Columns.Select(c => new object?[] { database, "public", k.Table.Name, c, database, "public", k.Name })).Concat(ForeignKeyRows.ReferencedColumns(view, database)));
        yield return Shape("sequences", "sequence_catalog name, sequence_schema name, sequence_name name, data_type text", _ => []);
        yield return Shape("routines", "routine_catalog name, routine_schema name, routine_name name, routine_type text", _ => []);
        yield return Shape("referential_constraints", "constraint_catalog name, constraint_schema name, constraint_name name, unique_constraint_catalog name, unique_constraint_schema name, unique_constraint_name name, match_option text, update_rule text, delete_rule text",
            view => ForeignKeyRows.References(view, database));
    }

    private static IEnumerable<(IndexInfo Index, TableInfo Table, string Name)> Keys(ISchemaView view)
    {
        foreach (var index in view.Indexes)
            if (index.Unique && SchemaMarks.IsConstraint(index.Sql) && view.Find(index.Table) is { } table) yield return (index, table, SchemaMarks.ConstraintName(index, table));
    }

    private static object?[] ColumnRow(string database, TableInfo table, ColumnInfo column)
    {
        var type = TypeNames.FromDeclared(column.DeclaredType);
        (long? Precision, long? Radix, long? Scale) digits = type.Oid switch
        {
            PgOid.Int2 => (16L, 2L, 0L),
            PgOid.Int4 => (32L, 2L, 0L),
            PgOid.Int8 => (64L, 2L, 0L),
            PgOid.Float4 => (24L, 2L, null),
            PgOid.Float8 => (53L, 2L, null),
            PgOid.Numeric when type.Modifier >= 0 => (type.Precision, 10L, type.Scale),
            PgOid.Numeric => (null, 10L, null),
            _ => (null, null, null),
        };
        return
        [
            database, "public", table.Name, column.Name, (long)column.Number, column.Generated ? null : DefaultText.Of(table, column), column.NotNull ? "NO" : "YES",
            type.IsArray ? "ARRAY" : TypeNames.Shown(type), type.IsString && type.Modifier >= 0 ? (long?)type.Length : null, null, digits.Precision, digits.Radix, digits.Scale,
            TimeDigits(type),
            null, database, "pg_catalog", TypeNames.Internal(type.Oid), "NO", null, column.Generated ? "ALWAYS" : "NEVER", null, table.IsView ? "NO" : "YES",
        ];
    }

    private static object? TimeDigits(SqlType type) => type.Oid switch
    {
        PgOid.Date => 0L,
        PgOid.Time or PgOid.TimeTz or PgOid.Timestamp or PgOid.TimestampTz => type.Modifier >= 0 ? (long)type.Modifier : 6L,
        _ => null,
    };

    private static CatalogShape Shape(string name, string columns, Func<ISchemaView, IEnumerable<object?[]>> rows) =>
        new(PgCatalog.InformationSchema, name, PgCatalog.CatalogOid("information_schema." + name), CatalogShape.Parse(columns), rows);
}

using System.Globalization;
using ActorReplication.Postgres.Dialect;
using ActorReplication.Postgres.Dialect.Lexing;

namespace ActorReplication.Postgres.Catalog;

/// <summary>Reads tables, columns and indexes from SQLite's schema. Uses the table functions pragma_table_xinfo, pragma_index_list, pragma_index_info and pragma_foreign_key_list,
/// which an authorizer must let through.</summary>
public sealed class SchemaViewBuilder : ISchemaReader
{
    private const long Relation = 1, Column = 2, Index = 3, ForeignKey = 4;

    /// <summary>Views are read from their own SQL: asking SQLite about one whose table is gone would fail the whole query.</summary>
    public string Sql => """
        SELECT 1 AS kind, name, type, tbl_name, sql, NULL AS a, NULL AS b, NULL AS c, NULL AS d FROM sqlite_schema WHERE type IN ('table', 'view', 'index', 'trigger')
        UNION ALL
        SELECT 2, t.name, x.name, x.type, x.dflt_value, x."notnull", x.pk, x.hidden, x.cid
        FROM sqlite_schema AS t JOIN pragma_table_xinfo(t.name) AS x WHERE t.type = 'table'
        UNION ALL
        SELECT 3, t.name, l.name, i.name, l.origin, l."unique", i.seqno, l.partial, NULL
        FROM sqlite_schema AS t JOIN pragma_index_list(t.name) AS l JOIN pragma_index_info(l.name) AS i WHERE t.type = 'table'
        UNION ALL
        SELECT 4, t.name, f."table", f."from", f."to", f.id, f.seq, f.on_update, f.on_delete
        FROM sqlite_schema AS t JOIN pragma_foreign_key_list(t.name) AS f WHERE t.type = 'table'
        """;

    public ISchemaView Build(long version, IReadOnlyList<object?[]> rows)
    {
        var columns = rows.Where(r => Number(r[0]) == Column).GroupBy(r => (string)r[1]!).ToDictionary(g => g.Key, g => g.OrderBy(r => Number(r[8])).ToList());
        var sources = rows.Where(r => Number(r[0]) == Relation && (string?)r[2] == "index").ToDictionary(r => (string)r[1]!, r => (string?)r[4]);
        var relations = rows.Where(r => Number(r[0]) == Relation && (string?)r[2] is "table" or "view" && !IsInternal((string)r[1]!)).OrderBy(r => (string)r[1]!, StringComparer.Ordinal).ToList();
        var foreignKeys = rows.Where(r => Number(r[0]) == ForeignKey).GroupBy(r => (string)r[1]!).ToDictionary(g => g.Key, g => g.ToList());
        var oids = new ObjectIds();
        var indexes = rows.Where(r => Number(r[0]) == Index && !IsInternal((string)r[1]!)).GroupBy(r => (string)r[2]!).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => ReadIndex(g.OrderBy(r => Number(r[6])).ToList(), sources, oids)).ToList();
        var triggered = rows.Where(r => Number(r[0]) == Relation && (string?)r[2] == "trigger").Select(r => (string)r[3]!).ToHashSet();
        var tables = relations.Select(r => ReadRelation(r, columns, indexes, oids)).Select(t => t with
        {
            ForeignKeys = foreignKeys.TryGetValue(t.Name, out var keys) ? ForeignKeyNames.Read(t, keys) : [],
            HasTriggers = triggered.Contains(t.Name),
        }).ToList();
        for (var i = 0; i < tables.Count; i++)
            if (!tables[i].IsView) tables[i] = DeclaredNames.Read(tables[i], indexes);
        indexes.AddRange(tables.Where(t => !t.IsView && t.Columns.Any(c => c.PrimaryKey > 0) && !indexes.Any(i => i.Table == t.Name && i.PrimaryKey)).Select(t => RowIdIndex(t, oids)));
        return new SchemaView(version, tables, indexes);
    }

    /// <summary>SQLite's own tables, and the node's.</summary>
    private static bool IsInternal(string name) => name.StartsWith("sqlite_", StringComparison.OrdinalIgnoreCase) || name.StartsWith("_replication_", StringComparison.Ordinal);

    private static long Number(object? value) => Convert.ToInt64(value, CultureInfo.InvariantCulture);

    private static IndexInfo ReadIndex(List<object?[]> rows, Dictionary<string, string?> sources, ObjectIds oids)
    {
        var name = (string)rows[0][2]!;
        var sql = sources.GetValueOrDefault(name);
        var isPartial = Number(rows[0][7]) != 0;
        return new IndexInfo(name, (string)rows[0][1]!, oids.Of("index " + name), Number(rows[0][5]) != 0 && !isPartial, (string?)rows[0][4] == "pk" || SchemaMarks.IsPrimaryKey(sql),
            rows.Select(r => (string?)r[3] ?? "").ToList(), sql);
    }

    /// <summary>A rowid key has no index of its own in SQLite; clients expect one.</summary>
    private static IndexInfo RowIdIndex(TableInfo table, ObjectIds oids) => new("sqlite_autoindex_" + table.Name, table.Name, oids.Of("key " + table.Name), true, true,
        table.Columns.Where(c => c.PrimaryKey > 0).OrderBy(c => c.PrimaryKey).Select(c => c.Name).ToList(), null) { DeclaredName = DeclaredNames.OfKey(table) };

    private static TableInfo ReadRelation(object?[] row, Dictionary<string, List<object?[]>> columns, List<IndexInfo> indexes, ObjectIds oids)
    {
        var name = (string)row[1]!;
        var sql = (string?)row[4] ?? "";
        var isView = (string?)row[2] == "view";
        var read = isView ? ReadView(sql) : ReadColumns(name, sql, columns.GetValueOrDefault(name, []), indexes);
        return new TableInfo(name, oids.Of("table " + name), isView, sql, read);
    }

    private static List<ColumnInfo> ReadColumns(string table, string sql, List<object?[]> rows, List<IndexInfo> indexes)
    {
        var key = indexes.FirstOrDefault(i => i.Table == table && i.PrimaryKey);
        var result = new List<ColumnInfo>();
        foreach (var row in rows)
        {
            var hidden = Number(row[7]);
            if (hidden == 1) continue;
            var name = (string)row[2]!;
            var type = (string?)row[3] ?? "";
            var primaryKey = (int)Number(row[6]);
            // A key column without an index is the rowid.
            if (primaryKey > 0 && key is null && type.Equals("INTEGER", StringComparison.OrdinalIgnoreCase) && !sql.Contains("WITHOUT ROWID", StringComparison.OrdinalIgnoreCase)) type = SchemaMarks.ReadKeyType(sql);
            if (primaryKey == 0 && key is not null && SchemaMarks.IsPrimaryKey(key.Sql)) primaryKey = key.Columns.ToList().IndexOf(name) + 1;
            result.Add(new ColumnInfo(name, type, Number(row[5]) != 0 || primaryKey > 0, (string?)row[4], primaryKey, hidden >= 2, (short)(result.Count + 1)));
        }

        return result;
    }

    /// <summary>Column names stand before AS, their types in a mark after it.</summary>
    private static List<ColumnInfo> ReadView(string sql)
    {
        var types = SchemaMarks.ReadViewTypes(sql) ?? [];
        var names = new List<string>();
        var isList = false;
        foreach (var token in Lexer.Read(sql))
        {
            if (token.IsWord("as")) break;
            if (token.IsSymbol("(")) isList = true;
            else if (isList && (token.Kind == TokenKind.QuotedName || token.Kind == TokenKind.Word)) names.Add(token.Value);
        }

        return names.Select((name, i) => new ColumnInfo(name, i < types.Count ? types[i] : "text", false, null, 0, false, (short)(i + 1))).ToList();
    }
}

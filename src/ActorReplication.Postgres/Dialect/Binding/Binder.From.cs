using ActorReplication.Postgres.Catalog;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>FROM: tables, catalogs, subqueries, functions, joins.</summary>
internal sealed partial class Binder
{
    private string BindFrom(IReadOnlyList<FromItem> items, Scope scope)
    {
        if (items.Count == 0) return "";
        var parts = items.Select(item => NeedsBrackets(item, items.Count) ? $"({BindSource(item, scope)})" : BindSource(item, scope)).ToList();
        return $" FROM {string.Join(", ", parts)}";
    }

    /// <summary>SQLite joins commas and JOINs from left to right alike; where that matters (outer joins that keep the right side) the join is bracketed.</summary>
    private static bool NeedsBrackets(FromItem item, int count) =>
        count > 1 && item is JoinSource join && (join.Kind is JoinKind.Right or JoinKind.Full || NeedsBrackets(join.Left, count));

    private string BindSource(FromItem item, Scope scope)
    {
        CountWork(item.At);
        return item switch
        {
            TableSource table => BindTable(table, scope),
            QuerySource query => BindQuerySource(query, scope),
            FunctionSource function => BindFunctionSource(function, scope),
            JoinSource join => BindJoin(join, scope),
            _ => throw Unsupported("this FROM item", item.At),
        };
    }

    private void AddTable(Scope scope, RangeTable table, int at)
    {
        if (scope.Tables.Any(t => t.Name == table.Name && (t.Schema == table.Schema || t.Schema is null || table.Schema is null)))
            throw Error("42712", $"table name \"{table.Name}\" specified more than once", at);
        scope.Tables.Add(table);
    }

    private string BindTable(TableSource source, Scope scope)
    {
        if (source.Schema is null && scope.FindCommonTable(source.Name) is { } common)
        {
            var alias = source.Alias ?? source.Name;
            AddTable(scope, new RangeTable(alias, Columns(alias, common.Columns, source.Columns, source.At)), source.At);
            return $"{Quote(common.SqlName)} AS {Quote(alias)}";
        }

        if (source.Schema is null or "pg_catalog" or "information_schema" && _catalog.Find(source.Schema, source.Name) is { } catalog)
            return BindCatalogTable(source, catalog, scope);
        var info = FindTable(source.Schema, source.Name, source.At);
        var name = source.Alias ?? source.Name;
        var columns = TableColumns(info, Quote(name) + ".", source.Columns, source.At);
        AddTable(scope, new RangeTable(name, columns) { Info = info, Schema = source.Alias is null ? "public" : null }, source.At);
        return source.Alias is null ? Quote(info.Name) : $"{Quote(info.Name)} AS {Quote(name)}";
    }

    private string BindCatalogTable(TableSource source, CatalogShape catalog, Scope scope)
    {
        var alias = source.Alias ?? source.Name;
        var columns = catalog.Columns.Select((c, i) => new RangeColumn(i < source.Columns.Count ? source.Columns[i] : c.Name, $"{Quote(alias)}.{Quote(c.Name)}", c.Type)
        {
            TableOid = catalog.Oid,
            Attribute = (short)(i + 1),
        }).ToList();
        AddTable(scope, new RangeTable(alias, columns) { Schema = source.Alias is null ? catalog.Schema : null }, source.At);
        NeedCatalog(catalog);
        return $"{Quote(catalog.Schema)}.{Quote(catalog.Name)} AS {Quote(alias)}";
    }

    private void NeedCatalog(CatalogShape shape) => _catalogTables.TryAdd($"{shape.Schema}.{shape.Name}", shape.Table(_schema));

    private TableInfo FindTable(string? schema, string name, int at)
    {
        _usesTables = true;
        if (schema is null or "public" or "main" && _schema.Find(name) is { } info) return info;
        var shown = schema is null ? name : $"{schema}.{name}";
        throw Error("42P01", $"relation \"{shown}\" does not exist", at);
    }

    private TableInfo FindTable(Target target) => FindTable(target.Schema, target.Name, target.At);

    private TableInfo FindWritable(Target target, string verb)
    {
        if (target.Schema is "pg_catalog" or "information_schema" || (target.Schema is null && _catalog.Find(null, target.Name) is not null))
            throw Error("42501", $"permission denied for table {target.Name}", target.At);
        var info = FindTable(target);
        if (info.IsView) throw Error("55000", $"cannot {verb} view \"{info.Name}\"", 0, "Write to the table that the view reads.");
        return info;
    }

    /// <param name="prefix">What stands before a column's quoted name, with its dot; empty: the bare name.</param>
    private List<RangeColumn> TableColumns(TableInfo info, string prefix, IReadOnlyList<string> renamed, int at)
    {
        if (renamed.Count > info.Columns.Count) throw TooManyNames(info.Name, info.Columns.Count, renamed.Count, at);
        return info.Columns.Select((c, i) => new RangeColumn(i < renamed.Count ? renamed[i] : c.Name, prefix + Quote(c.Name), TypeNames.FromDeclared(c.DeclaredType))
        {
            NotNull = c.NotNull || (c.PrimaryKey > 0 && !info.IsView),
            TableOid = info.Oid,
            Attribute = c.Number,
        }).ToList();
    }

    private List<RangeColumn> Columns(string alias, IReadOnlyList<OutputColumn> columns, IReadOnlyList<string> renamed, int at)
    {
        if (renamed.Count > columns.Count) throw TooManyNames(alias, columns.Count, renamed.Count, at);
        return columns.Select((c, i) => new RangeColumn(i < renamed.Count ? renamed[i] : c.Name, $"{Quote(alias)}.{Quote(c.SqlName)}", c.Type)
        {
            NotNull = c.NotNull,
            TableOid = c.TableOid,
            Attribute = c.Attribute,
        }).ToList();
    }

    private DialectException TooManyNames(string table, int has, int given, int at) =>
        Error("42P10", $"table \"{table}\" has {has} columns available but {given} columns specified", at);

    private string BindQuerySource(QuerySource source, Scope scope)
    {
        // A subquery in FROM sees what is around the whole query, not its neighbours.
        var query = BindSubquery(source.Query, OuterOf(scope));
        AddTable(scope, new RangeTable(source.Alias!, Columns(source.Alias!, query.Columns, source.Columns, source.At)), source.At);
        return $"({query.Sql}) AS {Quote(source.Alias!)}";
    }

    private static Scope OuterOf(Scope scope)
    {
        var outer = new Scope(scope.Parent);
        foreach (var (name, table) in scope.CommonTables) outer.CommonTables[name] = table;
        return outer;
    }

    private string BindJoin(JoinSource join, Scope scope)
    {
        var first = scope.Tables.Count;
        var left = BindSource(join.Left, scope);
        var middle = scope.Tables.Count;
        var right = BindSource(join.Right, scope);
        if (join.Right is JoinSource) right = $"({right})";
        var keyword = join.Kind switch { JoinKind.Left => "LEFT JOIN", JoinKind.Right => "RIGHT JOIN", JoinKind.Full => "FULL JOIN", _ => "JOIN" };
        var lefts = scope.Tables[first..middle];
        var rights = scope.Tables[middle..];
        var using_ = join.Natural ? CommonNames(lefts, rights) : join.Using;
        string? condition = null;
        if (using_.Count > 0) condition = string.Join(" AND ", using_.Select(name => Merge(name, lefts, rights, join)));
        else if (join.On is not null)
        {
            var visible = new Scope(OuterOf(scope)) { Clause = "JOIN conditions" };
            visible.Tables.AddRange(scope.Tables[first..]);
            condition = RequireBool(Bind(join.On, visible), "JOIN/ON").Sql;
        }

        if (join.Kind is JoinKind.Left or JoinKind.Full) LoseNotNull(scope, middle, scope.Tables.Count);
        if (join.Kind is JoinKind.Right or JoinKind.Full) LoseNotNull(scope, first, middle);
        return condition is null ? $"{left} {keyword} {right}" : $"{left} {keyword} {right} ON {condition}";
    }

    private static List<string> CommonNames(List<RangeTable> lefts, List<RangeTable> rights)
    {
        var names = rights.SelectMany(t => t.Columns.Where(c => !t.Merged.Contains(c.Name))).Select(c => c.Name).ToHashSet();
        return lefts.SelectMany(t => t.Columns.Where(c => !t.Merged.Contains(c.Name))).Select(c => c.Name).Where(names.Contains).Distinct().ToList();
    }

    /// <summary>USING (name): the condition; and the column that an outer join leaves empty is hidden behind the other.</summary>
    private string Merge(string name, List<RangeTable> lefts, List<RangeTable> rights, JoinSource join)
    {
        var (leftTable, left) = FindMerged(name, lefts, "left", join);
        var (rightTable, right) = FindMerged(name, rights, "right", join);
        if (join.Kind == JoinKind.Full) throw Unsupported("FULL JOIN … USING", join.At, "Use ON and coalesce().");
        (join.Kind == JoinKind.Right ? leftTable : rightTable).Merged.Add(name);
        return Compare("=", new Bound(left.Sql, left.Type, join.At), new Bound(right.Sql, right.Type, join.At), join.At).Sql;
    }

    private (RangeTable, RangeColumn) FindMerged(string name, List<RangeTable> tables, string side, JoinSource join)
    {
        foreach (var table in tables)
            if (!table.Merged.Contains(name) && table.Columns.FirstOrDefault(c => c.Name == name) is { } column) return (table, column);
        throw Error("42703", $"column \"{name}\" specified in USING clause does not exist in {side} table", join.At);
    }

    private static void LoseNotNull(Scope scope, int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            var table = scope.Tables[i];
            var nullable = new RangeTable(table.Name, table.Columns.Select(c => c with { NotNull = false }).ToList())
            {
                Info = table.Info,
                Schema = table.Schema,
                IsScalar = table.IsScalar,
            };
            nullable.Merged.UnionWith(table.Merged);
            scope.Tables[i] = nullable;
        }
    }
}

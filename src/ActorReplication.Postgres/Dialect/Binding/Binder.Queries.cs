using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Whole queries: WITH, set operations, VALUES, ORDER BY and LIMIT.</summary>
internal sealed partial class Binder
{
    private BoundQuery BindSubquery(Query query, Scope outer, IReadOnlyList<SqlType>? expected = null) => BindQuery(query, outer, expected);

    /// <param name="expected">Types for output columns that have none of their own.</param>
    /// <param name="locking">Of the outermost query; that of a subquery is left out where what the statement writes is locked by that, and refused elsewhere.</param>
    private BoundQuery BindQuery(Query query, Scope? outer, IReadOnlyList<SqlType>? expected, LockingClause? locking = null)
    {
        CountWork(query.At);
        var scope = new Scope(outer);
        var with = query.With is null ? "" : BindWith(query.With, scope);
        var limits = BindLimits(query, scope);
        BoundQuery body;
        if (locking is not null)
        {
            var locked = query.Body as SelectBody ?? throw Error("0A000", $"{locking.Words} is not allowed with UNION/INTERSECT/EXCEPT", locking.At);
            var counted = locking.Wait == Gateway.RowLockWait.Skip && limits.Length > 0;
            body = BindSelect(locked, query.OrderBy, scope, expected, locking, counted ? Limits(query, scope) : []);
            if (counted) limits = "";
        }
        else if (query.Body is SelectBody select)
        {
            body = BindSelect(select, query.OrderBy, scope, expected);
            if (query.Locking is { } inner) RequireLockedByChange(inner, scope);
        }
        else
        {
            if (query.Locking is { } inner) throw NotAllowed(inner, "UNION/INTERSECT/EXCEPT");
            body = BindBody(query.Body, scope, expected);
            if (query.OrderBy.Count > 0) body = body with { Sql = OrderWhole(body, query.OrderBy.Select(o => OrderByOutput(o, body.Columns)).ToList()) };
        }

        var isPlain = with.Length == 0 && limits.Length == 0 && query.OrderBy.Count == 0;
        return body with { Sql = with + body.Sql + limits, IsSimple = isPlain && body.IsSimple };
    }

    /// <summary>SQLite orders a UNION by its columns only: what is ordered by something made of a column is ordered around it.</summary>
    private static string OrderWhole(BoundQuery body, List<string> terms)
    {
        var source = terms.TrueForAll(term => char.IsAsciiDigit(term[0])) ? body.Sql : $"SELECT * FROM ({body.Sql})";
        return $"{source} ORDER BY {string.Join(", ", terms)}";
    }

    private string BindWith(WithClause with, Scope scope)
    {
        var parts = new List<string>();
        foreach (var table in with.Tables)
        {
            if (scope.CommonTables.ContainsKey(table.Name)) throw Error("42712", $"WITH query name \"{table.Name}\" specified more than once", table.At);
            // A name that the database has too must not capture the table inside the WITH query itself.
            var sqlName = _schema.Find(table.Name) is null ? table.Name : "with " + table.Name;
            if (with.Recursive && table.Query.Body is SetOperationBody { Operator: "UNION" } union)
            {
                var first = BindBody(union.Left, new Scope(scope), null);
                scope.CommonTables[table.Name] = new CommonTableShape(sqlName, Rename(first.Columns, table.Columns, table.Name, table.At));
            }

            var bound = BindQuery(table.Query, scope, null);
            var columns = Rename(bound.Columns, table.Columns, table.Name, table.At);
            scope.CommonTables[table.Name] = new CommonTableShape(sqlName, columns);
            var hint = table.Materialized switch { true => " MATERIALIZED", false => " NOT MATERIALIZED", _ => "" };
            parts.Add($"{Quote(sqlName)}({Names(columns.Select(c => c.SqlName))}) AS{hint} ({bound.Sql})");
        }

        return $"WITH {(with.Recursive ? "RECURSIVE " : "")}{string.Join(", ", parts)} ";
    }

    private List<OutputColumn> Rename(IReadOnlyList<OutputColumn> columns, IReadOnlyList<string> names, string table, int at)
    {
        if (names.Count > columns.Count) throw Error("42P10", $"table \"{table}\" has {columns.Count} columns available but {names.Count} columns specified", at);
        var renamed = columns.Select((c, i) => c with { Name = i < names.Count ? names[i] : c.Name, SqlName = i < names.Count ? names[i] : c.Name }).ToList();
        return MakeUnique(renamed);
    }

    private static List<OutputColumn> MakeUnique(List<OutputColumn> columns)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < columns.Count; i++)
        {
            var name = columns[i].SqlName;
            for (var n = 1; !seen.Add(name); n++) name = $"{columns[i].SqlName}:{n}";
            columns[i] = columns[i] with { SqlName = name };
        }

        return columns;
    }

    private string BindLimits(Query query, Scope scope)
    {
        if (query.Limit is null && query.Offset is null) return "";
        var limits = Limits(query, scope);
        return query.Offset is null ? $" LIMIT {limits[0]}" : $" LIMIT {limits[0]} OFFSET {limits[1]}";
    }

    private string[] Limits(Query query, Scope scope) =>
        [query.Limit is null ? "-1" : BindCount(query.Limit, scope, "LIMIT", "-1"), query.Offset is null ? "0" : BindCount(query.Offset, scope, "OFFSET", "0")];

    private string BindCount(Expr expression, Scope scope, string clause, string none)
    {
        var outer = new Scope(scope) { Clause = clause };
        var count = Bind(expression, outer);
        if (outer.Uses.Count > 0 || scope.Uses.Count > 0) throw Error("42P10", $"argument of {clause} must not contain variables", expression.At);
        count = TryCoerce(count, SqlType.Int8, CastContext.Assignment)
            ?? throw Error("42804", $"argument of {clause} must be type bigint, not type {TypeNames.Shown(count.Type)}", expression.At);
        if (count.Constant is { } text && text.StartsWith('-')) throw Error("2201W", $"{clause} must not be negative", expression.At);
        return count.Constant is not null ? count.Sql : $"coalesce({count.Sql}, {none})";
    }

    private BoundQuery BindBody(QueryBody body, Scope outer, IReadOnlyList<SqlType>? expected) => body switch
    {
        SelectBody select => BindSelect(select, [], new Scope(outer), expected),
        ValuesBody values => BindValues(values, new Scope(outer), expected),
        NestedBody nested => BindQuery(nested.Query, outer, expected),
        SetOperationBody operation => BindSetOperation(operation, outer, expected),
        _ => throw Unsupported("this query", body.At),
    };

    private BoundQuery BindSetOperation(SetOperationBody operation, Scope outer, IReadOnlyList<SqlType>? expected)
    {
        if (operation.All && operation.Operator != "UNION") throw Unsupported($"{operation.Operator} ALL", operation.At);
        var left = BindBody(operation.Left, outer, null);
        var right = BindBody(operation.Right, outer, null);
        if (left.Columns.Count != right.Columns.Count) throw Error("42601", $"each {operation.Operator} query must have the same number of columns", FirstExpressionAt(operation.Right));
        var types = new List<SqlType>();
        for (var i = 0; i < left.Columns.Count; i++)
        {
            var common = CastRules.Common(left.Columns[i].Type, right.Columns[i].Type)
                ?? throw Error("42804", $"{operation.Operator} types {TypeNames.Shown(left.Columns[i].Type)} and {TypeNames.Shown(right.Columns[i].Type)} cannot be matched", FirstExpressionAt(operation.Right));
            if (common.IsUnknown) common = expected is not null && i < expected.Count && !expected[i].IsUnknown ? expected[i] : SqlType.Text;
            types.Add(common);
        }

        left = Fit(left, operation.Left, types, outer);
        right = Fit(right, operation.Right, types, outer);
        var columns = left.Columns.Select((c, i) => c with { Type = types[i], NotNull = c.NotNull && right.Columns[i].NotNull, TableOid = 0, Attribute = 0 }).ToList();
        var leftSql = operation.Left is SelectBody or ValuesBody || (operation.Left is SetOperationBody && left.IsSimple) ? left.Sql : $"SELECT * FROM ({left.Sql})";
        var rightSql = operation.Right is SelectBody or ValuesBody ? right.Sql : $"SELECT * FROM ({right.Sql})";
        var all = operation.All ? " ALL" : "";
        return new BoundQuery($"{leftSql} {operation.Operator}{all} {rightSql}", columns);
    }

    private static int FirstExpressionAt(QueryBody body) => body switch
    {
        SelectBody { Items: [var first, ..] } => Leftmost(first.Expression),
        ValuesBody values => values.Rows[0][0].At,
        SetOperationBody operation => FirstExpressionAt(operation.Left),
        _ => body.At,
    };

    private static int Leftmost(Expr expression) => expression switch
    {
        BinaryExpr binary => Leftmost(binary.Left),
        CastExpr cast => Math.Min(cast.At, Leftmost(cast.Operand)),
        _ => expression.At,
    };

    /// <summary>A branch whose columns have these types: bound again if literals must take them, wrapped if values must be converted.</summary>
    private BoundQuery Fit(BoundQuery branch, QueryBody body, List<SqlType> types, Scope outer)
    {
        if (branch.Columns.Any(c => c.Type.IsUnknown)) branch = BindBody(body, outer, types);
        var needed = branch.Columns.Select((c, i) => c.Type.IsUnknown || IsSameForm(c.Type, types[i]));
        if (needed.All(same => same)) return branch;
        var columns = branch.Columns.Select((c, i) => $"{ConvertSql("\"u\"." + Quote(c.SqlName), c.Type, types[i])} AS {Quote(c.SqlName)}");
        return branch with { Sql = $"SELECT {string.Join(", ", columns)} FROM ({branch.Sql}) AS \"u\"", IsSimple = true };
    }

    private BoundQuery BindValues(ValuesBody values, Scope scope, IReadOnlyList<SqlType>? expected)
    {
        var width = values.Rows[0].Count;
        var rows = new List<List<Bound>>();
        scope.Clause = "VALUES";
        foreach (var row in values.Rows)
        {
            if (row.Count != width) throw Error("42601", "VALUES lists must all be the same length", row[0].At);
            rows.Add(row.Select(e => Bind(e, scope)).ToList());
        }

        var columns = new List<OutputColumn>();
        for (var i = 0; i < width; i++)
        {
            var column = rows.Select(r => r[i]).ToList();
            if (column.All(v => v.Type.IsUnknown))
            {
                // Left open, so that what is around can still decide; a whole query ends as text.
                var type = expected is not null && i < expected.Count ? expected[i] : SqlType.Unknown;
                if (type.IsUnknown && (expected is null || column.Any(v => v.Parameter > 0))) type = SqlType.Text;
                column = column.Select(v => type.IsUnknown ? v : Settle(v, type)).ToList();
            }
            else column = Unify(column, out var mismatch) ?? throw Error("42804", $"VALUES types {TypeNames.Shown(mismatch.Left)} and {TypeNames.Shown(mismatch.Right)} cannot be matched", mismatch.At);

            for (var r = 0; r < rows.Count; r++) rows[r][i] = column[r];
            columns.Add(new OutputColumn($"column{i + 1}", $"column{i + 1}", column[0].Type) { NotNull = column.All(c => c.NotNull) });
        }

        return new BoundQuery($"VALUES {string.Join(", ", rows.Select(r => $"({string.Join(", ", r.Select(v => v.Sql))})"))}", columns);
    }
}

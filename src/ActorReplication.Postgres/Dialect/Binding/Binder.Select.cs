using System.Globalization;
using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>One SELECT.</summary>
internal sealed partial class Binder
{
    private BoundQuery BindSelect(SelectBody select, IReadOnlyList<OrderItem> order, Scope scope, IReadOnlyList<SqlType>? expected, LockingClause? locking = null, IReadOnlyList<string>? limits = null)
    {
        var isShown = ReferenceEquals(select, _shown);
        select = SetReturning.Rewrite(select);
        var from = BindFrom(select.From, scope);
        var rows = locking is null ? null : BindLocking(locking, select, scope, limits!);
        foreach (var (name, spec) in select.Windows) scope.Windows[name] = spec;
        scope.Clause = "WHERE";
        var where = select.Where is null ? "" : $" WHERE {RequireBool(Bind(select.Where, scope), "WHERE").Sql}";
        scope.Clause = null;
        scope.Uses.Clear();
        var groupBy = BindGroupBy(select, scope);
        var items = BindItems(select.Items, scope, expected);
        var having = select.Having is null ? "" : $" HAVING {RequireBool(Bind(select.Having, scope), "HAVING").Sql}";
        var columns = MakeUnique(items.Select(i => i.Column).ToList());
        var orderBy = order.Count == 0 ? "" : $" ORDER BY {string.Join(", ", order.Select(o => OrderBySelect(o, items, scope)))}";
        RequireRowsThatCanBeLocked(locking, scope);
        if (scope.HasAggregates || select.GroupBy.Count > 0 || select.Having is not null) RequireGrouped(scope);
        if (select.DistinctOn.Count > 0) return BindDistinctOn(select, order, items, columns, $"{from}{where}{groupBy}{having}", scope);
        var list = items.Count == 0 ? "NULL" : string.Join(", ", items.Select((item, i) => $"{(isShown && !select.Distinct ? ShownObject(item.Value) : item.Value.Sql)} AS {Quote(columns[i].SqlName)}"));
        if (scope.Hidden.Count > 0) list = $"{string.Join(", ", scope.Hidden)}, {list}";
        var sql = $"SELECT {(select.Distinct ? "DISTINCT " : "")}{list}{from}{where}{groupBy}{having}{orderBy}";
        return new BoundQuery(sql, columns) { IsPoint = IsPoint(select, scope), Lock = rows };
    }

    private string BindGroupBy(SelectBody select, Scope scope)
    {
        if (select.GroupBy.Count == 0) return "";
        scope.Clause = "GROUP BY";
        var keys = new List<string>();
        foreach (var key in select.GroupBy)
        {
            var expression = key switch
            {
                LiteralExpr { Kind: LiteralKind.Integer } position => ItemAt(position, select.Items, "GROUP BY"),
                ColumnExpr { Path: [var name] } column when FindUnqualified(scope, name, column.At) is null => select.Items.FirstOrDefault(i => i.Alias == name)?.Expression ?? key,
                _ => key,
            };
            var bound = SettleAsText(Bind(expression, scope));
            keys.Add(bound.Sql);
        }

        scope.Clause = null;
        foreach (var key in keys) scope.GroupKeys.Add(key);
        scope.Uses.Clear();
        return $" GROUP BY {string.Join(", ", keys.Select(k => IsBareNumber(k) ? $"({k} + 0)" : k))}";
    }

    /// <summary>A constant key must not be taken for a position.</summary>
    private static bool IsBareNumber(string sql) => sql.All(char.IsAsciiDigit);

    private Expr ItemAt(LiteralExpr position, IReadOnlyList<SelectItem> items, string clause)
    {
        if (!int.TryParse(position.Text, CultureInfo.InvariantCulture, out var number) || number < 1 || number > items.Count)
            throw Error("42P10", $"{clause} position {position.Text} is not in select list", position.At);
        return items[number - 1].Expression;
    }

    private List<(Bound Value, OutputColumn Column)> BindItems(IReadOnlyList<SelectItem> items, Scope scope, IReadOnlyList<SqlType>? expected)
    {
        var bound = new List<(Bound, OutputColumn)>();
        foreach (var item in items)
        {
            if (item.Expression is StarExpr star)
            {
                foreach (var (name, value) in ExpandStar(star, scope)) bound.Add((value, Output(name, value)));
                continue;
            }

            var result = Bind(item.Expression, scope);
            if (result.Type.IsUnknown)
            {
                var type = expected is not null && bound.Count < expected.Count ? expected[bound.Count] : SqlType.Unknown;
                result = Settle(result, type.IsUnknown ? SqlType.Text : type);
            }

            bound.Add((result, Output(item.Alias ?? ColumnLabel.Of(item.Expression), result)));
        }

        return bound;
    }

    private static OutputColumn Output(string name, Bound value) =>
        new(name, name, value.Type) { NotNull = value.NotNull, TableOid = value.TableOid, Attribute = value.Attribute };

    private string OrderBySelect(OrderItem item, List<(Bound Value, OutputColumn Column)> items, Scope scope)
    {
        switch (item.Expression)
        {
            case LiteralExpr { Kind: LiteralKind.Integer } position:
                if (!int.TryParse(position.Text, CultureInfo.InvariantCulture, out var number) || number < 1 || number > items.Count)
                    throw Error("42P10", $"ORDER BY position {position.Text} is not in select list", position.At);
                return Ordered((scope.Hidden.Count + number).ToString(CultureInfo.InvariantCulture), items[number - 1].Value, item);
            case ColumnExpr { Path: [var name] } column:
                var found = -1;
                for (var i = 0; i < items.Count; i++)
                {
                    if (items[i].Column.Name != name) continue;
                    if (found >= 0 && items[found].Value.Sql != items[i].Value.Sql) throw Error("42702", $"ORDER BY \"{name}\" is ambiguous", column.At);
                    if (found < 0) found = i;
                }

                if (found >= 0) return Ordered((scope.Hidden.Count + found + 1).ToString(CultureInfo.InvariantCulture), items[found].Value, item);
                break;
            case LiteralExpr { Kind: LiteralKind.String or LiteralKind.Decimal } constant:
                throw Error("42601", "non-integer constant in ORDER BY", constant.At);
        }

        var value = SettleAsText(Bind(item.Expression, scope));
        return Ordered(IsBareNumber(value.Sql) ? $"({value.Sql} + 0)" : value.Sql, value, item);
    }

    /// <param name="key">A position, or the value's own SQL.</param>
    private static string Ordered(string key, Bound value, OrderItem item)
    {
        if (value.Type.Oid == PgOid.Interval) key = $"pg_interval_us({value.Sql})";
        if (value.Type.Oid == PgOid.Numeric && !IsPlainNumber(value)) key = $"pg_numeric_key({value.Sql})";
        var direction = item.Descending ? " DESC" : "";
        if (value.NotNull) return key + direction;
        // PostgreSQL takes NULL as larger than everything, SQLite as smaller.
        var first = item.NullsFirst ?? item.Descending;
        return key + direction + (first ? " NULLS FIRST" : " NULLS LAST");
    }

    private string OrderByOutput(OrderItem item, IReadOnlyList<OutputColumn> columns)
    {
        var index = -1;
        if (item.Expression is LiteralExpr { Kind: LiteralKind.Integer } position)
        {
            if (!int.TryParse(position.Text, CultureInfo.InvariantCulture, out var number) || number < 1 || number > columns.Count)
                throw Error("42P10", $"ORDER BY position {position.Text} is not in select list", position.At);
            index = number - 1;
        }
        else if (item.Expression is ColumnExpr { Path: [var name] } column)
        {
            index = columns.ToList().FindIndex(c => c.Name == name);
            if (index < 0) throw Error("42703", $"column \"{name}\" does not exist", column.At);
        }

        if (index < 0)
            throw Error("0A000", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause", item.Expression.At, "Add the expression/function to every SELECT, or move the UNION into a FROM clause.",
                "Only result column names can be used, not expressions or functions.");
        return Ordered((index + 1).ToString(CultureInfo.InvariantCulture), new Bound(Quote(columns[index].SqlName), columns[index].Type, 0) { NotNull = columns[index].NotNull }, item);
    }

    /// <summary>No table at all, or one table with each key column equal to a value.</summary>
    private static bool IsPoint(SelectBody select, Scope scope)
    {
        if (select.From.Count == 0) return select.Where is null;
        if (select.From is not [TableSource] || scope.Tables is not [{ Info: { IsView: false } info }] || select.Where is null) return false;
        var keys = info.Columns.Where(c => c.PrimaryKey > 0).Select(c => c.Name).ToHashSet();
        if (keys.Count == 0) return false;
        Expr rest = select.Where;
        while (rest is BinaryExpr { Operator: "and" } and)
        {
            RemoveKey(and.Right, keys);
            rest = and.Left;
        }

        RemoveKey(rest, keys);
        return keys.Count == 0;
    }

    private static void RemoveKey(Expr condition, HashSet<string> keys)
    {
        if (condition is not BinaryExpr { Operator: "=" } equality) return;
        if (equality.Left is ColumnExpr left && IsValue(equality.Right)) keys.Remove(left.Path[^1]);
        else if (equality.Right is ColumnExpr right && IsValue(equality.Left)) keys.Remove(right.Path[^1]);
    }

    private static bool IsValue(Expr expression) => expression switch
    {
        LiteralExpr or ParameterExpr => true,
        CastExpr cast => IsValue(cast.Operand),
        UnaryExpr { Operator: "-" } minus => IsValue(minus.Operand),
        _ => false,
    };
}

using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>SELECT DISTINCT ON: of the rows that agree in some expressions, the first by the query's order.</summary>
internal sealed partial class Binder
{
    /// <param name="rest">FROM and what follows, up to HAVING.</param>
    private BoundQuery BindDistinctOn(SelectBody select, IReadOnlyList<OrderItem> order, List<(Bound Value, OutputColumn Column)> items, IReadOnlyList<OutputColumn> columns, string rest, Scope scope)
    {
        var keys = select.DistinctOn.Select(on => SortKey(new OrderItem(on, false, null), items, scope).Sql).ToList();
        var sorts = order.Select(item => (Item: item, Key: SortKey(item, items, scope))).ToList();
        for (var i = 0; i < Math.Min(keys.Count, sorts.Count); i++)
            if (!keys.Contains(sorts[i].Key.Sql)) throw Error("42P10", "SELECT DISTINCT ON expressions must match initial ORDER BY expressions", sorts[i].Item.Expression.At);
        var window = $"PARTITION BY {string.Join(", ", keys)}{(sorts.Count == 0 ? "" : $" ORDER BY {string.Join(", ", sorts.Select(s => s.Key.Sql + SortDirection(s.Key, s.Item)))}")}";
        var cells = items.Select((item, i) => $"{item.Value.Sql} AS \"?c{i}\"").Concat(sorts.Select((s, i) => $"{s.Key.Sql} AS \"?o{i}\"")).Append($"row_number() OVER ({window}) AS \"?n\"");
        var shown = items.Count == 0 ? "NULL" : string.Join(", ", columns.Select((column, i) => $"\"?c{i}\" AS {Quote(column.SqlName)}"));
        var outer = sorts.Count == 0 ? "" : $" ORDER BY {string.Join(", ", sorts.Select((s, i) => $"\"?o{i}\"{SortDirection(s.Key, s.Item)}"))}";
        return new BoundQuery($"SELECT {shown} FROM (SELECT {string.Join(", ", cells)}{rest}) WHERE \"?n\" = 1{outer}", columns);
    }

    /// <summary>The value to sort by, in a form whose order is the type's: a position or an output name stands for its column.</summary>
    private Bound SortKey(OrderItem item, List<(Bound Value, OutputColumn Column)> items, Scope scope)
    {
        Bound? value = item.Expression switch
        {
            LiteralExpr { Kind: LiteralKind.Integer } position when int.TryParse(position.Text, out var number) && number >= 1 && number <= items.Count => items[number - 1].Value,
            LiteralExpr { Kind: LiteralKind.Integer } position => throw Error("42P10", $"ORDER BY position {position.Text} is not in select list", position.At),
            ColumnExpr { Path: [var name] } when items.FindIndex(i => i.Column.Name == name) is >= 0 and var index => items[index].Value,
            _ => null,
        };
        value ??= SettleAsText(Bind(item.Expression, scope));
        if (value.Type.Oid == PgOid.Interval) return value with { Sql = $"pg_interval_us({value.Sql})" };
        if (value.Type.Oid == PgOid.Numeric && !IsPlainNumber(value)) return value with { Sql = $"pg_numeric_key({value.Sql})" };
        return IsBareNumber(value.Sql) ? value with { Sql = $"({value.Sql} + 0)" } : value;
    }

    private static string SortDirection(Bound value, OrderItem item)
    {
        var direction = item.Descending ? " DESC" : "";
        return value.NotNull ? direction : direction + (item.NullsFirst ?? item.Descending ? " NULLS FIRST" : " NULLS LAST");
    }
}

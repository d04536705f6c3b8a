using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Function calls: what needs code here, else by <see cref="FunctionTable"/>.</summary>
internal sealed partial class Binder
{
    private Bound BindCall(CallExpr call, Scope scope)
    {
        if (call.Star && call.Name != "count") throw Error("42809", $"{call.Name}(*) specified, but {call.Name} is not an aggregate function", call.At);
        if (FunctionTable.IsAggregate(call.Name) || call.Star) return BindAggregate(call, scope);
        if (FunctionTable.IsWindow(call.Name)) return BindWindowCall(call, scope);
        if (call.Over is not null) throw Error("42809", $"OVER specified, but {call.Name} is not a window function nor an aggregate function", call.At);
        if (call.Distinct || call.OrderBy.Count > 0) throw Error("42809", $"{(call.Distinct ? "DISTINCT" : "ORDER BY")} specified, but {call.Name} is not an aggregate function", call.At);
        if (call.Filter is not null) throw Error("42809", $"FILTER specified, but {call.Name} is not an aggregate function", call.At);
        if (IsAdvisory(call)) throw NotAlone(call);
        return BindSpecialCall(call, scope) ?? CallByTable(call.Name, call.Arguments.Select(a => Bind(a, scope)).ToList(), call.At);
    }

    private DialectException NoFunction(string name, IReadOnlyList<Bound> arguments, int at) =>
        Error("42883", $"function {name}({string.Join(", ", arguments.Select(a => TypeNames.Shown(a.Type)))}) does not exist", at,
            "No function matches the given name and argument types. You might need to add explicit type casts.");

    private Bound CallByTable(string name, List<Bound> arguments, int at)
    {
        var function = FunctionTable.Choose(name, arguments.Select(a => a.Type).ToList());
        if (function is null)
        {
            // int8(x), text(x) …: a type's name is a cast.
            if (arguments is [var only] && TypeNames.Resolve(new TypeName(name, [], 0, at)) is { } type && TryCoerce(only, type, CastContext.Explicit) is { } cast) return cast;
            throw NoFunction(name, arguments, at);
        }

        var (coerced, element) = CoerceArguments(function, arguments, at);
        var sql = function.Write(coerced.Select(a => a.Sql).ToList());
        if (function.Template is not null) NeedCatalogsOf(sql);
        return new Bound(sql, function.ReturnType(element), at) { NotNull = function.NeverNull };
    }

    /// <summary>Arguments in the types that the function takes, and what its polymorphic type T stands for.</summary>
    private (List<Bound> Arguments, SqlType Element) CoerceArguments(FunctionSpec function, List<Bound> arguments, int at)
    {
        var element = SqlType.Unknown;
        for (var i = 0; i < arguments.Count; i++)
        {
            var parameter = function.Parameter(i);
            if (parameter.IsElement) element = CastRules.Common(element, arguments[i].Type) ?? throw NoFunction(function.Name, arguments, at);
            else if (function.Returns == "T" && parameter.Type.Oid == PgOid.Numeric) element = arguments[i].Type.Oid == PgOid.Numeric ? arguments[i].Type : SqlType.Numeric;
            else if (parameter.IsArray && !arguments[i].Type.IsUnknown) element = CastRules.Common(element, arguments[i].Type.Element) ?? throw NoFunction(function.Name, arguments, at);
        }

        if (element.IsUnknown) element = SqlType.Text;
        var coerced = new List<Bound>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var parameter = function.Parameter(i);
            var type = parameter.IsElement ? element : parameter.IsArray ? ArrayTypeOf(element, at) : parameter.IsAny ? arguments[i].Type : parameter.Type;
            coerced.Add(TryCoerce(SettleIfAny(arguments[i], parameter), type, CastContext.Implicit) ?? throw NoFunction(function.Name, arguments, at));
        }

        return (coerced, element);
    }

    private Bound SettleIfAny(Bound argument, FunctionParameter parameter) => parameter.IsAny ? SettleAsText(argument) : argument;

    private Bound BindAggregate(CallExpr call, Scope scope)
    {
        var level = scope;
        if (call.Over is null)
        {
            if (level.Clause is { } clause) throw Error("42803", $"aggregate functions are not allowed in {clause}", call.At);
            if (level.InsideAggregate) throw Error("42803", "aggregate function calls cannot be nested", call.At);
            level.HasAggregates = true;
        }

        var before = level.Uses.Count;
        level.InsideAggregate = call.Over is null;
        var arguments = call.Arguments.Select(a => Bind(a, scope)).ToList();
        var order = call.OrderBy.Count == 0 ? "" : " ORDER BY " + string.Join(", ", call.OrderBy.Select(o => OrderValue(o, scope)));
        var filter = call.Filter is null ? "" : $" FILTER (WHERE {RequireBool(Bind(call.Filter, scope), "FILTER").Sql})";
        level.InsideAggregate = false;
        if (call.Over is null) level.Uses.RemoveRange(before, level.Uses.Count - before);
        var tail = filter + (call.Over is null ? "" : BindOver(call.Over, scope));
        if (call.Star) return new Bound($"count(*){tail}", SqlType.Int8, call.At) { NotNull = true };
        if (call.OrderBy.Count > 0 && call.Over is not null) throw Unsupported("ORDER BY inside a window aggregate", call.At);
        var function = FunctionTable.Choose(call.Name, arguments.Select(a => a.Type).ToList()) ?? throw NoFunction(call.Name, arguments, call.At);
        var (coerced, element) = CoerceArguments(function, arguments, call.At);
        return WriteAggregate(call, function, coerced, element, order, tail);
    }

    private Bound WriteAggregate(CallExpr call, FunctionSpec function, List<Bound> arguments, SqlType element, string order, string tail)
    {
        var distinct = call.Distinct ? "DISTINCT " : "";
        var sql = arguments.Select(a => a.Sql).ToList();
        if (call.Name == "string_agg" && call.Distinct)
        {
            if (arguments[1].Constant != ",") throw Unsupported("string_agg(DISTINCT …) with another separator than ','", call.At, "Use DISTINCT in a subquery.");
            sql.RemoveAt(1);
        }

        if (call.Name is "array_agg" or "json_agg" or "jsonb_agg")
        {
            sql[0] = call.Name == "array_agg" ? JsonElementSql(arguments[0]) : JsonValueSql(arguments[0]);
            var list = $"nullif(json_group_array({distinct}{sql[0]}{order}){tail}, '[]')";
            return new Bound(call.Name == "jsonb_agg" ? $"pg_jsonb({list})" : list, call.Name == "array_agg" ? ArrayTypeOf(element, call.At) : function.ReturnType(element), call.At);
        }

        if (call.Name is "json_object_agg" or "jsonb_object_agg") sql[1] = JsonValueSql(arguments[1]);
        if (call.Name is "min" or "max" && arguments[0].Type.Oid is PgOid.Bool or PgOid.Json or PgOid.Jsonb or PgOid.Uuid) throw NoFunction(call.Name, arguments, call.At);
        if (call.Name is "min" or "max" && arguments[0].Type.Oid == PgOid.Interval) throw Unsupported($"{call.Name}(interval)", call.At, "Order by the interval and take the first.");
        if (call.Name is "min" or "max" && arguments[0].Type.Oid == PgOid.Numeric && !IsPlainNumber(arguments[0]))
            return new Bound($"pg_numeric_of_key({call.Name}(pg_numeric_key({sql[0]})){tail})", arguments[0].Type, call.At);
        var name = call.Over is null ? function.SqlName : function.WindowSqlName;
        if (call.Over is not null && name.StartsWith("pg_", StringComparison.Ordinal)) throw Unsupported($"{call.Name}() as a window function", call.At, "Compute it in a grouped subquery and join that.");
        var text = $"{name}({distinct}{string.Join(", ", sql)}{order}){tail}";
        return new Bound(call.Name == "jsonb_object_agg" ? $"pg_jsonb({text})" : text, function.ReturnType(element), call.At) { NotNull = call.Name == "count" };
    }

    private string OrderValue(OrderItem item, Scope scope)
    {
        var value = SettleAsText(Bind(item.Expression, scope));
        return Ordered(IsBareNumber(value.Sql) ? $"({value.Sql} + 0)" : value.Sql, value, item);
    }

    private Bound BindWindowCall(CallExpr call, Scope scope)
    {
        if (call.Over is null) throw Error("42809", $"window function {call.Name} requires an OVER clause", call.At);
        if (scope.Clause is { } clause) throw Error("42P20", $"window functions are not allowed in {clause}", call.At);
        var arguments = call.Arguments.Select(a => Bind(a, scope)).ToList();
        var function = FunctionTable.Choose(call.Name, arguments.Select(a => a.Type).ToList()) ?? throw NoFunction(call.Name, arguments, call.At);
        var (coerced, element) = CoerceArguments(function, arguments, call.At);
        var sql = function.Write(coerced.Select(a => a.Sql).ToList()) + BindOver(call.Over, scope);
        return new Bound(sql, function.ReturnType(element), call.At) { NotNull = function.NeverNull };
    }

    private string BindOver(WindowSpec over, Scope scope)
    {
        scope.HasWindowCalls = true;
        var parts = new List<string>();
        var partition = over.PartitionBy;
        var order = over.OrderBy;
        var frame = over.Frame;
        if (over.Name is { } name)
        {
            if (!scope.Windows.TryGetValue(name, out var named)) throw Error("42704", $"window \"{name}\" does not exist", over.At);
            if (named.Name is not null) throw Unsupported("a window defined by another window", over.At);
            (partition, order, frame) = (named.PartitionBy, order.Count > 0 ? order : named.OrderBy, frame ?? named.Frame);
        }

        if (partition.Count > 0) parts.Add("PARTITION BY " + string.Join(", ", partition.Select(p => SettleAsText(Bind(p, scope)).Sql)));
        if (order.Count > 0) parts.Add("ORDER BY " + string.Join(", ", order.Select(o => OrderValue(o, scope))));
        if (frame is not null) parts.Add(frame);
        return $" OVER ({string.Join(' ', parts)})";
    }

    private Bound BindScalarQuery(ScalarQueryExpr scalar, Scope scope)
    {
        var inner = BindSubquery(scalar.Query, scope);
        if (inner.Columns.Count != 1) throw Error("42601", "subquery must return only one column", scalar.At);
        return new Bound($"({inner.Sql})", inner.Columns[0].Type, scalar.At);
    }

    /// <summary>A value inside a JSON document that SQLite's json functions build.</summary>
    private static string JsonValueSql(Bound value) => value.Type.Oid switch
    {
        PgOid.Json or PgOid.Jsonb => $"json({value.Sql})",
        PgOid.Bool => JsonElementSql(value),
        _ when value.Type.IsArray => $"json({value.Sql})",
        _ when value.Type.IsNumber || value.Type.IsString => value.Sql,
        _ => ConvertSql(value.Sql, value.Type, SqlType.Text),
    };
}

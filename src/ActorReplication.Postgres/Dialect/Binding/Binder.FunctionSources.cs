using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Functions in FROM.</summary>
internal sealed partial class Binder
{
    private string BindFunctionSource(FunctionSource source, Scope scope)
    {
        var alias = source.Alias ?? source.Call.Name;
        return source.Call.Name switch
        {
            "pg_get_keywords" => BindCatalogTable(new TableSource("pg_catalog", "pg_keywords", alias, source.Columns, source.At), _catalog.Find(null, "pg_keywords")!, scope),
            "pg_listening_channels" => BindChannels(source, alias, scope),
            "generate_series" => BindSeries(source, alias, scope),
            "unnest" or "generate_subscripts" => BindUnnest(source, alias, scope),
            "json_array_elements" or "jsonb_array_elements" or "json_array_elements_text" or "jsonb_array_elements_text" or "json_each" or "jsonb_each" or "json_each_text"
                or "jsonb_each_text" or "json_object_keys" or "jsonb_object_keys" => BindJsonSource(source, alias, scope),
            _ => BindScalarSource(source, alias, scope),
        };
    }

    private void AddFunction(FunctionSource source, string alias, Scope scope, List<RangeColumn> columns)
    {
        if (source.Columns.Count > columns.Count) throw TooManyNames(alias, columns.Count, source.Columns.Count, source.At);
        var renamed = columns.Select((c, i) => i < source.Columns.Count ? c with { Name = source.Columns[i] } : c).ToList();
        AddTable(scope, new RangeTable(alias, renamed) { IsScalar = true }, source.At);
    }

    /// <summary>One column takes the table's alias as its name, as in PostgreSQL.</summary>
    private static string ValueName(FunctionSource source) => source.Alias ?? source.Call.Name;

    private string BindSeries(FunctionSource source, string alias, Scope scope)
    {
        if (source.Call.Arguments.Count is < 2 or > 3) throw Error("42883", "function generate_series does not exist with these arguments", source.At);
        var outer = OuterOf(scope);
        var arguments = source.Call.Arguments.Select(a => Bind(a, outer)).ToList();
        var isTime = arguments[0].Type.IsDateTime || arguments[1].Type.IsDateTime;
        SqlType type;
        string next, compare;
        if (isTime)
        {
            if (arguments.Count != 3) throw NoFunction("generate_series", arguments, source.At);
            type = arguments[0].Type.Oid == PgOid.Timestamp || arguments[1].Type.Oid == PgOid.Timestamp ? SqlType.Timestamp : SqlType.TimestampTz;
            var step = TryCoerce(arguments[2], SqlType.Interval, CastContext.Implicit) ?? throw NoFunction("generate_series", arguments, source.At);
            arguments = [TryCoerce(arguments[0], type, CastContext.Implicit)!, TryCoerce(arguments[1], type, CastContext.Implicit)!, step];
            next = $"pg_timestamp_add(\"v\", {step.Sql}, 1)";
            compare = $"CASE WHEN pg_interval_us({step.Sql}) > 0 THEN {{0}} <= {arguments[1].Sql} WHEN pg_interval_us({step.Sql}) < 0 THEN {{0}} >= {arguments[1].Sql} END";
        }
        else
        {
            var unified = Unify(arguments, out _) ?? throw NoFunction("generate_series", arguments, source.At);
            type = unified[0].Type.Oid == PgOid.Text ? SqlType.Int4 : unified[0].Type;
            arguments = unified;
            if (!type.IsNumber || type.IsFloat) throw NoFunction("generate_series", arguments, source.At);
            if (type.Oid == PgOid.Int2) type = SqlType.Int4;
            var step = arguments.Count == 3 ? arguments[2].Sql : "1";
            next = $"\"v\" + {step}";
            compare = step == "1" ? $"{{0}} <= {arguments[1].Sql}" : $"CASE WHEN {step} > 0 THEN {{0}} <= {arguments[1].Sql} WHEN {step} < 0 THEN {{0}} >= {arguments[1].Sql} END";
        }

        var first = arguments[0].Sql;
        var name = source.Columns.Count > 0 ? source.Columns[0] : ValueName(source);
        AddFunction(source, alias, scope, [new RangeColumn(name, $"{Quote(alias)}.\"v\"", type) { NotNull = true }]);
        if (source.WithOrdinality) throw Unsupported("WITH ORDINALITY of generate_series", source.At, "Use row_number() OVER ().");
        return $"(WITH RECURSIVE \"series\"(\"v\") AS (SELECT {first} WHERE {string.Format(compare, first)} UNION ALL SELECT {next} FROM \"series\" WHERE {string.Format(compare, next)}) SELECT \"v\" FROM \"series\") AS {Quote(alias)}";
    }

    /// <summary>int2vector and oidvector are no arrays here, but stand for ones.</summary>
    private static Bound VectorAsArray(Bound value) =>
        value.Type.Oid is TypeNames.Int2Vector or TypeNames.OidVector ? new Bound($"pg_vector_array({value.Sql})", new SqlType(PgOid.Int4Array), value.At) : value;

    private string BindUnnest(FunctionSource source, string alias, Scope scope)
    {
        if (source.Call.Arguments.Count == 0) throw Error("42883", $"function {source.Call.Name}() does not exist", source.At);
        if (source.Call is { Name: "unnest", Arguments.Count: > 1 }) return BindParallelUnnest(source, alias, scope);
        var array = Bind(source.Call.Arguments[0], scope);
        array = VectorAsArray(array);
        if (array.Type.IsUnknown) throw Error("42725", $"function {source.Call.Name}(unknown) is not unique", source.At, "Could not choose a best candidate function. You might need to add explicit type casts.");
        if (!array.Type.IsArray) throw NoFunction(source.Call.Name, [array], source.At);
        var value = $"{Quote(alias)}.\"value\"";
        var position = $"({Quote(alias)}.\"key\" + 1)";
        List<RangeColumn> columns = source.Call.Name == "unnest"
            ? [new RangeColumn(ValueName(source), ElementSql(value, array.Type.Element), array.Type.Element)]
            : [new RangeColumn(ValueName(source), position, SqlType.Int4)];
        if (source.WithOrdinality) columns.Add(new RangeColumn("ordinality", position, SqlType.Int8) { NotNull = true });
        AddFunction(source, alias, scope, columns);
        return $"json_each({array.Sql}) AS {Quote(alias)}";
    }

    /// <summary>unnest(a, b, …): the arrays side by side, the shorter ones filled with NULL.</summary>
    private string BindParallelUnnest(FunctionSource source, string alias, Scope scope)
    {
        var arrays = source.Call.Arguments.Select(a => VectorAsArray(Bind(a, scope))).ToList();
        if (arrays.Any(a => !a.Type.IsArray)) throw NoFunction("unnest", arrays, source.At);
        var position = $"{Quote(alias)}.\"key\"";
        var columns = arrays.Select(a => new RangeColumn("unnest", ElementSql($"json_extract({a.Sql}, '$[' || {position} || ']')", a.Type.Element), a.Type.Element)).ToList();
        if (source.WithOrdinality) columns.Add(new RangeColumn("ordinality", $"({position} + 1)", SqlType.Int8) { NotNull = true });
        AddFunction(source, alias, scope, columns);
        var longest = arrays.Skip(1).Aggregate(arrays[0].Sql, (best, a) => $"(CASE WHEN coalesce(json_array_length({best}), 0) >= coalesce(json_array_length({a.Sql}), 0) THEN {best} ELSE {a.Sql} END)");
        return $"json_each({longest}) AS {Quote(alias)}";
    }

    private string BindJsonSource(FunctionSource source, string alias, Scope scope)
    {
        var name = source.Call.Name;
        var type = new SqlType(name.StartsWith("jsonb", StringComparison.Ordinal) ? PgOid.Jsonb : PgOid.Json);
        if (source.Call.Arguments.Count != 1) throw Error("42883", $"function {name} does not exist with these arguments", source.At);
        var document = TryCoerce(Bind(source.Call.Arguments[0], scope), type, CastContext.Implicit) ?? throw NoFunction(name, [], source.At);
        var isText = name.EndsWith("_text", StringComparison.Ordinal);
        var value = new RangeColumn("value", $"{(isText ? "pg_json_get_text" : "pg_json_get")}({document.Sql}, {Quote(alias)}.\"key\")", isText ? SqlType.Text : type);
        var key = new RangeColumn("key", $"CAST({Quote(alias)}.\"key\" AS TEXT)", SqlType.Text);
        List<RangeColumn> columns = name.Contains("each") ? [key, value] : name.EndsWith("keys", StringComparison.Ordinal) ? [key with { Name = ValueName(source) }] : [value with { Name = source.Alias ?? "value" }];
        if (source.WithOrdinality) columns.Add(new RangeColumn("ordinality", $"({Quote(alias)}.\"key\" + 1)", SqlType.Int8));
        AddFunction(source, alias, scope, columns);
        return $"json_each({document.Sql}) AS {Quote(alias)}";
    }

    /// <summary>Its argument may name a table beside it, since the argument is not used.</summary>
    private static bool IsSetOfNothing(CallExpr call) => call.Name == "pg_partition_ancestors";

    private string BindScalarSource(FunctionSource source, string alias, Scope scope)
    {
        var value = SettleAsText(Bind(source.Call, IsSetOfNothing(source.Call) ? scope : OuterOf(scope)));
        var columns = new List<RangeColumn> { new(ValueName(source), $"{Quote(alias)}.\"v\"", value.Type) { NotNull = value.NotNull } };
        if (source.WithOrdinality) columns.Add(new RangeColumn("ordinality", "1", SqlType.Int8) { NotNull = true });
        AddFunction(source, alias, scope, columns);
        return $"(SELECT {value.Sql} AS \"v\") AS {Quote(alias)}";
    }
}

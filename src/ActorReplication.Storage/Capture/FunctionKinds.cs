using System.Collections.Frozen;
using ActorReplication.Storage.Engine;

namespace ActorReplication.Storage.Capture;

/// <summary>What the result of each SQL function depends on.</summary>
internal sealed class FunctionKinds
{
    /// <summary>SQLite's own that do not give the same everywhere: other builds, other connections, other C libraries' last digit; and aggregates and window
    /// functions whose result depends on the order of rows (sums of reals among them).</summary>
    private static readonly FrozenSet<string> BuiltInElsewhere = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "total_changes", "sqlite_version", "sqlite_source_id", "sqlite_compileoption_get", "sqlite_compileoption_used", "sqlite_offset", "sqlite_log",
        "exp", "ln", "log", "log10", "log2", "pow", "power", "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh",
        "sum", "total", "avg", "median", "percentile", "percentile_cont", "percentile_disc", "group_concat", "string_agg", "json_group_array", "json_group_object",
        "jsonb_group_array", "jsonb_group_object", "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "first_value", "last_value", "nth_value");

    private readonly Dictionary<string, FunctionInput> kinds = new(StringComparer.OrdinalIgnoreCase);

    internal FunctionKinds(DatabaseOptions options)
    {
        foreach (var name in BuiltInElsewhere)
            kinds[name] = FunctionInput.Elsewhere;
        kinds["random"] = kinds["randomblob"] = FunctionInput.Chance;
        foreach (var aggregate in options.Aggregates)
            kinds[aggregate.Name] = FunctionInput.Elsewhere;
        foreach (var function in options.Functions)
            kinds[function.Name] = function.Input;
    }

    internal FunctionInput Of(string name) => kinds.GetValueOrDefault(name, FunctionInput.Arguments);
}

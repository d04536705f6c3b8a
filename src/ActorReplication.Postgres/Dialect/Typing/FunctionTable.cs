using System.Collections.Frozen;
using System.Text.RegularExpressions;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Typing;

/// <summary>The functions there are, and which of several signatures a call means.</summary>
internal static partial class FunctionTable
{
    private static readonly FrozenDictionary<string, FunctionSpec[]> ByName =
        Read(FunctionList.Text).GroupBy(f => f.Name).ToFrozenDictionary(g => g.Key, g => g.ToArray());

    public static bool IsAggregate(string name) => ByName.TryGetValue(name, out var all) && all[0].Kind == FunctionKind.Aggregate;
    public static bool IsWindow(string name) => ByName.TryGetValue(name, out var all) && all[0].Kind == FunctionKind.Window;
    public static IEnumerable<FunctionSpec> All => ByName.Values.SelectMany(f => f);

    /// <summary>The nearest signature: fewest conversions, preferred types (text, float8, timestamptz) for what is untyped. Null: none fits.</summary>
    public static FunctionSpec? Choose(string name, IReadOnlyList<SqlType> arguments)
    {
        if (!ByName.TryGetValue(name, out var candidates)) return null;
        FunctionSpec? best = null;
        var least = int.MaxValue;
        foreach (var candidate in candidates)
        {
            if (!candidate.Takes(arguments.Count)) continue;
            var cost = 0;
            for (var i = 0; i < arguments.Count && cost < 1_000_000; i++) cost += Cost(arguments[i], candidate.Parameter(i));
            if (cost >= 1_000_000 || cost >= least) continue;
            best = candidate;
            least = cost;
        }

        return best;
    }

    private static int Cost(SqlType argument, FunctionParameter parameter)
    {
        if (parameter.IsAny || parameter.IsElement) return 3;
        if (parameter.IsArray) return argument.IsArray || argument.IsUnknown ? 3 : 1_000_000;
        if (argument.Oid == parameter.Type.Oid) return 0;
        if (argument.IsUnknown) return parameter.Type.Oid is PgOid.Text or PgOid.Float8 or PgOid.TimestampTz ? 1 : 4;
        if (!CastRules.Allows(argument, parameter.Type, CastContext.Implicit)) return 1_000_000;
        if (argument.IsString && parameter.Type.IsString) return 1;
        return argument.IsInteger && parameter.Type.IsInteger ? 2 : argument.IsInteger && parameter.Type.Oid == PgOid.Float8 ? 5 : argument.IsInteger && parameter.Type.Oid == PgOid.Numeric ? 6 : 7;
    }

    private static IEnumerable<FunctionSpec> Read(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("--", StringComparison.Ordinal)) continue;
            var match = Line().Match(line);
            if (!match.Success) throw new InvalidOperationException($"function table: {line}");
            var name = match.Groups["name"].Value;
            var kind = match.Groups["kind"].Value switch { "agg" => FunctionKind.Aggregate, "win" => FunctionKind.Window, _ => FunctionKind.Scalar };
            var parameters = match.Groups["args"].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var isVariadic = parameters.Length > 0 && parameters[^1].EndsWith("...", StringComparison.Ordinal);
            var required = parameters.Count(p => !p.EndsWith('?'));
            var to = match.Groups["to"].Value;
            var isCall = to.Length > 0 && to.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
            yield return new FunctionSpec(name, kind, parameters.Select(p => FunctionParameter.Parse(p.Replace("...", "", StringComparison.Ordinal).TrimEnd('?'))).ToList(), required, isVariadic,
                match.Groups["returns"].Value, to.Length == 0 ? name : isCall ? to : name, isCall || to.Length == 0 ? null : to);
        }
    }

    [GeneratedRegex(@"^(?:(?<kind>agg|win) )?(?<name>\w+)\((?<args>[^)]*)\) (?<returns>[\w\[\]]+)(?: = (?<to>.*))?$")]
    private static partial Regex Line();
}

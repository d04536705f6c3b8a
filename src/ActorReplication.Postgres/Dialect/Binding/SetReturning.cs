using ActorReplication.Postgres.Dialect.Syntax;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Functions that return several rows, as items of a select list: they are put beside the tables of FROM, where they have the same rows. Several of them go side by side, the shorter ones filled
/// with NULL, as PostgreSQL does since version 10.</summary>
internal static class SetReturning
{
    private const string Alias = "rows of functions";

    public static SelectBody Rewrite(SelectBody select)
    {
        var calls = select.Items.Select(i => CallOf(i.Expression)).ToList();
        if (calls.All(c => c is null) || IsComputedLater(select, calls)) return select;
        var arrays = calls.OfType<CallExpr>().ToList();
        var areArrays = arrays.TrueForAll(c => c.Name is "unnest" or "generate_subscripts" && c.Arguments.Count > 0);
        // Others side by side have no common source; they stay, and are refused by name.
        if (!areArrays && arrays.Count > 1) return select;
        var source = areArrays
            ? new FunctionSource(new CallExpr("unnest", [.. arrays.Select(c => c.Arguments[0])], arrays[0].At), Alias, [.. arrays.Select((_, i) => $"c{i}"), "ordinality"], true, arrays[0].At)
            : new FunctionSource(arrays[0], Alias, ["c0"], false, arrays[0].At);
        var next = 0;
        var items = select.Items.Select((item, i) => calls[i] is { } call ? new SelectItem(Replace(item.Expression, call, next++), item.Alias ?? call.Name) : item).ToList();
        return select with { Items = items, From = [.. select.From, source] };
    }

    private static CallExpr? CallOf(Expr expression) => expression switch
    {
        CallExpr { Name: "unnest" or "generate_subscripts" or "generate_series" or "json_array_elements" or "jsonb_array_elements" or "json_array_elements_text" or "jsonb_array_elements_text"
            or "json_object_keys" or "jsonb_object_keys" } call => call,
        CastExpr cast => CallOf(cast.Operand),
        _ => null,
    };

    /// <summary>PostgreSQL makes the rows after grouping, unless it is by them that rows are grouped.</summary>
    private static bool IsComputedLater(SelectBody select, List<CallExpr?> calls)
    {
        if (select.GroupBy.Count == 0 && select.Having is null) return select.DistinctOn.Count > 0;
        for (var i = 0; i < calls.Count; i++)
        {
            if (calls[i] is null) continue;
            var number = $"{i + 1}";
            var alias = select.Items[i].Alias;
            if (!select.GroupBy.Any(g => g is LiteralExpr { Kind: LiteralKind.Integer } place && place.Text == number || g is ColumnExpr { Path: [var name] } && name == alias)) return true;
        }

        return false;
    }

    private static Expr Replace(Expr expression, CallExpr call, int number) => expression switch
    {
        CastExpr cast => cast with { Operand = Replace(cast.Operand, call, number) },
        _ => new ColumnExpr([Alias, call.Name == "generate_subscripts" ? "ordinality" : $"c{number}"], call.At),
    };
}

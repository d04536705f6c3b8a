using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>Advisory locks.</summary>
internal sealed partial class Binder
{
    /// <summary>SELECT pg_advisory_lock(…) [FROM …], alone in its select list: a query of the keys.</summary>
    private Translation? AdvisoryCallOf(SelectStatement select)
    {
        if (select.Query.Body is not SelectBody { Items: [{ Expression: CallExpr { Over: null } call } item], Distinct: false } body || !IsAdvisory(call)) return null;
        var advisory = AdvisoryCall.Of(call.Name, call.Arguments.Count) ?? throw Error("42883", $"function {call.Name} does not exist with {call.Arguments.Count} arguments", call.At);
        IReadOnlyList<SelectItem> keys = call.Arguments.Count == 0
            ? [new SelectItem(new LiteralExpr(LiteralKind.Integer, "0", call.At), "key")]
            : [.. call.Arguments.Select((argument, i) => new SelectItem(argument, "key" + i))];
        var type = advisory.IsPair ? SqlType.Int4 : SqlType.Int8;
        var query = BindQuery(select.Query with { Body = body with { Items = keys } }, null, [.. keys.Select(_ => type)]);
        if (!query.Columns.All(c => c.Type.IsInteger && (!advisory.IsPair || c.Type.Oid != PgOid.Int8)))
            throw Error("42883", $"function {call.Name}({string.Join(", ", query.Columns.Select(c => TypeNames.Shown(c.Type)))}) does not exist", call.At,
                "No function matches the given name and argument types. You might need to add explicit type casts.");
        return Finish(new Translation
        {
            Sql = query.Sql,
            Tag = "SELECT",
            TagCount = TagCount.Returned,
            Columns = [new ResultColumn(item.Alias ?? call.Name, advisory.AnswersBool ? PgOid.Bool : PgOid.Void)],
            ReadOnly = true,
            Advisory = advisory,
        });
    }

    private static bool IsAdvisory(CallExpr call) => call.Name.StartsWith("pg_advisory_", StringComparison.Ordinal) || call.Name.StartsWith("pg_try_advisory_", StringComparison.Ordinal);

    private DialectException NotAlone(CallExpr call) =>
        Unsupported($"{call.Name}() elsewhere than alone in a SELECT's list", call.At, $"Say SELECT {call.Name}(…), with FROM and WHERE as needed, as a statement of its own.");
}

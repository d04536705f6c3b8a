using ActorReplication.Postgres.Dialect.Syntax;
using ActorReplication.Postgres.Dialect.Typing;
using ActorReplication.Postgres.Types;

namespace ActorReplication.Postgres.Dialect.Binding;

/// <summary>pg_notify() and pg_listening_channels().</summary>
internal sealed partial class Binder
{
    /// <summary>SELECT pg_notify(channel, payload) [FROM …], alone in its select list: a query of what is to be said.</summary>
    private Translation? NotifyCall(SelectStatement select)
    {
        if (select.Query.Body is not SelectBody { Items: [{ Expression: CallExpr { Name: "pg_notify" or "pg_listening_channels" } call } item] } body) return null;
        if (call.Name == "pg_listening_channels")
        {
            if (body.From.Count > 0 || call.Arguments.Count > 0) return null;
            var column = new ColumnExpr([call.Name], call.At);
            var from = new FunctionSource(call, null, [], false, call.At);
            return TranslateSelect(select with { Query = select.Query with { Body = body with { Items = [new SelectItem(column, item.Alias)], From = [from] } } });
        }
        if (call.Arguments is not [var channel, var payload]) throw Error("42883", $"function pg_notify does not exist with {call.Arguments.Count} arguments", call.At);
        var query = BindQuery(select.Query with { Body = body with { Items = [new SelectItem(channel, "channel"), new SelectItem(payload, "payload")] } }, null, null);
        return Finish(new Translation
        {
            Sql = query.Sql,
            Tag = "SELECT",
            TagCount = TagCount.Returned,
            Columns = [new ResultColumn(item.Alias ?? "pg_notify", PgOid.Void)],
            ReadOnly = true,
            Notifies = true,
        });
    }

    private string BindChannels(FunctionSource source, string alias, Scope scope)
    {
        AddFunction(source, alias, scope, [new RangeColumn(ValueName(source), $"{Quote(alias)}.\"value\"", SqlType.Text)]);
        return $"json_each({Session(SessionValue.ListeningChannels)}) AS {Quote(alias)}";
    }
}

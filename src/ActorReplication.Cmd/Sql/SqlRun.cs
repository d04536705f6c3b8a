using System.Text;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Sql;

internal sealed class SqlRun : IVerb
{
    public string Name => "sql";
    public string Options => "[STATEMENT…] [--max-rows N] [--consistency default|local|session|linearizable]";
    public string Purpose => "Runs statements on the leader, as one transaction; without any, those that come in on standard input, separated by a line with a semicolon at its end.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var rows = invocation.Number("max-rows", 1, 10_000);
        var consistency = invocation.Option("consistency");
        invocation.RejectRest(int.MaxValue);
        var statements = invocation.Words.Count > 1 ? invocation.Words.Skip(1) : Split(Console.In.ReadToEnd());
        return api.PostAsync("/api/sql?leader=true", new JsonObject
        {
            ["statements"] = new JsonArray([.. statements.Select(s => (JsonNode?)new JsonObject { ["sql"] = s })]),
            ["maxRows"] = rows,
            ["consistency"] = consistency,
            ["timeoutMs"] = 600_000,
        }, NodeApi.LongPatience);
    }

    public string Show(JsonNode answer)
    {
        var text = new StringBuilder();
        foreach (var result in answer.List("results"))
        {
            if (result is JsonObject o && o["columns"] is JsonArray columns)
            {
                var table = new Table([.. columns.Select(c => c.Text("name") ?? "")]);
                foreach (var row in result.List("rows")) table.Add([.. ((JsonArray)row!).Select(v => v is null ? null : v is JsonValue ? v.ToString() : v.ToJsonString())]);
                text.Append(table.Render(Table.TerminalWidth));
            }
            text.Append(result.Text("command") ?? $"{result.Text("count")} rows").Append(result.Text("truncated") == "true" ? " (cut off: --max-rows)\n" : "\n");
        }
        return text.ToString();
    }

    private static List<string> Split(string text)
    {
        var statements = new List<string>();
        var statement = new StringBuilder();
        foreach (var line in text.Split('\n'))
        {
            statement.AppendLine(line);
            if (!line.TrimEnd().EndsWith(';')) continue;
            statements.Add(statement.ToString().Trim().TrimEnd(';'));
            statement.Clear();
        }
        if (statement.ToString().Trim() is { Length: > 0 } rest) statements.Add(rest);
        return statements;
    }
}

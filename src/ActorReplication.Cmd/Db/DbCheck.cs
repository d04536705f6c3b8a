using System.Text;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Db;

internal sealed class DbCheck : IVerb
{
    public string Name => "db check";
    public string Purpose => "Compares every node's tables with the leader's, all at one log index, while writing goes on; names tables and keys of rows that differ. Exit code 1 unless all are equal.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.PostAsync("/api/db/check", [], NodeApi.LongPatience);
    }

    public int Code(JsonNode answer) => answer.Text("equal") == "true" ? 0 : CommandException.Failed;

    public string Show(JsonNode answer)
    {
        var text = new StringBuilder($"compared with {answer.Text("leader")} at {answer.Text("term")}/{answer.Text("index")}\n");
        foreach (var node in answer.List("nodes"))
        {
            text.Append($"  {node.Text("node")}: {node.Text("state")}");
            text.AppendLine(node.Text("problem") is { } problem ? $": {problem}" : $", {node.Text("tables")} tables, {node.Text("rows")} rows");
            foreach (var table in node.List("differences"))
            {
                text.AppendLine($"    {table.Text("table")}: " + table.Text("what") switch
                {
                    "missing" => $"the table is missing here; the leader's has {table.Text("leaderRows")} rows",
                    "extra" => $"only this node has the table, with {table.Text("rows")} rows",
                    _ => $"{table.Text("rows")} rows, the leader has {table.Text("leaderRows")}",
                });
                Keys(text, table, "changed", "differ");
                Keys(text, table, "missing", "missing here");
                Keys(text, table, "extra", "only here");
                if (table.Text("more") == "true") text.AppendLine("      … and more");
            }
        }
        if (answer.Text("equal") != "true") text.AppendLine("A follower that differs takes a clone of the leader's database with: db repair --node NODE");
        return text.ToString();
    }

    private static void Keys(StringBuilder text, JsonNode? table, string list, string what)
    {
        var keys = table.List(list).Select(k => $"({k})").ToArray();
        if (keys.Length > 0) text.AppendLine($"      {what}: {string.Join(" ", keys)}");
    }
}

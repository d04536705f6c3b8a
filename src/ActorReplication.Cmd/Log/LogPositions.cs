using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Log;

internal sealed class LogPositions : IVerb
{
    public string Name => "log positions";
    public string Purpose => "From where to where each node's log goes, and how far it is on disk, committed and applied.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.GetAsync("/api/log/positions");
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("node", "role", "first", "last", "term of last", "durable", "commit", "applied", "bytes");
        foreach (var n in (answer as JsonArray) ?? [])
            table.Add(n.Text("node"), n.Text("role"), n.Text("first"), n.Text("last"), n.Text("lastTerm"), n.Text("durable"), n.Text("commit"), n.Text("applied"), n.Text("bytes"));
        return table.Render(Table.TerminalWidth);
    }
}

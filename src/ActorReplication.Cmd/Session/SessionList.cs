using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Session;

internal sealed class SessionList : IVerb
{
    public string Name => "session list";
    public string Options => "[--node NODE]";
    public string Purpose => "The SQL sessions of the node that answers, or of NODE.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var node = invocation.Option("node");
        invocation.RejectRest(2);
        return api.GetAsync("/api/sessions" + (node is null ? "" : $"?node={Uri.EscapeDataString(node)}"));
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("node", "id", "user", "application", "address", "state");
        foreach (var s in answer.List("sessions")) table.Add(answer.Text("node"), s.Text("id"), s.Text("user"), s.Text("application"), s.Text("address"), s.Text("state"));
        return table.Render(Table.TerminalWidth);
    }
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Election;

internal sealed class ElectionShow : IVerb
{
    public string Name => "election show";
    public string Purpose => "Every vote asked for, given and refused, with the reason, newest last.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.GetAsync("/api/elections");
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("time", "term", "node", "event", "peer", "refusal");
        foreach (var e in (answer as JsonArray) ?? [])
            table.Add(DateTimeOffset.TryParse(e.Text("at"), out var at) ? at.ToLocalTime().ToString("HH:mm:ss.fff") : null,
                e.Text("term"), e.Text("node"), e.Text("event"), e.Text("peer"), e.Text("refusal") is "None" ? null : e.Text("refusal"));
        return table.Render(Table.TerminalWidth);
    }
}

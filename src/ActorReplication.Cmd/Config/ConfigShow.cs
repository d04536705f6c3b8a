using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Config;

internal sealed class ConfigShow : IVerb
{
    public string Name => "config show";
    public string Purpose => "The cluster's settings, which live in the log and can be changed while it runs. (A node's own stand in its node.conf; start --check validates that.)";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.GetAsync("/api/config");
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("setting", "value", "takes", "meaning");
        foreach (var s in answer.List("settings")) table.Add(s.Text("name"), s.Text("value"), s.Text("values"), s.Text("meaning"));
        return table.Render(Table.TerminalWidth);
    }
}

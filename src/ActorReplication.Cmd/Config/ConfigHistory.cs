using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Config;

internal sealed class ConfigHistory : IVerb
{
    public string Name => "config history";
    public string Purpose => "What was changed when, as far back as the log goes: policy, members, settings.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.GetAsync("/api/config/history", NodeApi.LongPatience);
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("index", "time", "change");
        foreach (var c in answer.List("changes"))
            foreach (var what in c.List("what"))
                table.Add(c.Text("index"), DateTimeOffset.TryParse(c.Text("at"), out var at) ? at.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss") : null, (string?)what);
        return table.Render(Table.TerminalWidth);
    }
}

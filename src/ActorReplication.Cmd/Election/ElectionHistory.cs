using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Election;

internal sealed class ElectionHistory : IVerb
{
    public string Name => "election history";
    public string Purpose => "Who led, in which term, from when and for how long, as far as the nodes that answer remember.";

    public async Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        var won = ((await api.GetAsync("/api/elections")) as JsonArray ?? []).Where(e => e.Text("event") == "Won").ToArray();
        return new JsonArray([.. won.Select((e, i) => (JsonNode?)new JsonObject { ["from"] = e.Text("at"), ["until"] = i + 1 < won.Length ? won[i + 1].Text("at") : null, ["term"] = e.Text("term"), ["leader"] = e.Text("node") })]);
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("term", "leader", "from", "for");
        foreach (var e in (answer as JsonArray) ?? [])
        {
            var from = DateTimeOffset.Parse(e.Text("from")!);
            var until = e.Text("until") is { } end ? DateTimeOffset.Parse(end) : DateTimeOffset.Now;
            table.Add(e.Text("term"), e.Text("leader"), from.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss"), (until - from).ToString(@"d\.hh\:mm\:ss"));
        }
        return table.Render(Table.TerminalWidth);
    }
}

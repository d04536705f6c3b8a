using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Replication;

internal sealed class MethodShow : IVerb
{
    public string Name => "replication method show";
    public string Purpose => "How changes travel: row, statement, mixed or page.";

    public async Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(3);
        return new JsonObject { ["method"] = (await api.GetAsync("/api/cluster")).Text("method") };
    }

    public string Show(JsonNode answer) => answer.Text("method") + "\n";
}

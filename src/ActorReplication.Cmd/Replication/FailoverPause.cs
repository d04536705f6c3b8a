using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Replication;

internal sealed class FailoverPause : IVerb
{
    public string Name => "replication pause";
    public string Purpose => "Nobody takes over from the leader by itself, until resumed; a handover and an operator's failover go as ever.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.PostAsync("/api/replication/pause", []);
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Replication;

internal sealed class FailoverResume : IVerb
{
    public string Name => "replication resume";
    public string Purpose => "Followers take over by themselves again.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.PostAsync("/api/replication/resume", []);
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Replication;

internal sealed class PolicyShow : IVerb
{
    public string Name => "replication policy show";
    public string Purpose => "How many copies a commit waits for.";

    public async Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(3);
        var cluster = await api.GetAsync("/api/cluster");
        return new JsonObject
        {
            ["policy"] = cluster.Text("policy"),
            ["policyPostgres"] = cluster.Text("policyPostgres"),
            ["policyChanging"] = cluster.Text("policyChanging") == "true",
        };
    }

    public string Show(JsonNode answer) =>
        $"{answer.Text("policy")}    synchronous_standby_names = '{answer.Text("policyPostgres")}'{(answer.Text("policyChanging") == "true" ? "    (a change is under way)" : "")}\n";
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Leader;

internal sealed class LeaderShow : IVerb
{
    public string Name => "leader show";
    public string Purpose => "Who leads. Exit code 1 when nobody does.";

    public async Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        var cluster = await api.GetAsync("/api/cluster");
        var leader = cluster.List("nodes").FirstOrDefault(n => n.Text("name") == cluster.Text("leader") && n.Text("role") == "leader");
        return leader?.DeepClone() ?? throw new CommandException("no leader now; election show tells why");
    }

    public string Show(JsonNode answer) => $"{answer.Text("name")} leads in term {answer.Text("term")}, SQL on {answer.Text("postgres")}\n";
}

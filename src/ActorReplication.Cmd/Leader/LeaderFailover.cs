using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Leader;

internal sealed class LeaderFailover : IVerb
{
    public string Name => "leader failover";
    public string Options => "[--to NODE]";
    public string Purpose => "Makes NODE (or the most complete follower) stand for election although a leader may be there.";

    public async Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var to = invocation.Option("to");
        invocation.RejectRest(2);
        to ??= await MostCompleteAsync(api);
        Confirmation.Require(invocation, $"Let {to} take the leadership by election?");
        return await api.PostAsync("/api/leader/failover", new JsonObject { ["to"] = to });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";

    private static async Task<string> MostCompleteAsync(NodeApi api)
    {
        var cluster = await api.GetAsync("/api/cluster");
        var best = cluster.List("nodes")
            .Where(n => n.Text("role") is "follower" or "candidate" && n.Text("kind") == "voter")
            .MaxBy(n => long.TryParse(n.Text("last"), out var last) ? last : -1);
        return best?.Text("name") ?? throw new CommandException("no follower can be reached; nothing was done");
    }
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Leader;

internal sealed class LeaderSwitchover : IVerb
{
    public string Name => "leader switchover";
    public string Options => "[--to NODE]";
    public string Purpose => "Hands the leadership over, in good order, to NODE or to the best follower. No commit is lost.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var to = invocation.Option("to");
        invocation.RejectRest(2);
        Confirmation.Require(invocation, $"Hand the leadership over to {to ?? "the best follower"}? Sessions on the leader end.");
        return api.PostAsync("/api/leader/switchover", new JsonObject { ["to"] = to });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

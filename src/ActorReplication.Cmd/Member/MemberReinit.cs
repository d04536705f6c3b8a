using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Member;

internal sealed class MemberReinit : IVerb
{
    public string Name => "member reinit";
    public string Options => "NAME";
    public string Purpose => "Throws a follower's database away and copies the leader's; one that was started on an empty data folder is let in again as a new node.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var name = invocation.Member(Name);
        invocation.RejectRest(3);
        Confirmation.Require(invocation, $"Throw {name}'s database away and copy it anew?");
        return api.PostAsync("/api/members/reinit", new JsonObject { ["name"] = name });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Member;

internal sealed class MemberPromote : IVerb
{
    public string Name => "member promote";
    public string Options => "NAME";
    public string Purpose => "Makes a learner a voter, once its lag is small.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var name = invocation.Member(Name);
        invocation.RejectRest(3);
        return api.PostAsync("/api/members/promote", new JsonObject { ["name"] = name });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

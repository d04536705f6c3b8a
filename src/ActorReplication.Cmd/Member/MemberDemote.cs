using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Member;

internal sealed class MemberDemote : IVerb
{
    public string Name => "member demote";
    public string Options => "NAME";
    public string Purpose => "Makes a voter a learner: it keeps the data, and loses its vote. A leader hands over first.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var name = invocation.Member(Name);
        invocation.RejectRest(3);
        Confirmation.Require(invocation, $"Take the vote from {name}? Its copy counts no more.");
        return api.PostAsync("/api/members/demote", new JsonObject { ["name"] = name });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

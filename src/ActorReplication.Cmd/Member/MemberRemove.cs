using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Member;

internal sealed class MemberRemove : IVerb
{
    public string Name => "member remove";
    public string Options => "NAME [--anyway true]";
    public string Purpose => "Takes a node out; a leader hands over first. With --anyway true also one that the policy needs and that is lost: commits then wait for those that are left.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var (name, anyway) = (invocation.Member(Name), invocation.Option("anyway"));
        invocation.RejectRest(3);
        if (anyway is not (null or "true" or "false")) throw new CommandException("--anyway: true or false", CommandException.Usage);
        Confirmation.Require(invocation, $"Take {name} out of the cluster? Its copy and its vote count no more.");
        return api.PostAsync("/api/members/remove", new JsonObject { ["name"] = name, ["anyway"] = anyway == "true" });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

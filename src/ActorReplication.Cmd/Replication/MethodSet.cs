using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Replication;

internal sealed class MethodSet : IVerb
{
    public string Name => "replication method set";
    public string Options => "row|statement|mixed|page";
    public string Purpose => "Changes how changes travel, while writing goes on. With page, followers clone themselves once.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        if (invocation.Words.Count < 4) throw new CommandException("replication method set: which method?", CommandException.Usage);
        invocation.RejectRest(4);
        return api.PostAsync("/api/config/set", new JsonObject { ["name"] = "replication.method", ["value"] = invocation.Words[3] });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

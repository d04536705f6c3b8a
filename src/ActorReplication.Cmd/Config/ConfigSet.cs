using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Config;

internal sealed class ConfigSet : IVerb
{
    public string Name => "config set";
    public string Options => "SETTING [VALUE]";
    public string Purpose => "Changes one of the cluster's settings, on all nodes at once; without a value, back to its default.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        if (invocation.Words.Count < 3) throw new CommandException("config set: which setting?", CommandException.Usage);
        invocation.RejectRest(4);
        return api.PostAsync("/api/config/set", new JsonObject { ["name"] = invocation.Words[2], ["value"] = invocation.Words.ElementAtOrDefault(3) });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Salvage;

internal sealed class SalvageDrop : IVerb
{
    public string Name => "salvage drop";
    public string Options => "FILE --node NODE";
    public string Purpose => "Deletes a file. What it holds is nowhere else.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var (file, node) = SalvageTarget.Of(invocation);
        Confirmation.Require(invocation, $"Delete {file} of {node} for good?");
        return api.PostAsync("/api/salvage/drop", new JsonObject { ["node"] = node, ["file"] = file });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

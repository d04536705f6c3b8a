using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Session;

/// <summary>session cancel and session terminate.</summary>
internal sealed class SessionEnd(string verb, string purpose) : IVerb
{
    public string Name => $"session {verb}";
    public string Options => "ID [--node NODE]";
    public string Purpose => purpose;

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var node = invocation.Option("node");
        if (invocation.Words.Count < 3 || !int.TryParse(invocation.Words[2], out var id)) throw new CommandException($"{Name}: which session? Its number, as session list shows it", CommandException.Usage);
        invocation.RejectRest(3);
        return api.PostAsync($"/api/sessions/{verb}" + (node is null ? "" : $"?node={Uri.EscapeDataString(node)}"), new JsonObject { ["id"] = id });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

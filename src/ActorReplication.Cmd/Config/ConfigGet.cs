using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Config;

internal sealed class ConfigGet : IVerb
{
    public string Name => "config get";
    public string Options => "SETTING";
    public string Purpose => "One of the cluster's settings.";

    public async Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        if (invocation.Words.Count < 3) throw new CommandException("config get: which setting?", CommandException.Usage);
        invocation.RejectRest(3);
        var settings = (await api.GetAsync("/api/config")).List("settings").ToArray();
        if (settings.FirstOrDefault(s => s.Text("name") == invocation.Words[2]) is { } found) return found.DeepClone();
        var near = Nearest.To(invocation.Words[2], settings.Select(s => s.Text("name")!));
        throw new CommandException($"no setting is called {invocation.Words[2]}{(near is null ? "" : $"; is it {near}?")}");
    }

    public string Show(JsonNode answer) => answer.Text("value") + "\n";
}

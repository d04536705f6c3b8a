using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Db;

internal sealed class DbRepair : IVerb
{
    public string Name => "db repair";
    public string Options => "--node NODE";
    public string Purpose => "Replaces a follower's database by a clone of the leader's. Its log stays, it goes on acknowledging, and its readers go on with the old one meanwhile.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var node = invocation.Option("node") ?? throw new CommandException("db repair: which node? --node NODE", CommandException.Usage);
        invocation.RejectRest(2);
        Confirmation.Require(invocation, $"Replace {node}'s database by a clone of the leader's?");
        return api.PostAsync("/api/db/repair", new JsonObject { ["node"] = node }, NodeApi.LongPatience);
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Replication;

internal sealed class PolicySet : IVerb
{
    public string Name => "replication policy set";
    public string Options => "POLICY [--on-missing-acks block|\"degrade-after TIME\"]";
    public string Purpose => "async, semi-sync, quorum, sync, or PostgreSQL's spelling such as \"ANY 1 (*)\". Weakening it asks. On missing acks: wait (block), or go on with as few copies as lose nothing in a failover.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        if (invocation.Words.Count < 4) throw new CommandException("replication policy set: which policy?", CommandException.Usage);
        var missing = invocation.Option("on-missing-acks");
        invocation.RejectRest(4);
        var policy = invocation.Words[3];
        if (policy is "async" or "") Confirmation.Require(invocation, "Under async a failover may lose the newest commits. Set it?");
        return api.PostAsync("/api/replication/policy", new JsonObject { ["policy"] = policy, ["onMissingAcks"] = missing });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

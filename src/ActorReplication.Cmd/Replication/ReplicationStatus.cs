using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Replication;

internal sealed class ReplicationStatus : IVerb
{
    public string Name => "replication status";
    public string Purpose => "Each node's place in the log, and how far it lags.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.GetAsync("/api/replication/status");
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("node", "role", "state", "term", "last", "durable", "commit", "applied", "lag", "lag bytes", "heard ms", "sync");
        foreach (var n in answer.List("nodes"))
            table.Add(n.Text("name"), n.Text("role"), n.Text("state"), n.Text("term"), n.Text("last"), n.Text("durable"), n.Text("commit"), n.Text("applied"),
                n.Text("lagEntries"), n.Text("lagBytes"), n.Text("lastHeardMs"), n.Text("sync"));
        return $"leader {answer.Text("leader") ?? "none"}, policy {answer.Text("policy")} ({Spelling(answer)})\n{table.Render(Table.TerminalWidth)}";
    }

    private static string Spelling(JsonNode answer) => $"synchronous_standby_names = '{answer.Text("policyPostgres")}'";
}

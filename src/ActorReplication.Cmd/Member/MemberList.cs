using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Member;

internal sealed class MemberList : IVerb
{
    public string Name => "member list";
    public string Purpose => "Who belongs to the cluster, as what, with which tags; and who waits to be added.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.GetAsync("/api/members");
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("node", "kind", "state", "priority", "no-sync", "zone", "delay", "lag", "lag bytes", "sync", "address", "http", "problem");
        foreach (var m in answer.List("members"))
            table.Add(m.Text("name"), m.Text("kind"), m.Text("state"), m.Text("failoverPriority"), m.Text("noSync") == "true" ? "yes" : null, m.Text("zone"), m.Text("applyDelay") is "0" ? null : m.Text("applyDelay"),
                m.Text("lagEntries"), m.Text("lagBytes"), m.Text("sync"), m.Text("address"), m.Text("http"), m.Text("problem"));
        var waiting = string.Concat(answer.List("waiting").Select(w => $"waits to be added: {w.Text("name")}    actorctl member add {w.Text("name")} --address {w.Text("address")}\n"));
        return $"cluster {answer.Text("cluster")}, leader {answer.Text("leader") ?? "none"}, policy {answer.Text("policy")}\n{table.Render(Table.TerminalWidth)}{waiting}";
    }
}

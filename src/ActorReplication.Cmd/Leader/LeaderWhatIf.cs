using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Leader;

internal sealed class LeaderWhatIf : IVerb
{
    public string Name => "leader what-if";
    public string Purpose => "If the leader died now: who would win, what would be lost, how long it would take. Nothing is tried.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.GetAsync("/api/leader/what-if");
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("node", "may win", "priority", "durable", "why");
        foreach (var c in answer.List("candidates")) table.Add(c.Text("name"), c.Text("mayWin") == "true" ? "yes" : "no", c.Text("failoverPriority"), c.Text("durable"), c.Text("why"));
        var outcome = answer.Text("winner") is { } winner
            ? $"{winner} would take over from {answer.Text("leader") ?? "nobody"}; lost: {(answer.Text("lostEntries") is "0" or null ? "nothing" : answer.Text("lostEntries") + " commits")} (policy {answer.Text("policy")}); about {answer.Text("crashMs")} ms after a crash, at most about {answer.Text("silenceMs")} ms after silence\n"
            : $"Nobody would take over: {answer.Text("problem")}\n";
        return outcome + table.Render(Table.TerminalWidth);
    }

    public int Code(JsonNode answer) => answer.Text("winner") is null ? CommandException.Failed : 0;
}

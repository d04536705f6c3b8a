using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Log;

internal sealed class LogVerify : IVerb
{
    public string Name => "log verify";
    public string Options => "[--node NODE]";
    public string Purpose => "Reads a node's journal through: every record's checksum and place in the chain, every entry's index and term. Beside what the node does; writes nothing.";

    public async Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var node = invocation.Option("node");
        invocation.RejectRest(2);
        var answer = await api.GetAsync("/api/log/verify" + (node is null ? "" : $"?node={Uri.EscapeDataString(node)}"), NodeApi.LongPatience);
        return answer.Text("sound") == "true" ? answer : throw new CommandException($"{answer.Text("node")}: {answer.Text("problem")}");
    }

    public string Show(JsonNode answer) =>
        $"{answer.Text("node")}: sound. {(answer.Text("segments") is { } segments ? $"{segments} files, {answer.Text("records")} records, {answer.Text("fileBytes")} bytes; " : "")}"
        + $"entries {answer.Text("first")} to {answer.Text("last")}\n";
}

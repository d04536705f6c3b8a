using System.Text;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Salvage;

internal sealed class SalvageApply : IVerb
{
    public string Name => "salvage apply";
    public string Options => "FILE --node NODE [--skip-conflicts]";
    public string Purpose => "Puts a file's changes back, through the leader, as one transaction. If anything is in the way it is named, and nothing is changed; with --skip-conflicts the salvaged transactions concerned are left out. Exit code 1 when there were conflicts.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var skip = invocation.Flag("skip-conflicts");
        var (file, node) = SalvageTarget.Of(invocation);
        Confirmation.Require(invocation, $"Put {file} of {node} back into the database?");
        return api.PostAsync("/api/salvage/apply", new JsonObject { ["node"] = node, ["file"] = file, ["skipConflicts"] = skip }, NodeApi.LongPatience);
    }

    public int Code(JsonNode answer) => answer.List("conflicts").Any() ? CommandException.Failed : 0;

    public string Show(JsonNode answer)
    {
        var text = new StringBuilder(answer.Text("done") == "true"
            ? $"{answer.Text("putBack")} changes of {answer.Text("transactions")} transactions put back, {answer.Text("alreadyThere")} stood there already\n"
            : "nothing was changed: something is in the way\n");
        foreach (var c in answer.List("conflicts"))
            text.AppendLine($"  {c.Text("term")}/{c.Text("index")} {c.Text("table")} ({c.Text("key")}): {c.Text("what")}");
        return text.ToString();
    }
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Salvage;

internal sealed class SalvageList : IVerb
{
    public string Name => "salvage list";
    public string Purpose => "Files with commits that nodes had to take back, because the cluster went on without them.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.GetAsync("/api/salvage");
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("node", "file", "written", "term", "from", "to", "transactions", "changes", "problem");
        foreach (var f in answer.List("files"))
            table.Add(f.Text("node"), f.Text("file"), f.Text("written"), f.Text("term"), f.Text("from"), f.Text("to"), f.Text("transactions"), f.Text("changes"), f.Text("problem"));
        return answer.List("files").Any() ? table.Render(Table.TerminalWidth) : "no node has put anything aside\n";
    }
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Cluster;

internal sealed class ClusterShow : IVerb
{
    public string Name => "cluster show";
    public string Purpose => "Members, who leads, and where each can be reached.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.GetAsync("/api/cluster");
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("node", "kind", "role", "state", "term", "sync", "program", "format", "sql", "http", "problem");
        foreach (var n in answer.List("nodes"))
            table.Add(n.Text("name"), n.Text("kind"), n.Text("role"), n.Text("state"), n.Text("term"), n.Text("sync"), n.Text("version"), Format(n), n.Text("postgres"), n.Text("http"), n.Text("problem"));
        // Who is not known is not told which cluster it is.
        var cluster = answer.Text("cluster") is { Length: > 0 } id ? $"cluster {id}, " : "";
        return $"{cluster}leader {answer.Text("leader") ?? "none"}, term {answer.Text("term")}, policy {answer.Text("policy")}, format {answer.Text("format") ?? "2"}\n{table.Render(Table.TerminalWidth)}";
    }

    /// <summary>The newest that its program can do. One that says nothing is from before there were two.</summary>
    private static string? Format(JsonNode? node) => node.Text("newestFormat") is { } newest ? $"≤{newest}" : node.Text("version") is null ? null : "≤2";
}

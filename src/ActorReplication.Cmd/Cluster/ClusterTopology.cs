using System.Text;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Cluster;

internal sealed class ClusterTopology : IVerb
{
    public string Name => "cluster topology";
    public string Purpose => "Who follows whom, and how far behind, as a tree.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.GetAsync("/api/cluster");
    }

    public string Show(JsonNode answer)
    {
        var nodes = answer.List("nodes").ToArray();
        var text = new StringBuilder();
        foreach (var root in nodes.Where(n => Above(n, answer) is null)) Write(text, root, nodes, answer, "");
        return text.ToString();
    }

    private static string? Above(JsonNode? node, JsonNode cluster) =>
        node.Text("name") == cluster.Text("leader") ? null : node.Text("follows") ?? (node.Text("state") == "unreachable" ? cluster.Text("leader") : null);

    private static void Write(StringBuilder text, JsonNode? node, JsonNode?[] nodes, JsonNode cluster, string indent)
    {
        var behind = node.Text("lagBytes") is { } bytes and not "0" ? $", {bytes} bytes behind" : "";
        text.Append($"{node.Text("name")}  {node.Text("role")}, {node.Text("state")}{(node.Text("sync") is { } sync ? ", " + sync : "")}{behind}\n");
        var below = nodes.Where(n => Above(n, cluster) == node.Text("name")).ToArray();
        for (var i = 0; i < below.Length; i++)
        {
            var last = i == below.Length - 1;
            text.Append(indent).Append(last ? "└─ " : "├─ ");
            Write(text, below[i], nodes, cluster, indent + (last ? "   " : "│  "));
        }
    }
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Cluster;

internal sealed class ClusterWatch : IVerb
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public string Name => "cluster watch";
    public string Options => "[--count LINES]";
    public string Purpose => "A line a second: who leads, how fast it writes, how far each follower is behind. Until Ctrl-C, or so many lines.";

    public async Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var count = invocation.Number("count", 1, int.MaxValue) ?? int.MaxValue;
        invocation.RejectRest(2);
        JsonNode last = new JsonObject();
        for (var i = 0; i < count; i++)
        {
            if (i > 0) await Task.Delay(Interval);
            last = await api.GetAsync("/api/cluster");
            if (i < count - 1) Console.WriteLine(invocation.Json ? last.ToJsonString() : Line(last));
        }
        return last;
    }

    public string Show(JsonNode answer) => Line(answer) + "\n";

    private static string Line(JsonNode cluster)
    {
        var nodes = cluster.List("nodes").Select(n => n.Text("name") == cluster.Text("leader")
            ? $"{n.Text("name")} leads, {(n as JsonObject)?["pulse"].Text("commitsPerSecond") ?? "0"}/s"
            : n.Text("state") == "unreachable" ? $"{n.Text("name")} unreachable" : $"{n.Text("name")} -{n.Text("lagEntries") ?? "?"}");
        return $"{DateTime.Now:HH:mm:ss}  term {cluster.Text("term")}  {string.Join("  ", nodes)}{(cluster.Text("degraded") == "true" ? "  DEGRADED" : "")}{(cluster.Text("paused") == "true" ? "  PAUSED" : "")}";
    }
}

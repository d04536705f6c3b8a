using System.Net.Http.Json;
using System.Text;
using ActorReplication.Node.Http;

namespace ActorReplication.Node.Dev;

/// <summary>Follows the nodes' state over their HTTP ports.</summary>
internal sealed class DevWatch(DevOptions options) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMilliseconds(500) };

    /// <summary>One per node; null where none answers.</summary>
    public Task<NodeView?[]> AskAsync() => Task.WhenAll(Enumerable.Range(0, options.Nodes).Select(AskAsync));

    /// <summary>The leader if it serves.</summary>
    public static NodeView? Leader(IEnumerable<NodeView?> nodes) => nodes.Where(n => n is { Role: "leader", Serving: true }).MaxBy(n => n!.Term);

    public (string Line, string Change) Describe(IReadOnlyList<NodeView?> nodes)
    {
        var leader = Leader(nodes);
        var (line, change) = (new StringBuilder(), new StringBuilder());
        for (var i = 0; i < nodes.Count; i++)
        {
            var node = nodes[i];
            var role = node is null ? "down" : node.Serving ? node.Role : node.Role + " (waiting)";
            change.Append(options.NameOf(i)).Append(' ').Append(role).Append(' ');
            line.Append(i > 0 ? " | " : "").Append(options.NameOf(i)).Append(' ').Append(role);
            if (node is null) continue;
            line.Append(' ').Append(node.Applied);
            if (leader is not null && node != leader) line.Append(" lag ").Append(Math.Max(0, leader.Commit - node.Applied));
        }
        var term = nodes.Max(n => n?.Term ?? 0);
        var policy = leader?.Policy ?? "no leader";
        change.Append(term).Append(policy);
        line.Insert(0, $"term {term} | ").Append(" | ").Append(policy);
        return (line.ToString(), change.ToString());
    }

    public void Dispose() => _http.Dispose();

    private async Task<NodeView?> AskAsync(int node)
    {
        try
        {
            return await _http.GetFromJsonAsync(new Uri(options.HttpOf(node), "api/node"), ApiJson.Default.NodeView);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or System.Text.Json.JsonException)
        {
            return null;
        }
    }
}

using System.Collections.Concurrent;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>As Akka's <c>ThrottleTransportAdapter.Direction</c>: seen from the first of two roles.</summary>
public enum Direction { Send, Receive, Both }

/// <summary>The loopback network of one spec: a proxy before every node, and the links between them.</summary>
internal sealed class SpecNetwork : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(RoleName From, RoleName To), Link> links = new();
    private readonly ConcurrentDictionary<RoleName, NodeProxy> proxies = new();

    /// <summary>The role's proxy; made at first use.</summary>
    public NodeProxy Proxy(RoleName role) => proxies.GetOrAdd(role, r => new NodeProxy(r, this));

    public Link Link(RoleName from, RoleName to) => links.GetOrAdd((from, to), _ => new Link());

    public RoleName? RoleAt(int port) => proxies.FirstOrDefault(p => p.Value.Port == port).Key;

    public IEnumerable<Link> Between(RoleName a, RoleName b, Direction direction)
    {
        if (direction != Direction.Receive)
            yield return Link(a, b);
        if (direction != Direction.Send)
            yield return Link(b, a);
    }

    /// <summary>Resets every connection of the role, or only those with another one.</summary>
    public void Sever(RoleName role, RoleName? other = null)
    {
        if (proxies.TryGetValue(role, out var own))
            own.Sever(other);
        foreach (var (name, proxy) in proxies)
        {
            if (name != role && (other is null || name == other))
                proxy.Sever(role);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in links.Values)
            link.Open();
        foreach (var proxy in proxies.Values)
            await proxy.DisposeAsync();
    }
}

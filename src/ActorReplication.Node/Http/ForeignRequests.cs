using System.Net;
using ActorReplication.Node.Configuration;
using Microsoft.AspNetCore.Http;

namespace ActorReplication.Node.Http;

/// <summary>Refuses what a page in somebody's browser sends: a browser can reach loopback too. Everything but health checks and metrics must come under a name that is this
/// node's (Host): under a name that an attacker has pointed at 127.0.0.1, a page of his could read the answer. Whatever may change something must besides come from no page, or
/// from one of this node's own (Origin).</summary>
internal sealed class ForeignRequests
{
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase) { "localhost", Dns.GetHostName() };

    public ForeignRequests(NodeSettings settings)
    {
        foreach (var name in settings.HttpHosts) _names.Add(name);
        foreach (var peer in settings.HttpPeers) _names.Add(peer.Host);
        _names.Add(settings.RemoteHost);
    }

    public async Task RefuseAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method);
        if (isRead && context.GetEndpoint()?.Metadata.GetMetadata<UnderAnyName>() is not null) await next(context);
        else if (!IsOwn(request.Host.Host)) await context.ProblemAsync(403, "Foreign host", $"\"{request.Host.Host}\" is no name of this node: use its address, or add the name to http.hosts");
        else if (isRead) await next(context);
        else if (request.Headers.Origin is [{ } origin] && !origin.EndsWith("://" + request.Host, StringComparison.OrdinalIgnoreCase)) await context.ProblemAsync(403, "Foreign origin", $"requests from {origin} are not taken");
        else if (request.Headers["Sec-Fetch-Site"] is [{ } site] && site is not ("same-origin" or "none")) await context.ProblemAsync(403, "Foreign origin", $"a page's {site} request is not taken");
        else await next(context);
    }

    /// <summary>Addresses are anybody's to write and nobody's to point elsewhere.</summary>
    private bool IsOwn(string host) => host.Length == 0 || _names.Contains(host) || IPAddress.TryParse(host.Trim('[', ']'), out _);
}

/// <summary>On what load balancers and monitors ask for, under whatever name they know the node, and which tells nothing of the data.</summary>
internal sealed class UnderAnyName
{
    public static UnderAnyName Mark { get; } = new();
}

using ActorReplication.Cluster.Security;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;
using ActorReplication.Node.Http.Sql;
using ActorReplication.Postgres.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Http;

/// <summary>Stands before everything on the HTTP port and finds out whom a request comes from. Health checks, metrics and the short descriptions of node and cluster are for anybody; what changes something or
/// shows data asks who it is, once the port is reached from elsewhere or a token is set, and is for admins; SQL is for every role, with that role's rights (<see cref="SqlAccess"/>).</summary>
internal sealed partial class HttpGuard(HttpSecuritySettings settings, RoleStore roles, ILogger log)
{
    /// <summary>Open, but they tell more to who is known.</summary>
    private static readonly string[] Descriptions = ["/api/node", "/api/cluster"];
    private readonly Callers _callers = new(settings, roles);
    private readonly FailedTries _failures = new(TimeProvider.System);

    /// <summary>What a node shows to another; null: nothing.</summary>
    public static string? TokenOf(HttpSecuritySettings settings) => settings.TokenFile is { } file ? SecretFile.ReadLine(file) : null;

    public async Task RequireAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var isSql = request.Path.StartsWithSegments(SqlEndpoints.Path);
        var isGuarded = settings.IsGuarded && !IsOpen(request);
        var address = context.Connection.RemoteIpAddress;
        // The token before any waiting: whoever tries passwords from a node's or a proxy's address must not keep nodes and operators out.
        var caller = _callers.ByToken(request);
        if (caller is Caller.Nobody && Callers.ShowsPassword(request) && (isGuarded || isSql || IsDescription(request)))
        {
            caller = _failures.Wait(address) > TimeSpan.Zero ? Caller.Late.Instance : _callers.ByPassword(request);
            if (caller is Caller.Wrong) _failures.Failed(address);
        }
        if (isGuarded ? !(caller.IsAdmin || (isSql && caller.IsKnown)) : isSql && caller is Caller.Wrong or Caller.Late)
        {
            await RefuseAsync(context, caller);
            return;
        }
        if (isGuarded && !HttpMethods.IsGet(request.Method)) Allowed(log, caller.ToString()!, address?.ToString(), request.Method, request.Path);
        context.Features.Set(caller);
        await next(context);
    }

    /// <summary>401, with what can be shown.</summary>
    public static Task AskAsync(HttpContext context, string detail)
    {
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"actor-replication\", Bearer";
        return context.ProblemAsync(401, "Who is it?", detail);
    }

    private async Task RefuseAsync(HttpContext context, Caller caller)
    {
        var address = context.Connection.RemoteIpAddress;
        if (caller is Caller.Late)
        {
            var seconds = Math.Max(1, Math.Ceiling(_failures.Wait(address).TotalSeconds));
            context.Response.Headers.RetryAfter = $"{seconds:0}";
            await context.ProblemAsync(429, "Too many failed tries", $"try again in {seconds:0} s");
            return;
        }
        Refused(log, caller.ToString()!, address?.ToString(), context.Request.Method, context.Request.Path);
        if (caller is Caller.Named { Role.Name: var name })
        {
            // A right password that may not do it has cost the server as much as a wrong one.
            _failures.Failed(address);
            await context.ProblemAsync(403, "Not allowed", $"{name} is no admin");
        }
        else await AskAsync(context, "show the token of http.token-file (Authorization: Bearer; actorctl --token-file) or an admin's name and password (Authorization: Basic)");
    }

    private static bool IsDescription(HttpRequest request) => Descriptions.Contains(request.Path.Value);

    private static bool IsOpen(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
        && (!request.Path.StartsWithSegments("/api") || IsDescription(request));

    [LoggerMessage(EventId = 30, Level = LogLevel.Warning, Message = "Audit: refused {Name} from {Address}: {Method} {Path}")]
    private static partial void Refused(ILogger log, string name, string? address, string method, string path);

    [LoggerMessage(EventId = 31, Level = LogLevel.Information, Message = "Audit: {Name} from {Address}: {Method} {Path}")]
    private static partial void Allowed(ILogger log, string name, string? address, string method, string path);
}

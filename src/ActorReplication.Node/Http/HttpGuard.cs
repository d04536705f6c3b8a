using System.Security.Cryptography;
using System.Text;
using ActorReplication.Cluster.Security;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Http;

/// <summary>Stands before everything on the HTTP port: health checks, metrics and the short descriptions of node and cluster are for anybody; what changes something or
/// shows data asks who it is, once the port is reached from elsewhere or a token is set.</summary>
internal sealed partial class HttpGuard(HttpSecuritySettings settings, RoleStore roles, ILogger log)
{
    private static readonly string[] OpenPaths = ["/api/node", "/api/cluster"];
    private readonly FailedTries _failures = new(TimeProvider.System);
    private readonly byte[]? _token = settings.TokenFile is { } file ? SHA256.HashData(Encoding.UTF8.GetBytes(SecretFile.ReadLine(file))) : null;

    /// <summary>What a node shows to another; null: nothing.</summary>
    public static string? TokenOf(HttpSecuritySettings settings) => settings.TokenFile is { } file ? SecretFile.ReadLine(file) : null;

    public async Task RequireAsync(HttpContext context, RequestDelegate next)
    {
        if (!settings.IsGuarded || IsOpen(context.Request))
        {
            await next(context);
            return;
        }
        var address = context.Connection.RemoteIpAddress;
        if (_failures.Wait(address) is { Ticks: > 0 } wait)
        {
            context.Response.Headers.RetryAfter = $"{Math.Ceiling(wait.TotalSeconds):0}";
            await context.ProblemAsync(429, "Too many failed tries", $"try again in {Math.Ceiling(wait.TotalSeconds):0} s");
            return;
        }
        var (isKnown, isAdmin, name) = Identify(context.Request);
        if (isAdmin)
        {
            if (!HttpMethods.IsGet(context.Request.Method)) Allowed(log, name, address?.ToString(), context.Request.Method, context.Request.Path);
            await next(context);
            return;
        }
        Refused(log, name, address?.ToString(), context.Request.Method, context.Request.Path);
        if (isKnown)
        {
            await context.ProblemAsync(403, "Not allowed", $"{name} is no admin");
            return;
        }
        if (context.Request.Headers.Authorization.Count > 0) _failures.Failed(address);
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"actor-replication\", Bearer";
        await context.ProblemAsync(401, "Who is it?", "show the token of http.token-file (Authorization: Bearer; actorctl --token-file) or an admin's name and password (Authorization: Basic)");
    }

    private static bool IsOpen(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
        && (!request.Path.StartsWithSegments("/api") || OpenPaths.Contains(request.Path.Value));

    private (bool IsKnown, bool IsAdmin, string Name) Identify(HttpRequest request)
    {
        if (request.Headers.Authorization is not [{ } shown]) return (false, false, "nobody");
        if (shown.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            var isRight = _token is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown[7..].Trim())), _token);
            return (isRight, isRight, "a token");
        }
        if (!shown.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return (false, false, "nobody");
        var bytes = new byte[shown.Length];
        if (!Convert.TryFromBase64String(shown[6..].Trim(), bytes, out var count)) return (false, false, "nobody");
        var pair = Encoding.UTF8.GetString(bytes, 0, count).Split(':', 2);
        if (pair.Length < 2 || SaslPrep.TryPrepare(pair[1]) is not { } password) return (false, false, pair[0]);
        var known = roles.Roles;
        var role = known.Find(pair[0]);
        // As much work for who does not exist.
        var isHis = (role?.Verifier ?? ScramVerifier.Mock(pair[0], known.MockSecret.Span)).Accepts(password) && role is { CanLogin: true, Verifier: not null };
        return (isHis, isHis && role!.IsAdmin, pair[0]);
    }

    [LoggerMessage(EventId = 30, Level = LogLevel.Warning, Message = "Audit: refused {Name} from {Address}: {Method} {Path}")]
    private static partial void Refused(ILogger log, string name, string? address, string method, string path);

    [LoggerMessage(EventId = 31, Level = LogLevel.Information, Message = "Audit: {Name} from {Address}: {Method} {Path}")]
    private static partial void Allowed(ILogger log, string name, string? address, string method, string path);
}

using System.Security.Cryptography;
using System.Text;
using ActorReplication.Cluster.Security;
using ActorReplication.Node.Configuration;
using ActorReplication.Node.Gateway;
using ActorReplication.Postgres.Security;
using Microsoft.AspNetCore.Http;

namespace ActorReplication.Node.Http;

/// <summary>Makes a <see cref="Caller"/> of what a request shows (Authorization: Bearer or Basic). Thread-safe.</summary>
internal sealed class Callers(HttpSecuritySettings settings, RoleStore roles)
{
    private readonly byte[]? _token = settings.TokenFile is { } file ? Hash(SecretFile.ReadLine(file)) : null;

    /// <summary>By the token, which costs a hash: <see cref="Caller.Wrong"/> if it is another one, nobody if none is shown.</summary>
    public Caller ByToken(HttpRequest request)
    {
        if (request.Headers.Authorization is not [{ } shown] || !shown.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return Caller.Nobody.Instance;
        return _token is not null && CryptographicOperations.FixedTimeEquals(Hash(shown[7..].Trim()), _token) ? Caller.TokenBearer.Instance : new Caller.Wrong("a wrong token");
    }

    public static bool ShowsPassword(HttpRequest request) => request.Headers.Authorization is [{ } shown] && shown.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);

    /// <summary>By name and password, which costs the server what its verifier says.</summary>
    public Caller ByPassword(HttpRequest request)
    {
        var shown = request.Headers.Authorization[0]!;
        var bytes = new byte[shown.Length];
        if (!Convert.TryFromBase64String(shown[6..].Trim(), bytes, out var count)) return new Caller.Wrong("nobody");
        var pair = Encoding.UTF8.GetString(bytes, 0, count).Split(':', 2);
        var claim = new string([.. pair[0].Take(63).Select(c => char.IsControl(c) ? '?' : c)]);
        if (pair.Length < 2 || SaslPrep.TryPrepare(pair[1]) is not { } password) return new Caller.Wrong(claim);
        var known = roles.Roles;
        var role = known.Find(pair[0]);
        // As much work for who does not exist.
        var isHis = (role?.Verifier ?? ScramVerifier.Mock(pair[0], known.MockSecret.Span)).Accepts(password) && role is { CanLogin: true, Verifier: not null };
        return isHis ? new Caller.Named(role!) : new Caller.Wrong(claim);
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

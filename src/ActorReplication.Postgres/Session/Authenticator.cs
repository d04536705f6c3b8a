using System.Buffers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ActorReplication.Postgres.Backend;
using ActorReplication.Postgres.Frontend;
using ActorReplication.Postgres.Gateway;
using ActorReplication.Postgres.Security;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Postgres.Session;

/// <summary>Finds out whether a client is who it says it is, by the first rule that fits. Before that it has no session, and costs the database nothing.</summary>
internal sealed class Authenticator(PgServerOptions options, ISqlGateway gateway, TimeProvider clock, ILogger log)
{
    private const int MostMessageBytes = 10_000;

    /// <summary>Mock challenges of a cluster that has no secret for them yet.</summary>
    private readonly byte[] _ownSecret = RandomNumberGenerator.GetBytes(32);
    private readonly FailedTries _failures = new(clock);

    /// <returns>Who it is; null: the client went away.</returns>
    /// <exception cref="PgException">FATAL: it is not let in.</exception>
    public async ValueTask<Admission?> AdmitAsync(Connection connection, StartupPacket.Startup packet)
    {
        if (packet.Value("user") is not { Length: > 0 } user) throw Fatal(SqlStates.InvalidAuthorization, "no PostgreSQL user name specified in startup packet");
        var database = packet.Value("database") is { Length: > 0 } named ? named : user;
        // First of all: drivers go on to their next host after this answer and after no other.
        if (gateway.State.Role == NodeRole.NoLeader)
        {
            throw new PgException(PgError.FatalError(SqlStates.CannotConnectNow, "the database system is starting up: no leader is known",
                "Connect to another node, or try again: a leader is elected as soon as a majority of the voters can reach each other."));
        }
        if (connection.IsInside)
        {
            SessionStartup.Negotiate(connection.Output, packet);
            var inside = gateway.Roles.FindTrusted(user) ?? throw Unknown(user, null);
            return inside.CanLogin ? new Admission(inside, IsTrusted: true) : throw NotPermitted(user, null);
        }
        var address = connection.RemoteAddress;
        var rule = address is null || (options.Tls is { Mode: TlsMode.Require } && !connection.IsEncrypted) ? null
            : options.Access.FirstOrDefault(r => r.Matches(address, connection.IsEncrypted, database, user));
        if (rule is null or { Method: AccessMethod.Reject })
        {
            ServerLog.LoginRefused(log, user, address?.ToString(), "no rule lets it in");
            throw new PgException(PgError.FatalError(SqlStates.InvalidAuthorization,
                $"{(rule is null ? "no pg_hba.conf entry for" : "pg_hba.conf rejects connection for")} host \"{address}\", user \"{user}\", database \"{database}\", {(connection.IsEncrypted ? "SSL encryption" : "no encryption")}",
                options.Tls is { Mode: TlsMode.Require } && !connection.IsEncrypted ? "This server takes encrypted connections only: sslmode=require or better." : null));
        }
        SessionStartup.Negotiate(connection.Output, packet);
        var role = rule.Method switch
        {
            AccessMethod.Trust => gateway.Roles.FindTrusted(user) ?? throw Unknown(user, address),
            AccessMethod.Certificate => ByCertificate(connection, user),
            _ => await ByPasswordAsync(connection, user).ConfigureAwait(false),
        };
        if (role is null) return null;
        if (!role.CanLogin) throw NotPermitted(user, address);
        ServerLog.LoggedIn(log, user, address?.ToString(), rule.Method);
        return new Admission(role, rule.Method == AccessMethod.Trust);
    }

    /// <summary>Whether a cancel request may come from there, in that way. It names neither user nor database, and shows a key that a plain connection lets others read: so somebody
    /// has to be let in from there in that way, encrypted or not.</summary>
    public bool MayCancel(Connection connection)
    {
        if (connection.IsInside) return true;
        var mayCome = connection.RemoteAddress is { } address && (options.Tls is not { Mode: TlsMode.Require } || connection.IsEncrypted) && AccessRule.LetsAnybodyIn(options.Access, address, connection.IsEncrypted);
        if (!mayCome) ServerLog.CancelRefused(log, connection.RemoteAddress?.ToString(), connection.IsEncrypted ? "encrypted" : "not encrypted");
        return mayCome;
    }

    private async ValueTask<Role?> ByPasswordAsync(Connection connection, string user)
    {
        if (_failures.Wait(connection.RemoteAddress) is { Ticks: > 0 } wait)
        {
            ServerLog.LoginRefused(log, user, connection.RemoteAddress?.ToString(), "too many failed tries from this address");
            throw new PgException(PgError.FatalError(SqlStates.InvalidAuthorization, "too many failed login attempts from this address", $"Try again in {Math.Ceiling(wait.TotalSeconds):0} s."));
        }
        var roles = gateway.Roles;
        var role = roles.Find(user);
        var secret = roles.MockSecret.IsEmpty ? _ownSecret : roles.MockSecret;
        var endPoint = connection.ServerCertificate is { } certificate ? EndPointHash.Of(certificate) : default;
        var exchange = new ScramExchange(role?.Verifier ?? ScramVerifier.Mock(user, secret.Span), role?.Verifier is null, endPoint, ScramExchange.NewNonce());
        try
        {
            connection.Output.AuthenticationSasl(endPoint.IsEmpty ? [ScramExchange.Plain] : [ScramExchange.Plus, ScramExchange.Plain]);
            if (await AnswerAsync(connection).ConfigureAwait(false) is not { } first) return null;
            var (mechanism, message) = SaslInitialResponse.Read(first);
            if (mechanism != ScramExchange.Plain && (mechanism != ScramExchange.Plus || endPoint.IsEmpty))
                throw Fatal(SqlStates.ProtocolViolation, "client selected an invalid SASL authentication mechanism");
            connection.Output.AuthenticationSaslContinue(exchange.First(mechanism, message));
            if (await AnswerAsync(connection).ConfigureAwait(false) is not { } last) return null;
            var proof = exchange.Final(Encoding.UTF8.GetString(last));
            // The client may have taken its time: what it proved has to be the password still.
            var now = gateway.Roles.Find(user);
            if (now?.Verifier is not { } verifier || verifier.ToString() != role?.Verifier?.ToString()) throw Fatal(SqlStates.InvalidPassword, $"password authentication failed for user \"{user}\"");
            connection.Output.AuthenticationSaslFinal(proof);
            return now;
        }
        catch (ScramException failed)
        {
            _failures.Failed(connection.RemoteAddress);
            ServerLog.LoginRefused(log, user, connection.RemoteAddress?.ToString(), failed.Failure != ScramFailure.WrongPassword ? failed.Message : role is null ? "no such role" : role.Verifier is null ? "the role has no password" : "wrong password");
            throw new PgException(failed.Failure switch
            {
                ScramFailure.WrongPassword => PgError.FatalError(SqlStates.InvalidPassword, $"password authentication failed for user \"{user}\""),
                ScramFailure.Malformed => PgError.FatalError(SqlStates.ProtocolViolation, failed.Message),
                ScramFailure.Downgraded => PgError.FatalError(SqlStates.InvalidAuthorization, failed.Message) with
                {
                    Detail = "The client supports SCRAM channel binding but thinks the server does not. However, this server does support channel binding.",
                },
                _ => PgError.FatalError(SqlStates.InvalidAuthorization, failed.Message),
            });
        }
    }

    /// <summary>The client's certificate, signed by one of those we trust, names the user as its common name.</summary>
    private Role ByCertificate(Connection connection, string user)
    {
        var problem = ProblemOf(connection.ClientCertificate, user);
        if (problem is null && gateway.Roles.Find(user) is { } role) return role;
        _failures.Failed(connection.RemoteAddress);
        ServerLog.LoginRefused(log, user, connection.RemoteAddress?.ToString(), problem ?? "no such role");
        throw Fatal(SqlStates.InvalidAuthorization, $"certificate authentication failed for user \"{user}\"");
    }

    private string? ProblemOf(X509Certificate? shown, string user)
    {
        if (shown is null || options.Tls?.ClientAuthorities is not { } authorities) return "the client showed no certificate";
        using var certificate = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        // Whatever it says of where its issuer's certificate is: nobody who is not known yet has the server call anybody.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (!chain.Build(certificate)) return $"the client's certificate {certificate.Subject} is not accepted: {string.Join("; ", chain.ChainStatus.Select(s => s.StatusInformation))}";
        var name = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        return name == user ? null : $"the client's certificate is {name}'s";
    }

    /// <summary>Sends what was said and waits for the client's answer; null: it went away.</summary>
    private static async ValueTask<byte[]?> AnswerAsync(Connection connection)
    {
        if (!await connection.FlushAsync().ConfigureAwait(false)) return null;
        while (true)
        {
            var read = await connection.Input.ReadAsync().ConfigureAwait(false);
            var buffer = read.Buffer;
            if (MessageFrame.TryRead(ref buffer, MostMessageBytes, out var frame))
            {
                var body = frame.Body.ToArray();
                connection.Input.AdvanceTo(buffer.Start);
                return frame.Type == FrontendType.Password ? body : frame.Type == FrontendType.Terminate ? null : throw Fatal(SqlStates.ProtocolViolation, $"expected SASL response, got message type {frame.Type}");
            }
            connection.Input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) return null;
        }
    }

    private PgException Unknown(string user, System.Net.IPAddress? address)
    {
        ServerLog.LoginRefused(log, user, address?.ToString(), "no such role");
        return Fatal(SqlStates.InvalidAuthorization, $"role \"{user}\" does not exist");
    }

    private PgException NotPermitted(string user, System.Net.IPAddress? address)
    {
        ServerLog.LoginRefused(log, user, address?.ToString(), "the role may not log in");
        return Fatal(SqlStates.InvalidAuthorization, $"role \"{user}\" is not permitted to log in");
    }

    private static PgException Fatal(string sqlState, string message) => new(PgError.FatalError(sqlState, message));
}

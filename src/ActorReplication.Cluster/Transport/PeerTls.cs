using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ActorReplication.Cluster.Security;
using Akka.Configuration;
using Akka.Event;

namespace ActorReplication.Cluster.Transport;

/// <summary>TLS between nodes: both ends show a certificate, and each takes only those of the authorities that it trusts, and of them only nodes' (<see cref="NodeCertificate"/>). The files are read again when they change, so
/// new connections take new certificates, and old ones go on.</summary>
internal sealed class PeerTls
{
    private readonly PemIdentity _identity;
    private readonly PemBundle _authorities;
    private readonly IReadOnlyList<string> _names;

    /// <param name="config">certificate, key, authorities: PEM files; names: see <see cref="ProblemOf"/>.</param>
    /// <exception cref="ConfigurationException">A file cannot be used.</exception>
    public PeerTls(Config config, ILoggingAdapter log)
    {
        try
        {
            var told = new AdapterLogger(log);
            _identity = new PemIdentity(config.GetString("certificate"), config.GetString("key"), told);
            _authorities = new PemBundle(config.GetString("authorities"), told);
        }
        catch (PemException e)
        {
            throw new ConfigurationException("remote.tls: " + e.Message, e);
        }
        _names = [.. config.GetStringList("names", [])];
    }

    /// <summary>Both sides' handshake, on the caller's thread, and then what each thinks of the other's certificate: so that both know why nothing comes of it. The caller
    /// bounds the time, by closing what lies under <paramref name="stream"/>.</summary>
    /// <param name="host">The other end's, as it was looked for; null: it came to us.</param>
    /// <exception cref="IOException">Or AuthenticationException: no connection comes of it; the message says whose fault it is.</exception>
    public void Shake(SslStream stream, string? host)
    {
        // Certificates are judged below, where the reason can be told to the other side. (.NET's own refusal would only end the connection.)
        if (host is null) stream.AuthenticateAsServer(ServerOptions());
        else stream.AuthenticateAsClient(ClientOptions(host));
        var problem = ProblemOf(stream.RemoteCertificate, host);
        PeerVerdict.Write(stream, problem);
        string? others;
        try
        {
            others = PeerVerdict.Read(stream);
        }
        catch (IOException) when (problem is not null)
        {
            others = null;
        }
        if (problem is not null) throw new AuthenticationException(problem);
        if (others is not null) throw new AuthenticationException($"the other side does not take our certificate: {others}");
    }

    /// <summary>Null: it is one of ours. Whom we look for has to be named as the host that we looked at, or as one of the names that were configured; who comes to us as one of
    /// those, if there are any.</summary>
    private string? ProblemOf(X509Certificate? shown, string? host)
    {
        if (shown is not X509Certificate2 certificate) return "no certificate was shown";
        if ((Chains.ProblemOf(certificate, null, _authorities.Current) ?? NodeCertificate.ProblemOf(certificate)) is { } problem) return problem;
        if (_names.Count > 0)
        {
            return NamesOf(certificate).Any(n => _names.Contains(n, StringComparer.OrdinalIgnoreCase)) ? null
                : $"the certificate {certificate.Subject} is in none of the names of remote.tls.names ({string.Join(", ", _names)})";
        }
        return host is null || certificate.MatchesHostname(host, allowWildcards: true, allowCommonName: false) ? null
            : $"the certificate {certificate.Subject} is not for {host} (but for {string.Join(", ", NamesOf(certificate))}): sign it with that host, or set remote.tls.names";
    }

    private static IEnumerable<string> NamesOf(X509Certificate2 certificate)
    {
        yield return certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        foreach (var names in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            foreach (var name in names.EnumerateDnsNames()) yield return name;
            foreach (var address in names.EnumerateIPAddresses()) yield return address.ToString();
        }
    }

    /// <summary>For what the handshake itself makes of a certificate, which does not count: whatever stands in it, nothing is fetched.</summary>
    private static X509ChainPolicy CallsNobody() => new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };

    private SslServerAuthenticationOptions ServerOptions() => new()
    {
        ServerCertificateContext = _identity.Current,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
        CertificateChainPolicy = CallsNobody(),
        AllowRenegotiation = false,
        // A resumed session would go by what was judged before: the authorities may have changed since.
        AllowTlsResume = false,
    };

    private SslClientAuthenticationOptions ClientOptions(string host) => new()
    {
        TargetHost = host,
        ClientCertificateContext = _identity.Current,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
        CertificateChainPolicy = CallsNobody(),
        AllowRenegotiation = false,
        AllowTlsResume = false,
    };
}

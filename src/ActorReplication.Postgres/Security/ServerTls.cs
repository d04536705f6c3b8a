using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace ActorReplication.Postgres.Security;

public enum TlsMode : byte
{
    /// <summary>Who asks for TLS is told that there is none.</summary>
    Off,

    /// <summary>Who asks for it gets it.</summary>
    Prefer,

    /// <summary>Who does not ask for it is refused.</summary>
    Require,
}

/// <summary>How a server encrypts.</summary>
/// <param name="Certificate">Asked at each handshake, so that new files take effect with the next connection. Any thread.</param>
/// <param name="ClientAuthorities">Who signs clients' certificates; null: clients are not asked for any.</param>
public sealed record ServerTls(TlsMode Mode, Func<SslStreamCertificateContext> Certificate, Func<X509Certificate2Collection>? ClientAuthorities = null)
{
    /// <summary>What a client that speaks TLS at once, without an SSLRequest, must name (PostgreSQL 17's sslnegotiation=direct).</summary>
    internal static readonly SslApplicationProtocol Protocol = new("postgresql");

    internal SslServerAuthenticationOptions Options() => new()
    {
        ServerCertificateContext = Certificate(),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [Protocol],
        ClientCertificateRequired = ClientAuthorities is not null,
        // Only who is let in by a certificate needs one: whether a client's is good is asked when a rule wants it.
        RemoteCertificateValidationCallback = static (_, _, _, _) => true,
        // What the handshake itself makes of the client's certificate does not count, but it must not have the server call anybody for it.
        CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
        AllowRenegotiation = false,
    };
}

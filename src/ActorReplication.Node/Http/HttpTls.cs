using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ActorReplication.Cluster.Security;
using ActorReplication.Node.Configuration;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Node.Http;

/// <summary>HTTPS: the port's side, and the side of a node that asks another one. New files take effect with the next connection.</summary>
internal static class HttpTls
{
    public static void Serve(ListenOptions listen, PemFiles files, ILoggerFactory logging)
    {
        var identity = new PemIdentity(files.Certificate, files.Key, logging.CreateLogger<PemIdentity>());
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = identity.Current,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            }),
        });
    }

    public static HttpClient PeerClient(HttpSecuritySettings settings, ILoggerFactory logging)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Survey.Patience, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30) };
        if (settings is { Tls: not null, Authorities: { } file })
        {
            var trusted = new PemBundle(file, logging.CreateLogger<PemBundle>());
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                certificate is X509Certificate2 shown && (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == 0 && Chains.Leads(shown, chain, trusted.Current);
        }
        var client = new HttpClient(handler) { MaxResponseContentBufferSize = 1 << 20, Timeout = Timeout.InfiniteTimeSpan };
        if (HttpGuard.TokenOf(settings) is { } token) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }
}

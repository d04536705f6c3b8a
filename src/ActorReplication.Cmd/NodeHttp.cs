using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ActorReplication.Cmd.User;

namespace ActorReplication.Cmd;

/// <summary>The HTTP client: what it shows to the nodes, and whose certificates it takes from them.</summary>
internal static class NodeHttp
{
    public static HttpClient Client(string? tokenFile, string? authorityFile)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, ConnectTimeout = TimeSpan.FromSeconds(2) };
        if (authorityFile is not null)
        {
            var trusted = Load(authorityFile);
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
            handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                certificate is X509Certificate2 shown && (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == 0 && IsFrom(trusted, shown);
        }
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        if (tokenFile is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", PasswordInput.FromFile(tokenFile));
        return client;
    }

    private static X509Certificate2Collection Load(string file)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(file);
            return certificates.Count > 0 ? certificates : throw new CommandException($"--tls-ca {file}: no certificate in it");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--tls-ca {file}: {e.Message}");
        }
    }

    private static bool IsFrom(X509Certificate2Collection trusted, X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return chain.Build(certificate);
    }
}

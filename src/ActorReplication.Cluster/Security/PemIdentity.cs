using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Security;

/// <summary>A certificate and its key from PEM files, taken anew when the files change: whoever begins a handshake afterwards gets the new ones. What cannot be
/// used is refused, logged, and the old ones stay. Thread-safe.</summary>
public sealed partial class PemIdentity
{
    private readonly RenewedFiles<SslStreamCertificateContext> _files;

    /// <exception cref="PemException">They cannot be used; the message names the file and says what to do.</exception>
    public PemIdentity(string certificateFile, string keyFile, ILogger log) =>
        _files = new RenewedFiles<SslStreamCertificateContext>(
            [certificateFile, keyFile],
            () => Load(certificateFile, keyFile),
            context => Renewed(log, certificateFile, context.TargetCertificate.Subject, context.TargetCertificate.NotAfter.ToUniversalTime()),
            problem => NotRenewed(log, problem));

    /// <summary>The newest usable certificate with its chain. Looks at the files once a second at most.</summary>
    public SslStreamCertificateContext Current => _files.Current;

    private static SslStreamCertificateContext Load(string certificateFile, string keyFile)
    {
        SecretFile.RequirePrivate(keyFile);
        try
        {
            var leaf = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(certificateFile);
            return SslStreamCertificateContext.Create(leaf, [.. chain.Where(c => c.Thumbprint != leaf.Thumbprint)], offline: true);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PemException($"certificate {certificateFile} with key {keyFile} cannot be used: {e.Message}", e);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{File} has changed: new connections get {Subject}, valid until {Until:u}")]
    private static partial void Renewed(ILogger log, string file, string subject, DateTime until);

    [LoggerMessage(2, LogLevel.Error, "The old certificate stays in use: {Problem}")]
    private static partial void NotRenewed(ILogger log, string problem);
}

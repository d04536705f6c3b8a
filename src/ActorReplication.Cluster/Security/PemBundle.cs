using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Security;

/// <summary>Certificates that are trusted, from a PEM file that may hold several: while a certificate authority is replaced, the old one and the new one. Taken
/// anew when the file changes; what cannot be used is refused, logged, and the old ones stay. Thread-safe.</summary>
public sealed partial class PemBundle
{
    private readonly RenewedFiles<X509Certificate2Collection> _files;

    /// <exception cref="PemException">It cannot be read, or holds no certificate.</exception>
    public PemBundle(string file, ILogger log) =>
        _files = new RenewedFiles<X509Certificate2Collection>([file], () => Load(file), certificates => Renewed(log, file, certificates.Count), problem => NotRenewed(log, problem));

    /// <summary>The newest usable ones, not to be changed. Looks at the file once a second at most.</summary>
    public X509Certificate2Collection Current => _files.Current;

    private static X509Certificate2Collection Load(string file)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(file);
            return certificates.Count > 0 ? certificates : throw new PemException($"{file} holds no certificate");
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new PemException($"{file} cannot be used: {e.Message}", e);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{File} has changed: {Count} certificate authorities are trusted from now on")]
    private static partial void Renewed(ILogger log, string file, int count);

    [LoggerMessage(2, LogLevel.Error, "The old certificate authorities stay trusted: {Problem}")]
    private static partial void NotRenewed(ILogger log, string problem);
}

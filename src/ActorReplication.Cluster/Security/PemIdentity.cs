using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Security;

/// <summary>A certificate and its key from PEM files, taken anew when the files change: whoever begins a handshake afterwards gets the new ones. What cannot be
/// used is refused, logged, and the old ones stay. Thread-safe.</summary>
public sealed partial class PemIdentity
{
    private const long LookAgainMs = 1000;

    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly ILogger _log;
    private readonly Lock _sync = new();
    private volatile SslStreamCertificateContext _current;
    private (DateTime, long, DateTime, long) _stamp;
    private long _lookedAt = Environment.TickCount64;

    /// <exception cref="PemException">They cannot be used; the message names the file and says what to do.</exception>
    public PemIdentity(string certificateFile, string keyFile, ILogger log)
    {
        (_certificateFile, _keyFile, _log) = (certificateFile, keyFile, log);
        _stamp = Stamp();
        _current = Load(certificateFile, keyFile);
    }

    /// <summary>The newest usable certificate with its chain. Looks at the files once a second at most.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            if (Environment.TickCount64 - Volatile.Read(ref _lookedAt) >= LookAgainMs) LookAgain();
            return _current;
        }
    }

    private void LookAgain()
    {
        lock (_sync)
        {
            if (Environment.TickCount64 - _lookedAt < LookAgainMs) return;
            _lookedAt = Environment.TickCount64;
            var stamp = Stamp();
            if (stamp == _stamp) return;
            _stamp = stamp;
            try
            {
                _current = Load(_certificateFile, _keyFile);
                Renewed(_log, _certificateFile, _current.TargetCertificate.Subject, _current.TargetCertificate.NotAfter.ToUniversalTime());
            }
            catch (PemException e)
            {
                NotRenewed(_log, e.Message);
            }
        }
    }

    private (DateTime, long, DateTime, long) Stamp()
    {
        FileInfo certificate = new(_certificateFile), key = new(_keyFile);
        return (certificate.Exists ? certificate.LastWriteTimeUtc : default, certificate.Exists ? certificate.Length : 0, key.Exists ? key.LastWriteTimeUtc : default, key.Exists ? key.Length : 0);
    }

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

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace ActorReplication.Cluster.Security;

/// <summary>Certificates that are trusted, from a PEM file that may hold several: while a certificate authority is replaced, the old one and the new one. Taken
/// anew when the file changes; what cannot be used is refused, logged, and the old ones stay. Thread-safe.</summary>
public sealed partial class PemBundle
{
    private const long LookAgainMs = 1000;

    private readonly string _file;
    private readonly ILogger _log;
    private readonly Lock _sync = new();
    private volatile X509Certificate2Collection _current;
    private (DateTime, long) _stamp;
    private long _lookedAt = Environment.TickCount64;

    /// <exception cref="PemException">It cannot be read, or holds no certificate.</exception>
    public PemBundle(string file, ILogger log)
    {
        (_file, _log) = (file, log);
        _stamp = Stamp();
        _current = Load(file);
    }

    /// <summary>The newest usable ones, not to be changed. Looks at the file once a second at most.</summary>
    public X509Certificate2Collection Current
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
                _current = Load(_file);
                Renewed(_log, _file, _current.Count);
            }
            catch (PemException e)
            {
                NotRenewed(_log, e.Message);
            }
        }
    }

    private (DateTime, long) Stamp() => new FileInfo(_file) is { Exists: true } file ? (file.LastWriteTimeUtc, file.Length) : default;

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

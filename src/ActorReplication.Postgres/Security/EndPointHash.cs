using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ActorReplication.Postgres.Security;

/// <summary>Channel binding "tls-server-end-point" (RFC 5929, section 4.1): the server certificate's hash, by the hash function of its signature, SHA-256 in the place of MD5 and SHA-1.</summary>
internal static class EndPointHash
{
    /// <summary>Empty: the signature's hash function is not known, so the channel cannot be bound.</summary>
    public static ReadOnlyMemory<byte> Of(X509Certificate certificate)
    {
        var bytes = certificate.GetRawCertData();
        using var parsed = X509CertificateLoader.LoadCertificate(bytes);
        return parsed.SignatureAlgorithm.Value switch
        {
            // RSA with MD5, SHA-1, SHA-256; ECDSA with SHA-1, SHA-256.
            "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.113549.1.1.11" or "1.2.840.10045.4.1" or "1.2.840.10045.4.3.2" => SHA256.HashData(bytes),
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(bytes),
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(bytes),
            _ => default,
        };
    }
}

using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ActorReplication.Certificates;

namespace ActorReplication.Cmd.Cert;

/// <summary>A private certificate authority for those who have none: one key in a file, and what it signs. ECDSA on P-256, SHA-256.</summary>
internal static class Authority
{
    public const int AuthorityDays = 3650, SignedDays = 825;
    private const string AsServer = "1.3.6.1.5.5.7.3.1", AsClient = "1.3.6.1.5.5.7.3.2";

    /// <returns>Certificate and key, as PEM.</returns>
    public static (string Certificate, string Key) Found(string name, int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Named(name), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        using var certificate = request.CreateSelfSigned(Start, DateTimeOffset.UtcNow.AddDays(days));
        return (certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>A node's certificate, for both ends of a connection, with the mark that other nodes ask for.</summary>
    /// <param name="hosts">Names and addresses by which it is reached, beside its own name.</param>
    public static (string Certificate, string Key) SignNode(X509Certificate2 authority, string node, IReadOnlyList<string> hosts, int days)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri(NodeMark.Prefix + node));
        names.AddDnsName(node);
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }
        return Sign(authority, node, names.Build(), [AsServer, AsClient], days);
    }

    /// <summary>An SQL user's certificate, for clients only: nodes do not take it for one of theirs.</summary>
    public static (string Certificate, string Key) SignUser(X509Certificate2 authority, string user, int days) => Sign(authority, user, null, [AsClient], days);

    private static (string Certificate, string Key) Sign(X509Certificate2 authority, string name, X509Extension? alternativeNames, string[] uses, int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(Named(name), key, HashAlgorithmName.SHA256);
        if (alternativeNames is not null) request.CertificateExtensions.Add(alternativeNames);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. uses.Select(use => new Oid(use))], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var until = DateTimeOffset.UtcNow.AddDays(days);
        using var certificate = request.Create(authority, Start, until < authority.NotAfter ? until : authority.NotAfter, RandomNumberGenerator.GetBytes(16));
        return (certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>Clocks of machines differ a little.</summary>
    private static DateTimeOffset Start => DateTimeOffset.UtcNow.AddHours(-1);

    private static X500DistinguishedName Named(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name);
        return builder.Build();
    }
}

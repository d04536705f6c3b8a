using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ActorReplication.Postgres.Tests.Sessions;

/// <summary>A certificate authority that lives as long as a test.</summary>
internal sealed class TestAuthority
{
    private readonly X509Certificate2 _root;
    private int _serial;

    public TestAuthority(string name = "test authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public string RootPem => _root.ExportCertificatePem();

    public X509Certificate2 Root => _root;

    /// <summary>A certificate with its key, good for localhost and 127.0.0.1.</summary>
    public X509Certificate2 Sign(string name, X509Extension? more = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        if (more is not null) request.CertificateExtensions.Add(more);
        using var certificate = request.Create(_root, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(20), [(byte)++_serial]);
        return certificate.CopyWithPrivateKey(key);
    }

    public SslStreamCertificateContext Server() => SslStreamCertificateContext.Create(Sign("localhost"), null, offline: true);
}

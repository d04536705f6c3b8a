using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>A certificate authority that lives as long as a test, and the HOCON of who trusts it.</summary>
internal sealed class TestAuthority
{
    private readonly string folder;
    private readonly X509Certificate2 root;

    public TestAuthority(string folder, string name = "authority")
    {
        this.folder = Directory.CreateDirectory(folder).FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-10), DateTimeOffset.UtcNow.AddDays(10));
        Bundle = Path.Combine(this.folder, "ca.crt");
        File.WriteAllText(Bundle, RootPem);
    }

    /// <summary>File of the trusted authorities.</summary>
    public string Bundle { get; }

    public string RootPem => root.ExportCertificatePem() + "\n";

    /// <summary>Writes NAME.crt and NAME.key, over what is there.</summary>
    /// <param name="mark">What says that it is a node's; empty: nothing.</param>
    public void Sign(string name, string host = "127.0.0.1", double untilDays = 1, string mark = "urn:actor-replication:node:some")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
        else names.AddDnsName(host);
        if (mark.Length > 0) names.AddUri(new Uri(mark));
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(root, DateTimeOffset.UtcNow.AddDays(-5), DateTimeOffset.UtcNow.AddDays(untilDays), RandomNumberGenerator.GetBytes(8));
        var keyFile = Path.Combine(folder, name + ".key");
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(Path.Combine(folder, name + ".crt"), certificate.ExportCertificatePem());
    }

    /// <summary>The transport's section of who shows that certificate.</summary>
    public string Hocon(string name, string? bundle = null, string names = "") =>
        $"peer-tls {{ certificate = \"{Path.Combine(folder, name)}.crt\", key = \"{Path.Combine(folder, name)}.key\", authorities = \"{bundle ?? Bundle}\", names = [{names}] }}";
}

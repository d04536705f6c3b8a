using System.Security.Cryptography.X509Certificates;

namespace ActorReplication.Cluster.Security;

/// <summary>Whether certificates come from those we trust, and from no other.</summary>
public static class Chains
{
    /// <param name="shown">What came along with the certificate: certificates between it and one that is trusted.</param>
    public static bool Leads(X509Certificate2 certificate, X509Chain? shown, X509Certificate2Collection trusted) => ProblemOf(certificate, shown, trusted) is null;

    /// <summary>Null: it does. Else why not, in words for a log.</summary>
    public static string? ProblemOf(X509Certificate2 certificate, X509Chain? shown, X509Certificate2Collection trusted)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (shown is not null)
        {
            foreach (var element in shown.ChainElements) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
            chain.ChainPolicy.ExtraStore.AddRange(shown.ChainPolicy.ExtraStore);
        }
        if (chain.Build(certificate)) return null;
        var now = DateTime.Now;
        if (now > certificate.NotAfter) return $"the certificate {certificate.Subject} has expired on {certificate.NotAfter.ToUniversalTime():u}";
        if (now < certificate.NotBefore) return $"the certificate {certificate.Subject} is valid from {certificate.NotBefore.ToUniversalTime():u} only";
        return $"the certificate {certificate.Subject}, issued by {certificate.Issuer}, is not from an authority that is trusted here ({string.Join(", ", chain.ChainStatus.Select(s => s.Status))})";
    }
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Cert;

internal sealed class CertShow : IVerb
{
    public string Name => "cert show";
    public string Options => "FILE";
    public string Purpose => "The certificates in a PEM file: whose, from whom, until when, for which names.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        if (invocation.Words.Count < 3) throw new CommandException("cert show: which file?", CommandException.Usage);
        invocation.RejectRest(3);
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPemFile(invocation.Words[2]);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{invocation.Words[2]}: {e.Message}");
        }
        return Task.FromResult<JsonNode>(new JsonObject { ["certificates"] = new JsonArray([.. certificates.Select(c => (JsonNode)Describe(c))]) });
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("SUBJECT", "ISSUER", "UNTIL", "DAYS", "NAMES", "SHA-256");
        foreach (var c in answer.List("certificates")) table.Add(c.Text("subject"), c.Text("issuer"), c.Text("until"), c.Text("daysLeft"), c.Text("names"), c.Text("sha256"));
        return table.Render(Table.TerminalWidth);
    }

    private static JsonObject Describe(X509Certificate2 certificate) => new()
    {
        ["subject"] = certificate.Subject,
        ["issuer"] = certificate.Issuer,
        ["from"] = $"{certificate.NotBefore.ToUniversalTime():u}",
        ["until"] = $"{certificate.NotAfter.ToUniversalTime():u}",
        ["daysLeft"] = (int)Math.Floor((certificate.NotAfter - DateTime.Now).TotalDays),
        ["names"] = string.Join(", ", certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(e => e.EnumerateDnsNames().Concat(e.EnumerateIPAddresses().Select(a => a.ToString())))
            // A node's mark: of URIs .NET tells the first.
            .Concat(certificate.GetNameInfo(X509NameType.UrlName, false) is { Length: > 0 } uri ? [uri] : [])),
        ["sha256"] = certificate.GetCertHashString(HashAlgorithmName.SHA256),
    };
}

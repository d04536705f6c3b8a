using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Cert;

internal sealed class CertNode : IVerb
{
    public string Name => "cert node";
    public string Options => "NAME --ca FOLDER --out FOLDER [--hosts HOST[,HOST…]] [--days N]";
    public string Purpose => "Signs a node's certificate with the authority in the folder of --ca: OUT/NAME.crt and OUT/NAME.key. --hosts: names and addresses by which it is reached.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var name = invocation.Member(Name);
        var authority = invocation.Option("ca") ?? throw new CommandException("cert node: --ca FOLDER is missing", CommandException.Usage);
        var folder = invocation.Option("out") ?? throw new CommandException("cert node: --out FOLDER is missing", CommandException.Usage);
        var hosts = (invocation.Option("hosts") ?? "localhost,127.0.0.1,::1").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var days = CertFiles.Days(invocation, Authority.NodeDays);
        invocation.RejectRest(3);
        Secrets.RequirePrivate(Path.Combine(authority, "ca.key"));
        try
        {
            using var signer = X509Certificate2.CreateFromPemFile(Path.Combine(authority, "ca.crt"), Path.Combine(authority, "ca.key"));
            var (certificate, key) = Authority.Sign(signer, name, hosts, days);
            return Task.FromResult<JsonNode>(CertFiles.Write(folder, name, certificate, key));
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException($"cert node: {e.Message}: {authority} has to hold ca.crt and ca.key, as cert ca makes them");
        }
    }

    public string Show(JsonNode answer) => $"{answer.Text("certificate")} and {answer.Text("key")}\n";
}

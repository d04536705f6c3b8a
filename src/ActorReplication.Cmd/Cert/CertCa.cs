using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Cert;

internal sealed class CertCa : IVerb
{
    public string Name => "cert ca";
    public string Options => "--out FOLDER [--name NAME] [--days N]";
    public string Purpose => "Makes a private certificate authority: FOLDER/ca.crt, which every node trusts, and FOLDER/ca.key, which stays off the nodes.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var folder = invocation.Option("out") ?? throw new CommandException("cert ca: --out FOLDER is missing", CommandException.Usage);
        var name = invocation.Option("name") ?? $"actor-replication authority {DateTime.UtcNow:yyyy-MM-dd}";
        var days = CertFiles.Days(invocation, Authority.AuthorityDays);
        invocation.RejectRest(2);
        var (certificate, key) = Authority.Found(name, days);
        return Task.FromResult<JsonNode>(CertFiles.Write(folder, "ca", certificate, key));
    }

    public string Show(JsonNode answer) => $"{answer.Text("certificate")} and {answer.Text("key")}\n";
}

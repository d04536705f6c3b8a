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
        if (name.Length is 0 or > 63 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')) throw new CommandException($"cert node {name}: a node's name has letters, digits, - _ . only, at most 63", CommandException.Usage);
        var hosts = (invocation.Option("hosts") ?? "localhost,127.0.0.1,::1").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Task.FromResult<JsonNode>(CertFiles.Signed(this, invocation, name, (authority, days) => Authority.SignNode(authority, name, hosts, days)));
    }

    public string Show(JsonNode answer) => $"{answer.Text("certificate")} and {answer.Text("key")}\n";
}

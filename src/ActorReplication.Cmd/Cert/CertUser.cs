using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Cert;

internal sealed class CertUser : IVerb
{
    public string Name => "cert user";
    public string Options => "NAME --ca FOLDER --out FOLDER [--days N]";
    public string Purpose => "Signs an SQL user's certificate (hostssl … cert) with the authority in the folder of --ca: OUT/NAME.crt and OUT/NAME.key. Nodes do not take it for one of theirs.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        if (invocation.Words.Count < 3) throw new CommandException("cert user: which user?", CommandException.Usage);
        var name = invocation.Words[2];
        // It becomes a file's name.
        if (name.Length is 0 or > 63 || name.Any(c => char.IsControl(c) || c is '/' or '\\') || name is "." or "..") throw new CommandException("cert user: a user's name has 1 to 63 characters, and here no / or \\", CommandException.Usage);
        return Task.FromResult<JsonNode>(CertFiles.Signed(this, invocation, name, (authority, days) => Authority.SignUser(authority, name, days)));
    }

    public string Show(JsonNode answer) => $"{answer.Text("certificate")} and {answer.Text("key")}\n";
}

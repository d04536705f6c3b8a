using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.User;

/// <summary>One change of a role. Passwords come from a file or the terminal, never from the command line, which others on the machine can read.</summary>
/// <param name="takesRights">The words after the name are rights.</param>
internal sealed class UserChange(string verb, string options, string purpose, bool takesRights, Password password) : IVerb
{
    public string Name => "user " + verb;
    public string Options => options;
    public string Purpose => purpose;

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        if (invocation.Words.Count < 3) throw new CommandException($"{Name}: which role?", CommandException.Usage);
        var body = new JsonObject { ["name"] = invocation.Words[2] };
        if (takesRights)
        {
            var rights = invocation.Words.Skip(3).SelectMany(w => w.Split(',', StringSplitOptions.RemoveEmptyEntries)).ToArray();
            if (rights.Length == 0 && password == Password.None) throw new CommandException($"{Name}: which rights? reader, writer, replication, admin", CommandException.Usage);
            body["rights"] = new JsonArray([.. rights.Select(r => (JsonNode)r)]);
        }
        if (password != Password.None)
        {
            var file = invocation.Option("password-file");
            if (file is not null || password == Password.Required) body["password"] = file is null ? PasswordInput.Ask() : PasswordInput.FromFile(file);
        }
        invocation.RejectRest(takesRights ? invocation.Words.Count : 3);
        if (verb == "remove") Confirmation.Require(invocation, $"drop the role {invocation.Words[2]}?");
        return api.PostAsync("/api/users/" + verb, body);
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

internal enum Password : byte { None, Optional, Required }

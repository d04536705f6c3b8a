using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.User;

internal sealed class UserList : IVerb
{
    public string Name => "user list";
    public string Purpose => "Roles, their rights, and whether they have a password and may log in.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.GetAsync("/api/users");
    }

    public string Show(JsonNode answer)
    {
        var table = new Table("NAME", "RIGHTS", "LOGIN", "PASSWORD");
        foreach (var user in answer.List("users"))
            table.Add(user.Text("name"), string.Join(", ", user.List("rights").Select(r => r?.ToString())), user.Text("login") == "true" ? "yes" : "no", user.Text("hasPassword") == "true" ? "yes" : "no");
        return table.Render(Table.TerminalWidth);
    }
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Member;

internal sealed class MemberAdd : IVerb
{
    public string Name => "member add";
    public string Options => "NAME [--address HOST:PORT] [--as voter|learner|witness]";
    public string Purpose => "Lets a node in. It copies the data; a voter (the default) gets its vote when it has caught up. The address is that of its own traffic (remote.host, remote.port), known if it waits.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var (name, address, kind) = (invocation.Member(Name), invocation.Option("address"), invocation.Option("as"));
        invocation.RejectRest(3);
        return api.PostAsync("/api/members/add", new JsonObject { ["name"] = name, ["address"] = address, ["as"] = kind });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

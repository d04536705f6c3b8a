using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Member;

internal sealed class MemberTag : IVerb
{
    public string Name => "member tag";
    public string Options => "NAME KEY=VALUE …";
    public string Purpose => "Sets tags of a member, at once and on every node: failover-priority, no-sync, zone, apply-delay, address. KEY= is the default.";

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        var name = invocation.Member(Name);
        var tags = new JsonObject();
        foreach (var word in invocation.Words.Skip(3))
        {
            var equals = word.IndexOf('=');
            if (equals <= 0) throw new CommandException($"member tag: \"{word}\" is not key=value", CommandException.Usage);
            tags[word[..equals]] = word[(equals + 1)..];
        }
        if (tags.Count == 0) throw new CommandException("member tag: which tag? key=value", CommandException.Usage);
        invocation.RejectRest(invocation.Words.Count);
        return api.PostAsync("/api/members/tag", new JsonObject { ["name"] = name, ["tags"] = tags });
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd.Replication;

/// <summary>Automatic failover, off and on again.</summary>
/// <param name="word">pause or resume.</param>
internal sealed class FailoverSwitch(string word, string purpose) : IVerb
{
    public static FailoverSwitch Pause { get; } = new("pause", "Nobody takes over from the leader by itself, until resumed; a handover and an operator's failover go as ever.");
    public static FailoverSwitch Resume { get; } = new("resume", "Followers take over by themselves again.");

    public string Name => "replication " + word;
    public string Purpose => purpose;

    public Task<JsonNode> RunAsync(NodeApi api, Invocation invocation)
    {
        invocation.RejectRest(2);
        return api.PostAsync("/api/replication/" + word, []);
    }

    public string Show(JsonNode answer) => answer.Text("message") + "\n";
}

using System.Text.Json.Nodes;

namespace ActorReplication.Cmd;

/// <summary>One command. It asks the API, and says how the answer is shown to people; <c>--json</c> shows it as it is.</summary>
internal interface IVerb
{
    /// <summary>"palette verb", as it is typed.</summary>
    string Name { get; }

    /// <summary>What may follow, for the help text.</summary>
    string Options => "";
    string Purpose { get; }

    Task<JsonNode> RunAsync(NodeApi api, Invocation invocation);

    string Show(JsonNode answer);

    /// <summary>The exit code after an answer that is not an error.</summary>
    int Code(JsonNode answer) => 0;
}

using System.Text.Json.Serialization.Metadata;

namespace ActorReplication.Node.Http.Description;

/// <summary>One path of the HTTP port, as <c>GET /openapi.json</c> tells of it.</summary>
/// <param name="Method">get or post. What takes GET takes HEAD too; health checks also take OPTIONS.</param>
/// <param name="Body">What a POST takes; null: nothing.</param>
/// <param name="Answer">What 200 (202 where work goes on) holds; null: something else than JSON, or no fixed shape.</param>
internal sealed record Operation(string Method, string Path, string Group, string Summary, JsonTypeInfo? Body = null, JsonTypeInfo? Answer = null)
{
    /// <summary>Query parameters and what they mean.</summary>
    public IReadOnlyList<(string Name, string Meaning)> Query { get; init; } = [];

    /// <summary>Of the 200 answer.</summary>
    public string ContentType { get; init; } = "application/json";

    /// <summary>Beside 200, with what each means.</summary>
    public IReadOnlyList<(int Status, string Meaning)> Others { get; init; } = [];
}

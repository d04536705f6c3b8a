using System.Text.Json;
using System.Text.Json.Nodes;

namespace ActorReplication.Cmd;

internal static class Json
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>A member as text; null when it is missing or null.</summary>
    public static string? Text(this JsonNode? node, string name) => node is JsonObject o && o[name] is JsonValue value ? value.ToString() : null;

    public static IEnumerable<JsonNode?> List(this JsonNode? node, string name) => node is JsonObject o && o[name] is JsonArray list ? list : [];

    public static string Shown(this JsonNode node) => node.ToJsonString(Indented);
}

using System.Text.Json.Serialization;
using ActorReplication.Cluster;
using ActorReplication.Core;

namespace ActorReplication.Node.Callbacks;

/// <param name="Event">on_start, on_role_change or on_stop.</param>
/// <param name="Role">primary: it leads and takes writes; replica: anything else.</param>
/// <param name="Leader">Whom this node takes for the leader; null: nobody.</param>
internal sealed record RoleEvent(string Event, string Node, string Role, string Cluster, long Term, string? Leader)
{
    public const string Start = "on_start", RoleChange = "on_role_change", Stop = "on_stop";
    public const string Primary = "primary", Replica = "replica";

    public static RoleEvent Of(string happened, NodeStatus status, string cluster) =>
        new(happened, status.Name.Name, RoleOf(status), cluster, status.Term.Value, status.Leader?.Name);

    public static string RoleOf(NodeStatus status) => status is { Role: Core.Role.Leader, Serving: true } ? Primary : Replica;
}

[JsonSerializable(typeof(RoleEvent))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class RoleEventJson : JsonSerializerContext;

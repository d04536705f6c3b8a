using System.Text.Json;
using System.Text.Json.Serialization;

namespace ActorReplication.Node.Http;

/// <param name="Folder">Full path on the node's machine.</param>
/// <param name="BytesPerSecond">0 = as fast as it goes.</param>
internal sealed record BackupRequest(string? Folder, long BytesPerSecond);

/// <param name="Kind">take, verify.</param>
/// <param name="State">running, done, failed.</param>
/// <param name="Total">Bytes; 0 = not known yet.</param>
internal sealed record BackupJobView(
    string Node, long Number, string Kind, string Folder, string State, long Bytes, long Total, DateTimeOffset Started, DateTimeOffset? Ended,
    IReadOnlyList<string> Results, IReadOnlyList<string> Problems);

internal sealed record BackupListView(string Node, IReadOnlyList<BackupRow> Backups);

/// <param name="Problem">Why it is of no use; then the rest is null.</param>
internal sealed record BackupRow(
    string Name, string? Cluster, string? Node, DateTimeOffset? Taken, long? Term, long? Index, long? Bytes, string? Voters, string? Policy, string? Problem);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.Never, MaxDepth = 8)]
[JsonSerializable(typeof(BackupRequest))]
[JsonSerializable(typeof(BackupJobView))]
[JsonSerializable(typeof(BackupListView))]
internal sealed partial class BackupJson : JsonSerializerContext;

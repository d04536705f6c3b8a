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

/// <summary>A node's archiving, and what is in its archive for its cluster, whoever put it there.</summary>
/// <param name="Index">All entries up to here are archived; null: not known yet.</param>
/// <param name="LagBytes">Of committed entries that are not.</param>
/// <param name="Segments">Files that this node has written since its start.</param>
/// <param name="Lost">Entries that this node compacted before they were archived, since its start.</param>
/// <param name="Problem">Why it does not go on; null: it does.</param>
/// <param name="LastTime">When the last entry in the archive was written by its leader.</param>
/// <param name="Gaps">Entries that are in none of the files, between the first and the last.</param>
internal sealed record ArchiveView(
    string Node, string Directory, long? Term, long? Index, long Commit, long LagBytes, long Segments, DateTimeOffset? LastWritten, IReadOnlyList<RangeView> Lost, string? Problem,
    int Files, long Bytes, long? First, long? LastTerm, long? LastIndex, DateTimeOffset? LastTime, IReadOnlyList<RangeView> Gaps, IReadOnlyList<string> DamagedFiles);

internal sealed record RangeView(long First, long Last);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.Never, MaxDepth = 8)]
[JsonSerializable(typeof(BackupRequest))]
[JsonSerializable(typeof(BackupJobView))]
[JsonSerializable(typeof(BackupListView))]
[JsonSerializable(typeof(ArchiveView))]
internal sealed partial class BackupJson : JsonSerializerContext;

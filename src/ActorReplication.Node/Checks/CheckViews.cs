using System.Text.Json.Serialization;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;

namespace ActorReplication.Node.Checks;

/// <summary>What the leader asks the nodes in the course of a comparison.</summary>
internal sealed record CheckRequest(string? Marker, string? Table, IReadOnlyList<int>? Parts);

internal sealed record CheckHashes(string Node, long Term, long Index, IReadOnlyList<TableHash> Tables);

internal sealed record CheckSums(IReadOnlyList<ulong> Sums);

internal sealed record CheckRows(IReadOnlyList<RowMark> Rows);

/// <summary>The outcome: every node at one index, compared with the leader.</summary>
internal sealed record CheckView(string Leader, long Term, long Index, bool Equal, IReadOnlyList<CheckedNode> Nodes);

/// <param name="State">equal, different, or unknown (then <paramref name="Problem"/> says why).</param>
internal sealed record CheckedNode(string Node, string State, long Tables, long Rows, string? Problem, IReadOnlyList<TableDifference> Differences);

/// <param name="What">missing: the node does not have the table; extra: only it has; rows.</param>
/// <param name="Changed">Keys of rows that differ; <paramref name="Missing"/>: that the node lacks; <paramref name="Extra"/>: that only it has.</param>
/// <param name="More">There are more than are named.</param>
internal sealed record TableDifference(string Table, string What, long? Rows, long? LeaderRows, IReadOnlyList<string> Changed, IReadOnlyList<string> Missing, IReadOnlyList<string> Extra, bool More);

internal sealed record RepairRequest(string? Node);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.Never, MaxDepth = 8)]
[JsonSerializable(typeof(CheckRequest))]
[JsonSerializable(typeof(CheckHashes))]
[JsonSerializable(typeof(CheckSums))]
[JsonSerializable(typeof(CheckRows))]
[JsonSerializable(typeof(CheckView))]
[JsonSerializable(typeof(RepairRequest))]
internal sealed partial class CheckJson : JsonSerializerContext;

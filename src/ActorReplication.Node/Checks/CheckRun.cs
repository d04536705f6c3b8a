using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ActorReplication.Cluster;
using ActorReplication.Core.Membership;
using ActorReplication.Node.Http;

namespace ActorReplication.Node.Checks;

/// <summary>Compares all nodes with this one, which leads. Each is told a marker; then the marker goes through the log, so that each keeps its state at that very index, and writing goes
/// on; then they are asked for hashes of their tables, and where those differ, for those of parts of a table, and at last for its rows'.</summary>
internal sealed class CheckRun(IReplicaNode node, Survey survey, CheckDesk desk)
{
    private const int MostRows = 4000;
    private static readonly TimeSpan ArmPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReachPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReadPatience = TimeSpan.FromMinutes(10);

    /// <exception cref="CheckException">It could not be made at all.</exception>
    public async Task<CheckView> CompareAsync(CancellationToken cancellation)
    {
        var marker = Guid.NewGuid().ToString("N");
        var others = node.Status.Config?.Members.Values.Where(m => m.Id != node.Status.Name && m.Kind != MemberKind.Witness).Select(m => m.Id.Name).ToArray() ?? [];
        desk.Arm(marker);
        try
        {
            var armed = await Task.WhenAll(others.Select(async name => (Name: name, IsArmed: await AskAsync(name, "arm", new CheckRequest(marker, null, null), ApiJson.Default.Done, ArmPatience, cancellation) is { Value: not null })));
            var marked = await node.ChangeConfigAsync(new ConfigChange.SetSetting(IReplicaNode.CheckMarker, marker), cancellation);
            if (!marked.Succeeded) throw new CheckException($"the comparison's marker did not get into the log: {Answers.AdviceOf(marked)}");
            var own = await HashesAsync(desk, node, marker, cancellation);
            var nodes = new List<CheckedNode> { Checked(own, own, []) };
            foreach (var (name, isArmed) in armed)
                nodes.Add(isArmed ? await CompareAsync(name, marker, own, cancellation) : Unknown(name, "it does not answer on its HTTP port"));
            return new CheckView(own.Node, own.Term, own.Index, nodes.All(n => n.State == "equal"), nodes);
        }
        finally
        {
            desk.End(marker);
            foreach (var name in others) _ = AskAsync(name, "end", new CheckRequest(marker, null, null), ApiJson.Default.Done, ArmPatience, CancellationToken.None);
        }
    }

    public static Task<CheckHashes> HashesAsync(CheckDesk desk, IReplicaNode node, string marker, CancellationToken cancellation) =>
        desk.AskAsync(marker, ReachPatience, s => new CheckHashes(node.Status.Name.Name, s.At.Term.Value, s.At.Index.Value, s.State.HashTables()), cancellation);

    public static Task<CheckSums> SumsAsync(CheckDesk desk, string marker, string table, CancellationToken cancellation) =>
        desk.AskAsync(marker, ReachPatience, s => new CheckSums(s.State.Sums(table)), cancellation);

    public static Task<CheckRows> RowsAsync(CheckDesk desk, string marker, string table, IReadOnlyList<int> parts, CancellationToken cancellation) =>
        desk.AskAsync(marker, ReachPatience, s => new CheckRows(s.State.Rows(table, parts.ToHashSet(), MostRows)), cancellation);

    private async Task<CheckedNode> CompareAsync(string name, string marker, CheckHashes own, CancellationToken cancellation)
    {
        var asked = await AskAsync(name, "hashes", new CheckRequest(marker, null, null), CheckJson.Default.CheckHashes, ReadPatience, cancellation);
        if (asked.Value is not { } theirs) return Unknown(name, asked.Problem);
        if ((theirs.Term, theirs.Index) != (own.Term, own.Index)) return Unknown(name, $"it kept its state at {theirs.Term}/{theirs.Index} and not at {own.Term}/{own.Index}");
        var differences = new List<TableDifference>();
        foreach (var table in Comparison.Tables(own.Tables, theirs.Tables))
            differences.Add(table.What == "rows" ? await NameRowsAsync(name, marker, table, cancellation) : table);
        return Checked(theirs, own, differences);
    }

    private async Task<TableDifference> NameRowsAsync(string name, string marker, TableDifference table, CancellationToken cancellation)
    {
        var theirs = await AskAsync(name, "sums", new CheckRequest(marker, table.Table, null), CheckJson.Default.CheckSums, ReadPatience, cancellation);
        if (theirs.Value is null) return table with { More = true };
        var parts = Comparison.Parts((await SumsAsync(desk, marker, table.Table, cancellation)).Sums, theirs.Value.Sums);
        var rows = await AskAsync(name, "rows", new CheckRequest(marker, table.Table, parts), CheckJson.Default.CheckRows, ReadPatience, cancellation);
        if (rows.Value is null) return table with { More = true };
        var own = (await RowsAsync(desk, marker, table.Table, parts, cancellation)).Rows;
        return Comparison.Rows(table, own, rows.Value.Rows, own.Count < MostRows && rows.Value.Rows.Count < MostRows);
    }

    private Task<(T? Value, string? Problem)> AskAsync<T>(string name, string question, CheckRequest request, JsonTypeInfo<T> type, TimeSpan patience, CancellationToken cancellation) where T : class =>
        survey.PostAsync(name, $"/api/db/check/{question}", JsonSerializer.Serialize(request, CheckJson.Default.CheckRequest), type, patience, cancellation);

    private static CheckedNode Checked(CheckHashes node, CheckHashes leader, IReadOnlyList<TableDifference> differences) =>
        new(node.Node, differences.Count == 0 ? "equal" : "different", node.Tables.Count, node.Tables.Sum(t => t.Rows), null, differences);

    private static CheckedNode Unknown(string name, string? problem) => new(name, "unknown", 0, 0, problem, []);
}

using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;

namespace ActorReplication.Node.Checks;

/// <summary>Finds differences between two nodes' tables and rows. Pure.</summary>
internal static class Comparison
{
    public const int NamedRows = 100;

    /// <summary>Tables that only one side has, and (What "rows", without keys yet) those whose contents differ, in the leader's order.</summary>
    public static IReadOnlyList<TableDifference> Tables(IReadOnlyList<TableHash> leader, IReadOnlyList<TableHash> node)
    {
        var found = new List<TableDifference>();
        foreach (var table in leader)
        {
            var other = node.FirstOrDefault(t => t.Table == table.Table);
            if (other is null) found.Add(Whole(table.Table, "missing", null, table.Rows));
            else if (other.Hash != table.Hash) found.Add(Whole(table.Table, "rows", other.Rows, table.Rows));
        }
        foreach (var table in node)
            if (leader.All(t => t.Table != table.Table)) found.Add(Whole(table.Table, "extra", table.Rows, null));
        return found;
    }

    /// <summary>Parts of a table whose sums differ; all if they cannot be compared.</summary>
    public static IReadOnlyList<int> Parts(IReadOnlyList<ulong> leader, IReadOnlyList<ulong> node) =>
        [.. Enumerable.Range(0, PinnedState.Parts).Where(p => leader.Count != node.Count || leader[p] != node[p])];

    /// <param name="isWhole">Neither list was cut off.</param>
    public static TableDifference Rows(TableDifference table, IReadOnlyList<RowMark> leader, IReadOnlyList<RowMark> node, bool isWhole)
    {
        var theirs = node.ToLookup(r => r.Key, r => r.Hash);
        var ours = leader.ToLookup(r => r.Key, r => r.Hash);
        var changed = ours.Where(r => theirs.Contains(r.Key) && !theirs[r.Key].Order().SequenceEqual(r.Order())).Select(r => r.Key).ToList();
        var missing = ours.Where(r => !theirs.Contains(r.Key)).Select(r => r.Key).ToList();
        var extra = theirs.Where(r => !ours.Contains(r.Key)).Select(r => r.Key).ToList();
        return table with
        {
            Changed = [.. changed.Take(NamedRows)],
            Missing = [.. missing.Take(NamedRows)],
            Extra = [.. extra.Take(NamedRows)],
            More = !isWhole || changed.Count > NamedRows || missing.Count > NamedRows || extra.Count > NamedRows,
        };
    }

    private static TableDifference Whole(string table, string what, long? rows, long? leaderRows) => new(table, what, rows, leaderRows, [], [], [], false);
}

using ActorReplication.Node.Checks;
using ActorReplication.Storage.Engine;
using ActorReplication.Storage.Snapshots;
using Xunit;

namespace ActorReplication.Node.Tests.Checks;

public sealed class ComparisonRules
{
    [Fact]
    public void Tables_that_only_one_side_has_and_tables_with_other_contents_are_told_apart()
    {
        var found = Comparison.Tables([new("a", 1, "x"), new("b", 2, "y"), new("c", 3, "z")], [new("a", 1, "x"), new("c", 4, "q"), new("d", 5, "r")]);
        Assert.Equal([("b", "missing", null, 2), ("c", "rows", 4, 3), ("d", "extra", 5, (long?)null)], found.Select(d => (d.Table, d.What, d.Rows, d.LeaderRows)));
    }

    [Fact]
    public void Rows_are_changed_missing_or_extra_by_their_keys()
    {
        var table = new TableDifference("t", "rows", 3, 3, [], [], [], false);
        var found = Comparison.Rows(table, [new("1", 10), new("2", 20), new("3", 30)], [new("1", 10), new("2", 21), new("4", 40)], isWhole: true);
        Assert.Equal(("2", "3", "4", false), (found.Changed.Single(), found.Missing.Single(), found.Extra.Single(), found.More));
    }

    [Fact]
    public void Of_many_rows_a_hundred_are_named_and_it_is_said_that_there_are_more()
    {
        var table = new TableDifference("t", "rows", 0, 300, [], [], [], false);
        var found = Comparison.Rows(table, [.. Enumerable.Range(1, 300).Select(i => new RowMark($"{i}", 0))], [], isWhole: true);
        Assert.Equal((100, true), (found.Missing.Count, found.More));
    }
}

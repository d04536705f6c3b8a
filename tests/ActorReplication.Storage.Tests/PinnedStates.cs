using ActorReplication.Storage.Snapshots;
using ActorReplication.Storage.Tests.Support;
using Xunit;

namespace ActorReplication.Storage.Tests;

/// <summary>The state of one moment, compared table by table and row by row.</summary>
public sealed class PinnedStates : IDisposable
{
    private readonly Pair pair = new();

    public PinnedStates() => pair.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, a)", "CREATE TABLE w (k TEXT, n INT, v, PRIMARY KEY (k, n)) WITHOUT ROWID", "INSERT INTO t VALUES (1, 'x'), (2, 'y')", "INSERT INTO w VALUES ('a', 1, 1), ('b', 2, 2)");

    public void Dispose() => pair.Dispose();

    [Fact]
    public void Stay_as_they_were_while_writing_goes_on()
    {
        using var state = pair.Leader.Pin();
        var before = state.HashTables();
        pair.Run("UPDATE t SET a = 'changed'", "INSERT INTO w VALUES ('c', 3, 3)", "CREATE TABLE later (a)");
        Assert.Equal(before, state.HashTables());
        Assert.Equal(["1", "2"], All(state, "t").Select(r => r.Key));
        Assert.NotEqual(before, pair.Leader.HashTables());
    }

    [Fact]
    public void Name_the_rows_that_differ_by_their_keys()
    {
        pair.Tamper("UPDATE t SET a = 'z' WHERE id = 2", "DELETE FROM w WHERE k = 'a'", "INSERT INTO w VALUES ('it''s', -1, NULL)");
        using var leader = pair.Leader.Pin();
        using var follower = pair.Follower.Pin();
        Assert.Equal(["2"], All(leader, "t").Except(All(follower, "t")).Select(r => r.Key));
        Assert.Equal(["'a', 1"], All(leader, "w").Except(All(follower, "w")).Select(r => r.Key));
        Assert.Equal(["'it's', -1"], All(follower, "w").Except(All(leader, "w")).Select(r => r.Key));
    }

    [Fact]
    public void Find_the_part_of_a_table_in_which_a_row_differs()
    {
        pair.Run("WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT i, i FROM n");
        pair.Tamper("UPDATE t SET a = 0 WHERE id = 4711");
        using var leader = pair.Leader.Pin();
        using var follower = pair.Follower.Pin();
        var (ours, theirs) = (leader.Sums("t"), follower.Sums("t"));
        var part = Assert.Single(Enumerable.Range(0, PinnedState.Parts), p => ours[p] != theirs[p]);
        var rows = leader.Rows("t", new HashSet<int> { part }, 1000);
        Assert.InRange(rows.Count, 1, 30);
        Assert.Equal("4711", Assert.Single(rows.Except(follower.Rows("t", new HashSet<int> { part }, 1000))).Key);
        Assert.Empty(leader.Sums("nowhere"));
        Assert.Equal(10, leader.Rows("t", Enumerable.Range(0, PinnedState.Parts).ToHashSet(), 10).Count);
    }

    private static IReadOnlyList<RowMark> All(PinnedState state, string table) => state.Rows(table, Enumerable.Range(0, PinnedState.Parts).ToHashSet(), int.MaxValue);
}

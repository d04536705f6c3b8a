using ActorReplication.Cluster.Writes;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>Tables that are changed while transactions are open which wrote them, and what becomes of their counters.</summary>
public sealed class SharedTableRules : OpenWrites
{
    private const string Convert = """REDEFINE TABLE "t" AS '(a INTEGER PRIMARY KEY, b INTEGER)' SET "b" = 'b * 100'""";
    private const string Bare = """REDEFINE TABLE "t" AS '(a INTEGER PRIMARY KEY, b)' SET "a" = '"a"'""";
    private const string Counting = """REDEFINE TABLE "t" AS '(a INTEGER PRIMARY KEY AUTOINCREMENT, b)'""";

    [Theory]
    [InlineData(Convert, "1|500 2|700")]
    [InlineData("ALTER TABLE t ADD COLUMN c", "1|5 2|7")]
    public async Task A_change_of_a_table_waits_for_those_that_wrote_it(string change, string rows)
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b INTEGER)", "CREATE TABLE u(a)", "INSERT INTO t VALUES (1, 5)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "INSERT INTO t VALUES (2, 6)");
        await Do(two, "INSERT INTO u VALUES (1)");
        var changing = Run(change);
        await Written("INSERT INTO u VALUES (2)");
        await Do(one, "UPDATE t SET b = 7 WHERE a = 2");
        // Who comes later waits for the change.
        var later = Start(two, "UPDATE t SET b = b + 1 WHERE a = 2");
        await Do(one, "SELECT 1");
        Assert.False(changing.IsCompleted);
        Assert.False(later.IsCompleted);
        // The change comes into the same batch.
        await Commit(one);
        Assert.Equal(WriteStatus.Committed, (await changing.WaitAsync(Patience)).Status);
        Assert.Equal(rows, Read());
        Assert.Equal(1, (await later.WaitAsync(Patience)).Outcome.AffectedRows);
        await Commit(two);
    }

    [Fact]
    public async Task A_transaction_whose_table_the_holder_of_the_gate_changes_has_to_try_again()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b INTEGER)", "CREATE TABLE u(a)", "INSERT INTO t VALUES (1, 5)");
        var (one, two, three) = (Gate.Open(60_000), Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "INSERT INTO t VALUES (2, 6)");
        await Do(two, "INSERT INTO u VALUES (1)");
        await Do(three, "SELECT 1");
        await Do(three, Convert);
        await Commit(three);
        Assert.Equal(WriteStatus.Conflict, (await one.CommitAsync(AckLevel.Committed).AsTask().WaitAsync(Patience)).Status);
        await Commit(two);
        Assert.Equal("1|500", Read());
    }

    [Fact]
    public async Task A_change_that_was_taken_back_hurts_nobody()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b INTEGER)", "INSERT INTO t VALUES (1, 5)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "INSERT INTO t VALUES (2, 6)");
        await Do(two, Convert);
        await two.RollbackAsync();
        await Commit(one);
        Assert.Equal("1|5 2|6", Read());
    }

    [Fact]
    public async Task Numbers_are_not_given_again_when_a_dropped_table_comes_back()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)");
        var one = Gate.Open(60_000);
        await Do(one, "INSERT INTO t(b) VALUES (1), (2)");
        await one.RollbackAsync();
        var holder = await Hold();
        await holder.SavepointAsync("s");
        await Do(holder, "DROP TABLE t");
        await Do(holder, "CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)");
        await Do(holder, "INSERT INTO t(b) VALUES (1)");
        Assert.True(await holder.RollbackToAsync("s"));
        await Do(holder, "INSERT INTO t(b) VALUES (3)");
        await Do(holder, "DROP TABLE t");
        await holder.RollbackAsync();
        await Written("INSERT INTO t(b) VALUES (4)");
        Assert.Equal("4|4", Read());
    }

    [Fact]
    public async Task A_restarted_counter_begins_at_one_whatever_was_kept_from_others()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)");
        var one = Gate.Open(60_000);
        await Do(one, "INSERT INTO t(b) VALUES (1), (2)");
        await one.RollbackAsync();

        var holder = await Hold();
        await Do(holder, Bare);
        await Do(holder, Counting);
        await holder.RollbackAsync();
        await Written("INSERT INTO t(b) VALUES (3)");
        Assert.Equal("3|3", Read());

        var two = Gate.Open(60_000);
        await Do(two, "INSERT INTO t(b) VALUES (4)");
        await two.RollbackAsync();
        await Written("DELETE FROM t");
        await Written(Bare);
        await Written(Counting);
        await Written("INSERT INTO t(b) VALUES (1)");
        Assert.Equal("1|1", Read());
    }

    [Fact]
    public async Task Numbers_stay_kept_under_a_tables_new_name_and_go_from_the_old_one()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)");
        var one = Gate.Open(60_000);
        await Do(one, "INSERT INTO t(b) VALUES (1), (2)");
        await one.RollbackAsync();
        var holder = await Hold();
        await Do(holder, "ALTER TABLE t RENAME TO u");
        await Do(holder, "INSERT INTO u(b) VALUES (3)");
        await holder.RollbackAsync();
        await Written("INSERT INTO t(b) VALUES (4)");
        Assert.Equal("4|4", Read());

        var two = Gate.Open(60_000);
        await Do(two, "INSERT INTO t(b) VALUES (5)");
        await two.RollbackAsync();
        await Written("ALTER TABLE t RENAME TO u");
        await Written("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)");
        await Written("INSERT INTO t(b) VALUES (1)");
        await Written("INSERT INTO u(b) VALUES (6)");
        Assert.Equal("1|1", Read());
        Assert.Equal("4|4 6|6", Read("SELECT a, b FROM u ORDER BY a"));
    }

    private async Task<IInteractiveWrite> Hold() => (await Gate.AcquireAsync(long.MaxValue, 60_000, null).AsTask().WaitAsync(Patience)).Transaction!;
}

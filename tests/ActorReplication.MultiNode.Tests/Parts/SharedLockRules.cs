using ActorReplication.Cluster.Writes;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>Who waits for whom, and what is kept for whom, among open transactions.</summary>
public sealed class SharedLockRules : OpenWrites
{
    [Theory]
    [InlineData(true, null)]
    [InlineData(false, 2067)]
    public async Task A_unique_value_whose_row_another_transaction_has_deleted_is_waited_for(bool commits, int? failure)
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE)", "INSERT INTO t VALUES (1, 'x'), (2, 'y')");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "DELETE FROM t WHERE a = 1");
        // What was not deleted is in the way at once.
        Assert.Equal(2067, (await Start(two, "INSERT INTO t VALUES (3, 'y')").WaitAsync(Patience)).Outcome.Failure!.ExtendedCode);
        var waiting = Start(two, "INSERT INTO t VALUES (3, 'x')");
        var alone = Run("INSERT INTO t VALUES (4, 'x')");
        await Do(one, "SELECT 1");
        Assert.False(waiting.IsCompleted);
        if (commits) await Commit(one);
        else await one.RollbackAsync();
        Assert.Equal(failure, (await waiting.WaitAsync(Patience)).Outcome.Failure?.ExtendedCode);
        if (commits) await Commit(two);
        else await two.RollbackAsync();
        Assert.Equal(2067, (await alone.WaitAsync(Patience)).Statements[^1].Failure!.ExtendedCode);
        Assert.Equal(commits ? "2|y 3|x" : "1|x 2|y", Read());
    }

    [Fact]
    public async Task So_is_a_key_that_another_transaction_has_given_up()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE)", "CREATE TABLE w(a TEXT, b, PRIMARY KEY (a, b)) WITHOUT ROWID", "INSERT INTO t VALUES (1, 'x')", "INSERT INTO w VALUES ('k', 1)");
        var (one, two, three) = (Gate.Open(60_000), Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET a = 11, b = 'xx' WHERE a = 1");
        await Do(one, "DELETE FROM w");
        Task[] waiting = [Start(two, "INSERT INTO t VALUES (1, 'z')"), Start(three, "INSERT OR IGNORE INTO w VALUES ('k', 1)")];
        await Do(one, "SELECT 1");
        Assert.DoesNotContain(waiting, task => task.IsCompleted);
        await Commit(one);
        await Task.WhenAll(waiting).WaitAsync(Patience);
        await Commit(two);
        await Commit(three);
        Assert.Equal("1|z 11|xx", Read());
        Assert.Equal("k|1", Read("SELECT a, b FROM w"));
    }

    [Fact]
    public async Task Numbers_that_were_rolled_back_are_not_given_again()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)");
        var (one, two, three) = (Gate.Open(60_000), Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "INSERT INTO t(b) VALUES (1)");
        await Do(two, "INSERT INTO t(b) VALUES (2)");
        await two.RollbackAsync();
        await Commit(one);
        await Do(three, "INSERT INTO t(b) VALUES (3)");
        await three.RollbackAsync();
        await Written("INSERT INTO t(b) VALUES (4)");
        Assert.Equal("1|1 4|4", Read());

        // Nor by another leader, as far as the log goes.
        var (four, five) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(four, "INSERT INTO t(b) VALUES (5)");
        await Do(five, "INSERT INTO t(b) VALUES (6)");
        await five.RollbackAsync();
        await Commit(four);
        Gate.OnNotServing();
        Gate.OnServing(new Core.Term(2));
        await Written("INSERT INTO t(b) VALUES (7)");
        Assert.Equal("1|1 4|4 5|5 7|7", Read());
    }

    [Fact]
    public async Task Nor_are_those_of_whoever_held_the_gate_but_a_clients_own_numbers_are_free()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)");
        var holder = await Hold();
        await Do(holder, "INSERT INTO t(b) VALUES (1)");
        await holder.SavepointAsync("s");
        await Do(holder, "INSERT INTO t(b) VALUES (2), (3)");
        await holder.RollbackToAsync("s");
        await Do(holder, "INSERT INTO t(b) VALUES (4)");
        await holder.RollbackAsync();
        holder = await Hold();
        await Do(holder, "INSERT INTO t VALUES (9223372036854775807, 0)");
        await holder.RollbackAsync();
        var one = Gate.Open(60_000);
        await Do(one, "INSERT INTO t VALUES (9223372036854775807, 0)");
        await one.RollbackAsync();
        await Written("INSERT INTO t(b) VALUES (5)");
        Assert.Equal("5|5", Read());
    }

    [Fact]
    public async Task A_table_made_anew_begins_at_one()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)");
        var one = Gate.Open(60_000);
        await Do(one, "INSERT INTO t(b) VALUES (1)");
        await one.RollbackAsync();
        await Written("DROP TABLE t");
        await Written("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)");
        await Written("INSERT INTO t(b) VALUES (1)");
        Assert.Equal("1|1", Read());
    }

    [Fact]
    public async Task Who_waits_for_a_row_of_a_transaction_that_comes_to_hold_the_gate_gets_it_at_its_end()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 0)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = 1 WHERE a = 1");
        var waiting = Start(two, "UPDATE t SET b = b + 10 WHERE a = 1");
        await Do(one, "CREATE TABLE u(a)");
        await Do(one, "UPDATE t SET b = 2 WHERE a = 1");
        Assert.False(waiting.IsCompleted);
        await Commit(one);
        var (status, outcome) = await waiting.WaitAsync(Patience);
        Assert.Equal((WriteStatus.Committed, 1), (status, outcome.AffectedRows));
        await Commit(two);
        Assert.Equal("1|12", Read());
    }

    [Fact]
    public async Task A_savepoint_set_before_locks_are_given_up_does_not_count_them()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = 1 WHERE a = 1");
        await one.SavepointAsync("a");
        await Do(one, "UPDATE t SET b = 1 WHERE a = 2");
        var holder = await Hold();
        Assert.True(await one.RollbackToAsync("a"));
        await one.SavepointAsync("b");
        await holder.RollbackAsync();
        await Do(one, "UPDATE t SET b = 1 WHERE a = 3");
        Assert.True(await one.RollbackToAsync("b"));
        await Do(two, "UPDATE t SET b = 2 WHERE a > 1");
        await Commit(one);
        await Commit(two);
        Assert.Equal("1|1 2|2 3|2", Read());
    }

    [Fact]
    public async Task Changes_that_take_much_memory_and_very_many_locks_are_had_by_holding_the_gate()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "WITH c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 30000) INSERT INTO t SELECT n, 0 FROM c");
        var one = Gate.Open(60_000);
        await Do(one, "UPDATE t SET b = zeroblob(5000000) WHERE a = 1");
        await AssertBeside(one);
        await Do(one, "UPDATE t SET b = zeroblob(5000000) WHERE a = 2");
        await AssertHolds(one);
        await one.RollbackAsync();

        var two = Gate.Open(60_000);
        await Select(two, "SELECT rowid, a FROM t WHERE a <= 15000");
        await AssertBeside(two);
        await Select(two, "SELECT rowid, a FROM t WHERE a > 15000");
        await AssertHolds(two);
        await two.RollbackAsync();
    }

    [Fact]
    public async Task Rows_of_a_table_without_rowid_are_locked_by_their_key()
    {
        await Serve("CREATE TABLE w(a TEXT, b, c, PRIMARY KEY (b, a)) WITHOUT ROWID", "INSERT INTO w VALUES ('p', 1, 0), ('q', 2.5, 0)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Select(one, "SELECT b, a, c FROM w WHERE b > 2", "w");
        await Do(two, "UPDATE w SET c = 1 WHERE a = 'p'");
        var waiting = Start(two, "UPDATE w SET c = 1 WHERE a = 'q'");
        await Do(one, "UPDATE w SET c = c + 5 WHERE a = 'q'");
        Assert.False(waiting.IsCompleted);
        await one.RollbackAsync();
        Assert.True((await waiting.WaitAsync(Patience)).Outcome.Succeeded);
        await two.RollbackAsync();
    }

    [Fact]
    public async Task Who_was_given_a_row_and_waits_for_another_one_sees_what_the_holder_of_the_gate_made_of_the_first()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 0), (2, 0)");
        var (one, two, three) = (Gate.Open(60_000), Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = 1 WHERE a = 1");
        await Do(two, "UPDATE t SET b = 2 WHERE a = 2");
        var waiting = Start(three, "UPDATE t SET b = b + 10");
        await Do(one, "SELECT 1");
        await Commit(one);
        // Now it has the first row, and waits for the second.
        await Do(two, "SELECT 1");
        var holder = await Hold();
        await Do(holder, "UPDATE t SET b = 5 WHERE a = 1");
        await Commit(holder);
        await Commit(two);
        Assert.Equal((WriteStatus.Committed, 2L), (await waiting.WaitAsync(Patience)) is var (status, outcome) ? (status, outcome.AffectedRows) : default);
        await Commit(three);
        Assert.Equal("1|15 2|12", Read());
    }

    [Fact]
    public async Task What_it_wrote_or_locked_later_is_seen()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 0)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = 1 WHERE a = 1");
        var waiting = Start(two, "UPDATE t SET b = b + 10 WHERE a = 1");
        await Do(one, "SELECT 1");
        await Commit(one);
        await waiting.WaitAsync(Patience);
        var holder = await Hold();
        await Do(holder, "UPDATE t SET b = 5 WHERE a = 1");
        await Commit(holder);
        Assert.Equal(WriteStatus.Conflict, (await Start(two, "SELECT 1").WaitAsync(Patience)).Status);
    }

    [Theory]
    [InlineData("t(b) WHERE c > 0", "'x'")]
    [InlineData("t(lower(b) DESC, (c + 1)) WHERE c IS NOT NULL AND (c > 0)", "'X'")]
    [InlineData("\"t\"(c, lower(b) COLLATE NOCASE)", "'X'")]
    public async Task A_value_of_an_index_of_expressions_or_of_some_rows_is_waited_for_like_any_other(string index, string same)
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c INTEGER)", $"CREATE UNIQUE INDEX \"i (on\" ON {index}");
        var (one, two, three) = (Gate.Open(60_000), Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "INSERT INTO t VALUES (1, 'x', 1)");
        await Do(two, "INSERT INTO t VALUES (2, 'x', -1), (3, 'y', 1), (4, NULL, 1)");
        var waiting = Start(two, $"INSERT INTO t VALUES (5, {same}, 1)");
        await Do(three, "INSERT INTO t VALUES (6, 'z', 1)");
        Assert.False(waiting.IsCompleted);
        await Commit(one);
        Assert.Equal(2067, (await waiting.WaitAsync(Patience)).Outcome.Failure!.ExtendedCode);

        await two.RollbackAsync();

        // One that the row gives up, and one that goes with the row.
        two = Gate.Open(60_000);
        await Do(three, "UPDATE t SET b = 'xx' WHERE a = 1");
        waiting = Start(two, $"INSERT INTO t VALUES (5, {same}, 1)");
        await Do(three, "SELECT 1");
        Assert.False(waiting.IsCompleted);
        await Commit(three);
        Assert.Null((await waiting.WaitAsync(Patience)).Outcome.Failure);
        await Do(two, "DELETE FROM t WHERE a = 1");
        var alone = Run("INSERT INTO t VALUES (7, 'xx', 1)");
        await Do(two, "SELECT 1");
        Assert.False(alone.IsCompleted);
        await Commit(two);
        Assert.Equal(WriteStatus.Committed, (await alone.WaitAsync(Patience)).Status);
        Assert.Equal("5 6 7", Read("SELECT a FROM t ORDER BY a"));
    }

    private const string Endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)";

    [Theory]
    [InlineData("INSERT INTO t(b) SELECT CASE n WHEN 1 THEN 'x' ELSE n END FROM c")]
    [InlineData("INSERT INTO t(b) SELECT CASE n WHEN 3 THEN 'x' ELSE n END FROM c")]
    public async Task A_statement_of_many_rows_that_meets_a_vacated_value_waits_for_it_and_lets_others_go_on(string insert)
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE)", "INSERT INTO t VALUES (1, 'x')");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "DELETE FROM t WHERE a = 1");
        var waiting = two.ExecuteAsync(new SqlCall($"{Endless} {insert}"), long.MaxValue, null, 200).AsTask();
        var alone = Gate.RunAsync(new WriteRequest([new SqlCall($"{Endless} {insert}")], AckLevel.Committed, long.MaxValue, null) { LockDeadline = Environment.TickCount64 + 200 });
        await Do(one, "SELECT 1");
        await Written("INSERT INTO t VALUES (7, 'y')");
        Assert.Equal(WriteStatus.LockTimeout, (await waiting.WaitAsync(Patience)).Status);
        Assert.Equal(WriteStatus.LockTimeout, (await alone.WaitAsync(Patience)).Status);
        await two.RollbackAsync();
        await Commit(one);
        Assert.Equal("7|y", Read());
    }

    [Fact]
    public async Task A_statement_that_was_to_pass_over_such_a_value_and_cannot_be_looked_into_in_time_has_no_effect()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE)", "INSERT INTO t VALUES (1, 'x')");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "DELETE FROM t WHERE a = 1");
        await Do(two, "INSERT INTO t VALUES (2, 'z')");
        // One row, as long as the other's is there.
        var call = new SqlCall("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE NOT EXISTS (SELECT 1 FROM t WHERE b = 'x')) INSERT OR IGNORE INTO t(b) SELECT n FROM c");
        Assert.True(IsStopped(await two.ExecuteAsync(call, Environment.TickCount64 + 100, null).AsTask().WaitAsync(Patience)));
        Assert.Equal("1|x 2|z", await Rows(two));
        var result = await Gate.RunAsync(new WriteRequest([new SqlCall("INSERT INTO t VALUES (8, 'w')"), call], AckLevel.Committed, Environment.TickCount64 + 100, null)).WaitAsync(Patience);
        Assert.True(result.Status == WriteStatus.Cancelled || result.Statements[^1].Failure is { Kind: FailureKind.TimedOut });
        await Written("INSERT INTO t VALUES (3, 'b')");
        await Commit(two);
        await one.RollbackAsync();
        Assert.Equal("1|x 2|z 3|b", Read());
    }

    [Fact]
    public async Task Looking_for_a_vacated_value_ends_at_the_statements_deadline_and_at_a_cancel()
    {
        // Equal by the collation only: the lock is not found, and nothing else stops the statement.
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE COLLATE NOCASE)", "INSERT INTO t VALUES (1, 'x')");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "DELETE FROM t WHERE a = 1");
        await Do(two, "INSERT INTO t VALUES (2, 'z')");
        var call = new SqlCall($"{Endless} INSERT INTO t(b) SELECT CASE n WHEN 1 THEN 'X' ELSE n END FROM c");
        Assert.True(IsStopped(await two.ExecuteAsync(call, Environment.TickCount64 + 100, null).AsTask().WaitAsync(Patience)));
        var cancel = new Stop();
        var stopped = two.ExecuteAsync(call, long.MaxValue, cancel).AsTask();
        cancel.Cancel();
        Assert.True(IsStopped(await stopped.WaitAsync(Patience)));
        var before = Run("INSERT INTO t VALUES (3, 'b')");
        var alone = Gate.RunAsync(new WriteRequest([call], AckLevel.Committed, Environment.TickCount64 + 100, null));
        await Accept();
        var result = await alone.WaitAsync(Patience);
        Assert.True(result.Status == WriteStatus.Cancelled || result.Statements[^1].Failure is { Kind: FailureKind.TimedOut });
        Assert.Equal(WriteStatus.Committed, (await before.WaitAsync(Patience)).Status);
        await Commit(two);
        await one.RollbackAsync();
        Assert.Equal("1|x 2|z 3|b", Read());
    }

    /// <summary>Others' statements come to their turn before it ends.</summary>
    private async Task AssertBeside(IInteractiveWrite one)
    {
        var other = Gate.Open(60_000);
        await Do(other, "SELECT 1");
        await other.RollbackAsync();
        await Do(one, "SELECT 1");
    }

    private async Task AssertHolds(IInteractiveWrite one)
    {
        var other = Gate.Open(60_000);
        Assert.Equal(WriteStatus.LockTimeout, (await other.ExecuteAsync(new SqlCall("SELECT 1"), long.MaxValue, null, 20).AsTask().WaitAsync(Patience)).Status);
        await Do(one, "SELECT 1");
    }

    private static async Task Select(IInteractiveWrite transaction, string sql, string table = "t")
    {
        var call = new SqlCall(sql, Rows: new Gathered()) { Lock = new RowLockRequest([table], RowLockMode.Update, LockWait.Wait, HasLimits: false) };
        var (status, outcome) = await transaction.ExecuteAsync(call, long.MaxValue, null).AsTask().WaitAsync(Patience);
        Assert.Equal(WriteStatus.Committed, status);
        Assert.Null(outcome.Failure);
    }

    private async Task<IInteractiveWrite> Hold() => (await Gate.AcquireAsync(long.MaxValue, 60_000, null).AsTask().WaitAsync(Patience)).Transaction!;
}

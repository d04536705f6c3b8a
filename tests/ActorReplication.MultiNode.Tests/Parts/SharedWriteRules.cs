using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>Transactions that are open beside each other at one gate.</summary>
public sealed class SharedWriteRules : OpenWrites
{
    [Fact]
    public async Task Two_transactions_write_different_rows_beside_each_other_and_see_their_own_only()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 0), (2, 0)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = 1 WHERE a = 1");
        await Do(two, "UPDATE t SET b = 2 WHERE a = 2");
        await Do(one, "UPDATE t SET b = b + 10 WHERE a = 1");
        Assert.Equal("1|11 2|0", await Rows(one));
        Assert.Equal("1|0 2|2", await Rows(two));
        await Commit(one);
        Assert.Equal("1|11 2|2", await Rows(two));
        await Commit(two);
        Assert.Equal("1|11 2|2", Read());
    }

    [Fact]
    public async Task A_statement_waits_for_the_row_and_is_run_again_on_what_was_committed()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 5)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = b + 1 WHERE a = 1");
        var waiting = Start(two, "UPDATE t SET b = b * 10 WHERE b < 100");
        await Do(one, "UPDATE t SET b = b + 1 WHERE a = 1");
        Assert.False(waiting.IsCompleted);
        await Commit(one);
        Assert.Equal(1, (await waiting.WaitAsync(Patience)).Outcome.AffectedRows);
        Assert.Equal("1|70", await Rows(two));
        await Commit(two);
    }

    [Fact]
    public async Task A_row_that_does_not_match_any_more_is_left_alone()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 5)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = 1000 WHERE a = 1");
        var waiting = Start(two, "UPDATE t SET b = b * 10 WHERE b < 100");
        await Commit(one);
        Assert.Equal(0, (await waiting.WaitAsync(Patience)).Outcome.AffectedRows);
        await two.DisposeAsync();
    }

    [Fact]
    public async Task A_statement_of_its_own_waits_too_and_sees_what_was_rolled_back_never()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 5), (2, 5)");
        var one = Gate.Open(60_000);
        await Do(one, "UPDATE t SET b = 0 WHERE a = 1");
        var waiting = Run("UPDATE t SET b = b + 1 WHERE a = 1");
        await Written("UPDATE t SET b = 7 WHERE a = 2");
        Assert.False(waiting.IsCompleted);
        await one.RollbackAsync();
        await Accept();
        Assert.Equal(WriteStatus.Committed, (await waiting.WaitAsync(Patience)).Status);
        Assert.Equal("1|6 2|7", Read());
    }

    [Fact]
    public async Task Waiting_for_each_other_ends_with_a_deadlock_for_one_and_the_row_for_the_other()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 0), (2, 0)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = 1 WHERE a = 1");
        await Do(two, "UPDATE t SET b = 2 WHERE a = 2");
        var waiting = Start(one, "UPDATE t SET b = 1 WHERE a = 2");
        Assert.Equal(WriteStatus.Deadlock, (await Start(two, "UPDATE t SET b = 2 WHERE a = 1").WaitAsync(Patience)).Status);
        await two.RollbackAsync();
        Assert.True((await waiting.WaitAsync(Patience)).Outcome.Succeeded);
        await Commit(one);
        Assert.Equal("1|1 2|1", Read());
    }

    [Fact]
    public async Task Waiting_ends_at_the_lock_timeout_and_at_a_cancel_and_the_transaction_goes_on()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 0), (2, 0)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = 1 WHERE a = 1");
        await Do(two, "UPDATE t SET b = 2 WHERE a = 2");
        Assert.Equal(WriteStatus.LockTimeout, (await two.ExecuteAsync(new SqlCall("DELETE FROM t WHERE a = 1"), long.MaxValue, null, 20).AsTask().WaitAsync(Patience)).Status);
        Assert.True(IsStopped(await two.ExecuteAsync(new SqlCall("DELETE FROM t WHERE a = 1"), Environment.TickCount64 + 20, null).AsTask().WaitAsync(Patience)));
        var cancel = new Stop();
        var waiting = two.ExecuteAsync(new SqlCall("DELETE FROM t WHERE a = 1"), long.MaxValue, cancel).AsTask();
        cancel.Cancel();
        Assert.True(IsStopped(await waiting.WaitAsync(Patience)));
        await Commit(two);
        await Commit(one);
        Assert.Equal("1|1 2|2", Read());
    }

    [Fact]
    public async Task Waiting_for_the_gate_ends_too_and_whoever_gave_that_up_can_idle_out()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 5)");
        var (one, two, three) = (Gate.Open(200), Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = 0 WHERE a = 1");
        await Do(two, "CREATE TABLE u(a)");
        Assert.Equal(WriteStatus.LockTimeout, (await three.ExecuteAsync(new SqlCall("SELECT 1"), long.MaxValue, null, 20).AsTask().WaitAsync(Patience)).Status);
        Assert.True(IsStopped(await three.ExecuteAsync(new SqlCall("SELECT 1"), Environment.TickCount64 + 20, null).AsTask().WaitAsync(Patience)));
        await Commit(two);

        var holder = (await Gate.AcquireAsync(long.MaxValue, 60_000, null).AsTask().WaitAsync(Patience)).Transaction!;
        var asking = one.ExecuteAsync(new SqlCall("CREATE TABLE v(a)"), long.MaxValue, null, 40).AsTask();
        Assert.Equal(WriteStatus.LockTimeout, (await asking.WaitAsync(Patience)).Status);
        await holder.RollbackAsync();
        // Its row comes back without a word from it.
        await Do(three, "UPDATE t SET b = b + 1 WHERE a = 1");
        await Commit(three);
        Assert.Equal("1|6", Read());
    }

    [Fact]
    public async Task However_many_statements_come_a_batch_has_its_turn()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 5)");
        using var enough = new CancellationTokenSource();
        var busy = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var open = Gate.Open(60_000);
            while (!enough.IsCancellationRequested)
                await Start(open, "WITH c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT sum(n) FROM c");
            await open.RollbackAsync();
        })).ToList();
        for (var i = 0; i < 3; i++) await Written("UPDATE t SET b = b + 1 WHERE a = 1");
        enough.Cancel();
        await Task.WhenAll(busy).WaitAsync(Patience);
        Assert.Equal("1|8", Read());
    }

    [Fact]
    public async Task A_rolled_back_savepoint_gives_its_rows_to_others()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 0), (2, 0)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = 1 WHERE a = 1");
        await one.SavepointAsync("s");
        await Do(one, "UPDATE t SET b = 1 WHERE a = 2");
        var waiting = Start(two, "UPDATE t SET b = 2 WHERE a = 2");
        Assert.True(await one.RollbackToAsync("s"));
        Assert.True((await waiting.WaitAsync(Patience)).Outcome.Succeeded);
        Assert.Equal("1|1 2|0", await Rows(one));
        await Commit(two);
        await Commit(one);
        Assert.Equal("1|1 2|2", Read());
    }

    [Fact]
    public async Task Numbers_of_a_counter_are_given_out_once()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "INSERT INTO t(b) VALUES (1)");
        await Do(two, "INSERT INTO t(b) VALUES (2)");
        await Written("INSERT INTO t(b) VALUES (3)");
        await Do(one, "INSERT INTO t(b) VALUES (4)");
        await Commit(two);
        await Commit(one);
        await Written("INSERT INTO t(b) VALUES (5)");
        Assert.Equal("1|1 2|2 3|3 4|4 5|5", Read());
    }

    [Fact]
    public async Task Rows_whose_rowids_nobody_sees_are_inserted_beside_each_other_and_changed_later()
    {
        await Serve("CREATE TABLE t(a TEXT PRIMARY KEY, b)", "INSERT INTO t VALUES ('x', 0)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "INSERT INTO t VALUES ('p', 1), ('q', 1)");
        await Do(two, "INSERT INTO t VALUES ('r', 2)");
        await Do(two, "UPDATE t SET b = 22 WHERE a = 'r'");
        await Commit(two);
        await Do(one, "UPDATE t SET b = 11 WHERE a = 'p'");
        await Do(one, "DELETE FROM t WHERE a = 'q'");
        await Written("INSERT INTO t VALUES ('s', 3)");
        Assert.Equal("p|11 r|22 s|3 x|0", await Rows(one));
        await Commit(one);
        Assert.Equal("p|11 r|22 s|3 x|0", Read());
    }

    [Fact]
    public async Task The_same_unique_value_waits_and_fails_when_the_first_is_committed()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b UNIQUE)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "INSERT INTO t(b) VALUES ('x')");
        var waiting = Start(two, "INSERT INTO t(b) VALUES ('x')");
        await Written("INSERT INTO t(b) VALUES ('y')");
        Assert.False(waiting.IsCompleted);
        await Commit(one);
        Assert.Equal(2067, (await waiting.WaitAsync(Patience)).Outcome.Failure!.ExtendedCode);
        await two.DisposeAsync();
    }

    [Fact]
    public async Task What_cannot_be_done_beside_others_holds_the_gate_with_all_that_was_done_before()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "CREATE TABLE u(a)");
        var one = Gate.Open(60_000);
        await Do(one, "INSERT INTO t VALUES (1, 1)");
        await one.SavepointAsync("s");
        await Do(one, "INSERT INTO t VALUES (2, 2)");
        await Do(one, "ALTER TABLE u ADD COLUMN b");
        var behind = Run("INSERT INTO u(a) VALUES (1)");
        Assert.True(await one.RollbackToAsync("s"));
        await Do(one, "ALTER TABLE u ADD COLUMN c");
        Assert.False(behind.IsCompleted);
        await Commit(one);
        await Accept();
        Assert.Equal(WriteStatus.Committed, (await behind.WaitAsync(Patience)).Status);
        Assert.Equal("1|1", Read());
        Assert.Equal("1|", Read("SELECT a, c FROM u"));
    }

    [Fact]
    public async Task A_transaction_of_more_than_a_thousand_rows_waits_for_rows_like_any_other_and_then_holds_the_gate()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "WITH c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1500) INSERT INTO t SELECT n, 0 FROM c");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(two, "UPDATE t SET b = 1 WHERE a = 7");
        var waiting = Start(one, "UPDATE t SET b = b + 1 WHERE a < 1400");
        await Commit(two);
        Assert.Equal(1399, (await waiting.WaitAsync(Patience)).Outcome.AffectedRows);
        var behind = Run("UPDATE t SET b = 5 WHERE a = 1500");
        await Commit(one);
        await Accept();
        await behind.WaitAsync(Patience);
        Assert.Equal("1405", Read("SELECT sum(b) FROM t"));
    }

    [Fact]
    public async Task Whoever_wrote_a_row_that_the_holder_of_the_gate_writes_too_has_to_try_again()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)");
        var (one, two, three) = (Gate.Open(60_000), Gate.Open(60_000), Gate.Open(60_000));
        await Do(two, "UPDATE t SET b = 2 WHERE a = 1");
        await Do(three, "UPDATE t SET b = 3 WHERE a = 2");
        await Do(one, "CREATE TABLE u(a)");
        await Do(one, "UPDATE t SET b = 1 WHERE a = 1");
        await Commit(one);
        Assert.Equal(WriteStatus.Conflict, (await Start(two, "SELECT 1").WaitAsync(Patience)).Status);
        Assert.Equal(WriteStatus.Conflict, (await two.CommitAsync(AckLevel.Committed)).Status);
        await Commit(three);
        Assert.Equal("1|1 2|3 3|0", Read());
    }

    [Fact]
    public async Task A_foreign_key_that_another_transaction_breaks_meanwhile_fails_the_commit()
    {
        await Serve("CREATE TABLE p(a INTEGER PRIMARY KEY)", "CREATE TABLE t(a INTEGER PRIMARY KEY, b REFERENCES p)", "INSERT INTO p VALUES (1), (2)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "INSERT INTO t VALUES (1, 1)");
        await Do(two, "INSERT INTO t VALUES (2, 2)");
        Assert.Equal(787, (await Start(two, "INSERT INTO t VALUES (3, 3)").WaitAsync(Patience)).Outcome.Failure!.ExtendedCode);
        await Written("DELETE FROM p WHERE a = 1");
        Assert.Equal(WriteStatus.Conflict, (await one.CommitAsync(AckLevel.Committed).AsTask().WaitAsync(Patience)).Status);
        await Commit(two);
        Assert.Equal("2|2", Read());
    }

    [Fact]
    public async Task An_open_transaction_that_sits_idle_gives_its_rows_back()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 5)");
        var one = Gate.Open(1);
        await Do(one, "UPDATE t SET b = 0 WHERE a = 1");
        await Written("UPDATE t SET b = b + 1 WHERE a = 1");
        Assert.Equal(WriteStatus.IdleTimeout, (await one.CommitAsync(AckLevel.Committed)).Status);
        Assert.Equal("1|6", Read());
    }

    [Fact]
    public async Task Open_transactions_and_those_that_wait_end_with_leadership()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b)", "INSERT INTO t VALUES (1, 5)");
        var (one, two) = (Gate.Open(60_000), Gate.Open(60_000));
        await Do(one, "UPDATE t SET b = 0 WHERE a = 1");
        var waiting = Start(two, "UPDATE t SET b = 2 WHERE a = 1");
        // Statements are tried in their order: the one before waits for the row now, not for the gate.
        await Do(Gate.Open(60_000), "SELECT 1");
        var alone = Run("UPDATE t SET b = 3 WHERE a = 1");
        Gate.OnNotServing();
        Assert.Equal(WriteStatus.LeadershipLost, (await waiting.WaitAsync(Patience)).Status);
        Assert.Contains((await alone.WaitAsync(Patience)).Status, new[] { WriteStatus.LeadershipLost, WriteStatus.NotLeader });
        Gate.OnServing(new Term(2));
        Assert.Equal(WriteStatus.LeadershipLost, (await Start(one, "SELECT 1").WaitAsync(Patience)).Status);
        Assert.Equal(WriteStatus.LeadershipLost, (await one.CommitAsync(AckLevel.Committed).AsTask().WaitAsync(Patience)).Status);
    }

    [Fact]
    public async Task A_failed_statement_leaves_the_transaction_as_it_was()
    {
        await Serve("CREATE TABLE t(a INTEGER PRIMARY KEY, b NOT NULL)");
        var one = Gate.Open(60_000);
        await Do(one, "INSERT INTO t VALUES (1, 1)");
        Assert.False((await Start(one, "INSERT INTO t VALUES (2, 2), (3, NULL)")).Outcome.Succeeded);
        Assert.False((await Start(one, "nonsense")).Outcome.Succeeded);
        Assert.Equal("1|1", await Rows(one));
        await Commit(one);
        Assert.Equal("1|1", Read());
    }
}

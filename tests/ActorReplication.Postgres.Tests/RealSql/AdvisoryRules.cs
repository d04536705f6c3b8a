using ActorReplication.Postgres.Session.Advisory;
using ActorReplication.Postgres.Tests.Sessions;
using Xunit;

namespace ActorReplication.Postgres.Tests.RealSql;

public sealed class AdvisoryRules : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private SqlServer _server = null!;

    public async Task InitializeAsync() => _server = await SqlServer.StartAsync();
    public async Task DisposeAsync() => await _server.DisposeAsync();

    private static async Task<string> AskAsync(RawClient client, string sql) =>
        string.Join(' ', (await client.AskAsync(sql)).Where(answer => answer[0] is 'D' or 'E').Select(answer => answer[0] == 'D' ? answer[2..] : answer));

    [Fact]
    public async Task A_key_is_one_sessions_until_it_gives_it_back_as_often_as_it_took_it()
    {
        using var one = await _server.OpenAsync();
        using var two = await _server.OpenAsync();
        Assert.Equal(["T", "D ", "C SELECT 1", "Z I"], await one.AskAsync("SELECT pg_advisory_lock(7)"));
        Assert.Equal("t", await AskAsync(one, "SELECT pg_try_advisory_lock(7)"));
        Assert.Equal("f", await AskAsync(two, "SELECT pg_try_advisory_lock(7)"));
        Assert.Equal("f", await AskAsync(two, "SELECT pg_try_advisory_lock_shared(7)"));
        // Two ints are another key, and an expression, a FROM and NULLs are as good as a literal.
        Assert.Equal("t t null", await AskAsync(two, "SELECT pg_try_advisory_lock(a, b) AS got FROM (VALUES (0, 7), (1, -1), (NULL, 1)) AS v(a, b)"));
        Assert.Equal("f", await AskAsync(one, "SELECT pg_try_advisory_xact_lock(1, -1)"));
        Assert.Equal("t", await AskAsync(one, "SELECT pg_advisory_unlock(7)"));
        Assert.Equal("f", await AskAsync(two, "SELECT pg_try_advisory_lock(7)"));
        Assert.Equal("t", await AskAsync(one, "SELECT pg_advisory_unlock(7)"));
        Assert.Contains("N 01000", await one.AskAsync("SELECT pg_advisory_unlock(7)"));
        Assert.Equal("t", await AskAsync(two, "SELECT pg_try_advisory_lock(7)"));
        await AskAsync(two, "SELECT pg_advisory_unlock_all()");
        Assert.Equal("t t", await AskAsync(one, "SELECT pg_try_advisory_lock(x) FROM (VALUES (7), (8)) AS v(x)"));
        await AskAsync(one, "DISCARD ALL");
        Assert.Equal("t", await AskAsync(two, "SELECT pg_try_advisory_lock(7)"));
    }

    [Fact]
    public async Task A_statements_lock_ends_with_it_and_a_sessions_with_the_session()
    {
        using var one = await _server.OpenAsync("SELECT pg_advisory_lock(2)", "SELECT pg_advisory_xact_lock(3)");
        using var two = await _server.OpenAsync();
        Assert.Equal("f t", await AskAsync(two, "SELECT pg_try_advisory_lock(x) FROM (VALUES (2), (3)) AS v(x)"));
        Assert.Equal("f", await AskAsync(one, "SELECT pg_advisory_unlock(3)"));
        var waiting = AskAsync(two, "SELECT pg_advisory_lock(2)");
        one.Dispose();
        Assert.Equal("", await waiting.WaitAsync(Patience));
    }

    [Fact]
    public async Task Going_back_to_a_savepoint_gives_back_what_the_transaction_took_after_it()
    {
        using var one = await _server.OpenAsync("SELECT pg_advisory_lock(5)");
        foreach (var sql in new[] { "BEGIN", "SELECT pg_advisory_xact_lock(1)", "SAVEPOINT a", "SELECT pg_advisory_xact_lock(x) FROM (VALUES (1), (2), (5)) AS v(x)", "SELECT pg_advisory_xact_lock_shared(1)", "SELECT pg_advisory_lock(3)", "SAVEPOINT b", "SELECT pg_advisory_xact_lock(4)" })
            await AskAsync(one, sql);
        const string Held = "SELECT objid, mode FROM pg_locks WHERE locktype = 'advisory' AND granted ORDER BY objid, mode";
        Assert.Equal(["C ROLLBACK", "Z T"], await one.AskAsync("ROLLBACK TO b"));
        Assert.Equal("1,ExclusiveLock 1,ShareLock 2,ExclusiveLock 3,ExclusiveLock 5,ExclusiveLock", await AskAsync(one, Held));
        Assert.Equal("E 22012", await AskAsync(one, "SELECT 1 / 0"));
        Assert.Equal(["C ROLLBACK", "Z T"], await one.AskAsync("ROLLBACK TO a"));
        // The session's own stay, and so does what was had before.
        Assert.Equal("1,ExclusiveLock 3,ExclusiveLock 5,ExclusiveLock", await AskAsync(one, Held));
        await AskAsync(one, "SELECT pg_advisory_xact_lock(6)");
        await AskAsync(one, "COMMIT");
        Assert.Equal("3,ExclusiveLock 5,ExclusiveLock", await AskAsync(one, Held));
    }

    [Fact]
    public async Task Who_waits_for_what_a_savepoint_gives_back_has_it()
    {
        var locks = new AdvisoryLocks();
        var (one, two, key) = (new AdvisoryOwner(1), new AdvisoryOwner(2), new AdvisoryKey(7, false));
        locks.TryTake(one, new AdvisoryKey(8, false), isShared: false, ofTransaction: true);
        var mark = one.Mark;
        locks.TryTake(one, key, isShared: false, ofTransaction: true);
        var wait = locks.Take(two, key, isShared: false, ofTransaction: true);
        locks.ReleaseTo(one, mark);
        Assert.Equal(AdvisoryAnswer.Had, await wait.Task.WaitAsync(Patience));
        Assert.Equal((1, 1), (one.Mark, two.Mark));
    }

    [Fact]
    public async Task Shared_locks_go_together_and_those_that_wait_have_their_turn()
    {
        using var one = await _server.OpenAsync("SELECT pg_advisory_lock_shared(1)");
        using var two = await _server.OpenAsync("SELECT pg_advisory_lock_shared(1)");
        using var three = await _server.OpenAsync();
        var alone = AskAsync(three, "SELECT pg_advisory_lock(1)");
        await Eventually.HoldsAsync(async () =>
        {
            using var four = await _server.OpenAsync();
            return await AskAsync(four, "SELECT pg_try_advisory_lock_shared(1)") == "f";
        });
        Assert.Equal("t", await AskAsync(one, "SELECT pg_advisory_unlock_shared(1)"));
        Assert.False(alone.IsCompleted);
        Assert.Equal("t", await AskAsync(two, "SELECT pg_advisory_unlock_shared(1)"));
        Assert.Equal("", await alone.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_wait_ends_at_its_time_or_when_it_is_cancelled()
    {
        using var one = await _server.OpenAsync("SELECT pg_advisory_lock(1)");
        using var two = await _server.OpenAsync("SET lock_timeout = '20ms'");
        Assert.Equal("E 55P03", await AskAsync(two, "SELECT pg_advisory_lock(1)"));
        await AskAsync(two, "SET lock_timeout = 0; SET statement_timeout = '20ms'");
        Assert.Equal("E 57014", await AskAsync(two, "SELECT pg_advisory_lock(1)"));
        await AskAsync(two, "SET statement_timeout = 0");
        var waiting = AskAsync(two, "SELECT pg_advisory_lock(1)");
        await Eventually.HoldsAsync(() =>
        {
            _server.Server.CancelBackend(two.ProcessId);
            return waiting.IsCompleted;
        });
        Assert.Equal("E 57014", await waiting);
        await AskAsync(one, "SELECT pg_advisory_unlock(1)");
        Assert.Equal("t", await AskAsync(two, "SELECT pg_try_advisory_lock(1)"));
    }

    [Fact]
    public async Task They_are_listed()
    {
        using var one = await _server.OpenAsync("SELECT pg_advisory_lock(4294967303)", "SELECT pg_advisory_lock_shared(-1, 2)");
        using var two = await _server.OpenAsync();
        var waiting = AskAsync(two, "SELECT pg_advisory_lock(4294967303)");
        await Eventually.HoldsAsync(async () => await AskAsync(one, "SELECT count(*) FROM pg_locks WHERE NOT granted") == "1");
        Assert.Equal(
            $"1,7,1,{one.ProcessId},ExclusiveLock,t 4294967295,2,2,{one.ProcessId},ShareLock,t 1,7,1,{two.ProcessId},ExclusiveLock,f",
            await AskAsync(one, "SELECT classid, objid, objsubid, pid, mode, granted FROM pg_locks WHERE locktype = 'advisory' ORDER BY granted DESC, objsubid"));
        await AskAsync(one, "SELECT pg_advisory_unlock_all()");
        await waiting.WaitAsync(Patience);
        Assert.Equal("0", await AskAsync(one, "SELECT count(*) FROM pg_locks WHERE NOT granted"));
    }

    [Fact]
    public async Task Who_would_wait_for_ever_is_told()
    {
        using var one = await _server.OpenAsync("SELECT pg_advisory_lock(1)");
        using var two = await _server.OpenAsync("SELECT pg_advisory_lock(2)");
        Task<string>[] both = [AskAsync(one, "SELECT pg_advisory_lock(2)"), AskAsync(two, "SELECT pg_advisory_lock(1)")];
        var first = await (await Task.WhenAny(both)).WaitAsync(Patience);
        Assert.Equal("E 40P01", first);
        var (loser, other) = both[0].IsCompleted ? (one, both[1]) : (two, both[0]);
        await AskAsync(loser, "SELECT pg_advisory_unlock_all()");
        Assert.Equal("", await other.WaitAsync(Patience));
    }

    [Theory]
    [InlineData("SELECT pg_advisory_lock(1), 2", "E 0A000")]
    [InlineData("SELECT 1 WHERE pg_try_advisory_lock(1)", "E 0A000")]
    [InlineData("SELECT pg_advisory_lock()", "E 42883")]
    [InlineData("SELECT pg_advisory_lock(1, 2, 3)", "E 42883")]
    [InlineData("SELECT pg_advisory_lock(1.5)", "E 42883")]
    [InlineData("SELECT pg_advisory_lock(1, 5000000000)", "E 42883")]
    [InlineData("SELECT pg_advisory_no(1)", "E 42883")]
    [InlineData("COPY (SELECT pg_advisory_lock(1)) TO STDOUT", "E 0A000")]
    [InlineData("DECLARE c CURSOR WITH HOLD FOR SELECT pg_advisory_lock(1)", "E 0A000")]
    [InlineData("COPY (SELECT pg_notify('a', 'b')) TO STDOUT", "E 0A000")]
    public async Task What_cannot_be_done_is_refused(string sql, string answer)
    {
        using var client = await _server.OpenAsync();
        Assert.Equal(answer, await AskAsync(client, sql));
    }

    [Fact]
    public async Task Explaining_one_takes_none()
    {
        using var client = await _server.OpenAsync("LISTEN a");
        Assert.Contains("C EXPLAIN", await client.AskAsync("EXPLAIN SELECT pg_advisory_lock(n) FROM (VALUES (7), (8)) AS v(n)"));
        Assert.Equal("0", await AskAsync(client, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"));
        Assert.DoesNotContain(await client.AskAsync("EXPLAIN SELECT pg_notify('a', 'b')"), answer => answer[0] is 'A');
    }

    [Fact]
    public async Task Who_shares_it_and_wants_it_alone_goes_before_those_that_wait_for_him()
    {
        var locks = new AdvisoryLocks();
        var key = new AdvisoryKey(1, false);
        var (a, b, c) = (new AdvisoryOwner(1), new AdvisoryOwner(2), new AdvisoryOwner(3));
        locks.TryTake(a, key, isShared: true, ofTransaction: false);
        locks.TryTake(c, key, isShared: true, ofTransaction: false);
        var waits = locks.Take(b, key, isShared: false, ofTransaction: false);
        var more = locks.Take(a, key, isShared: false, ofTransaction: false);
        Assert.False(more.Task.IsCompleted);
        // Two that share it and want it alone do wait for each other.
        Assert.Equal(AdvisoryAnswer.Deadlock, await locks.Take(c, key, isShared: false, ofTransaction: false).Task);
        Assert.True(locks.Release(c, key, isShared: true));
        Assert.Equal(AdvisoryAnswer.Had, await more.Task);
        Assert.False(waits.Task.IsCompleted);
        locks.End(a);
        Assert.Equal(AdvisoryAnswer.Had, await waits.Task);
    }

    [Fact]
    public async Task Waits_are_passed_on_when_one_gives_up_and_are_counted_nowhere_after_it()
    {
        var locks = new AdvisoryLocks();
        var key = new AdvisoryKey(1, false);
        var (a, b, c) = (new AdvisoryOwner(1), new AdvisoryOwner(2), new AdvisoryOwner(3));
        Assert.Equal(AdvisoryAnswer.Had, locks.TryTake(a, key, isShared: true, ofTransaction: false));
        var alone = locks.Take(b, key, isShared: false, ofTransaction: false);
        var shared = locks.Take(c, key, isShared: true, ofTransaction: true);
        Assert.False(alone.Task.IsCompleted || shared.Task.IsCompleted);
        locks.Cancel(b);
        Assert.Equal(AdvisoryAnswer.Cancelled, await alone.Task);
        Assert.Equal(AdvisoryAnswer.Had, await shared.Task);
        locks.End(a);
        locks.End(c);
        Assert.Equal(AdvisoryAnswer.Had, locks.TryTake(b, key, isShared: false, ofTransaction: false));
        Assert.Null(locks.TryTake(a, key, isShared: false, ofTransaction: false));
    }
}

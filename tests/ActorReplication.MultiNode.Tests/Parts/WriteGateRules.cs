using ActorReplication.Cluster.Replica;
using ActorReplication.Cluster.Writes;
using ActorReplication.Core;
using ActorReplication.Core.Membership;
using ActorReplication.MultiNode.Tests.Harness;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Parts;

/// <summary>The gate on a real database, with the test in the place of the replica's actor.</summary>
public sealed class WriteGateRules : GateFixture
{


    [Fact]
    public async Task Refuses_at_once_on_a_node_that_does_not_serve()
    {
        Assert.Equal(WriteStatus.NotLeader, (await Run("CREATE TABLE t(a)")).Status);
        Assert.Equal(WriteStatus.NotLeader, (await Gate.AcquireAsync(long.MaxValue, 0, null)).Status);
    }

    [Fact]
    public async Task Shows_nothing_before_it_is_committed()
    {
        await Serve();
        var write = Run("INSERT INTO t VALUES (1)");
        var id = (await Proposals.Next()).Id;
        Gate.OnAccepted(id, Range(2, 2));
        Assert.Equal(0, Count());
        Assert.False(write.IsCompleted);
        Gate.OnCommit(new LogIndex(2));
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
        Assert.Equal(1, Count());
        Assert.Equal(2, Holder.Current.Applied.Index);
    }

    [Fact]
    public async Task Tells_what_waits_behind_the_batch_that_is_under_way()
    {
        await Serve();
        var first = Run("INSERT INTO t VALUES (1)");
        var id = (await Proposals.Next()).Id;
        Task<WriteResult>[] behind = [Run("INSERT INTO t VALUES (2)"), Run("INSERT INTO t VALUES (30)")];
        Assert.Equal(new GateQueue(2, ("INSERT INTO t VALUES (2)".Length + "INSERT INTO t VALUES (30)".Length) * sizeof(char)), Gate.Queue);
        Gate.OnAccepted(id, Range(2, 2));
        Gate.OnCommit(new LogIndex(2));
        await first.WaitAsync(Patience);
        Gate.OnRefused((await Proposals.Next()).Id);
        await Task.WhenAll(behind).WaitAsync(Patience);
        Assert.Equal(default, Gate.Queue);
    }

    [Fact]
    public async Task A_lost_leadership_leaves_the_outcome_unknown_and_nothing_in_theHolder()
    {
        await Serve();
        var write = Run("INSERT INTO t VALUES (1)");
        Gate.OnAccepted((await Proposals.Next()).Id, Range(2, 2));
        Gate.OnNotServing();
        // Another leader may commit something else at this index: it says nothing about ours.
        Gate.OnCommit(new LogIndex(1));
        Assert.Equal(WriteStatus.OutcomeUnknown, (await write.WaitAsync(Patience)).Status);
        Assert.Equal(0, Count());
    }

    [Fact]
    public async Task A_commit_that_came_before_the_loss_counts()
    {
        await Serve();
        var write = Run("INSERT INTO t VALUES (1)");
        Gate.OnAccepted((await Proposals.Next()).Id, Range(2, 2));
        Gate.OnCommit(new LogIndex(2));
        Gate.OnNotServing();
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
    }

    [Fact]
    public async Task A_refused_proposal_had_no_effect()
    {
        await Serve();
        var write = Run("INSERT INTO t VALUES (1)");
        Gate.OnRefused((await Proposals.Next()).Id);
        Assert.Equal(WriteStatus.LeadershipLost, (await write.WaitAsync(Patience)).Status);
        Assert.Equal(0, Count());
    }

    [Fact]
    public async Task What_waits_goes_into_one_batch_and_a_failing_transaction_fails_alone()
    {
        await Serve();
        var first = Run("INSERT INTO t VALUES (1)");
        var id = (await Proposals.Next()).Id;
        var good = Run("INSERT INTO t VALUES (2)");
        var bad = Run("INSERT INTO nowhere VALUES (3)");
        var alsoGood = Run("INSERT INTO t VALUES (4)");
        Gate.OnAccepted(id, Range(2, 2));
        Gate.OnCommit(new LogIndex(2));
        await first.WaitAsync(Patience);
        var second = (await Proposals.Next()).Id;
        Assert.Equal(2, Proposals.Last.Payloads.Count);
        Assert.False(bad.IsCompleted);
        Gate.OnAccepted(second, Range(3, 4));
        Gate.OnCommit(new LogIndex(4));
        Assert.Equal(new LogPosition(new Term(1), new LogIndex(3)), (await good.WaitAsync(Patience)).Position);
        Assert.Equal(new LogPosition(new Term(1), new LogIndex(4)), (await alsoGood.WaitAsync(Patience)).Position);
        Assert.Equal(WriteStatus.StatementFailed, (await bad.WaitAsync(Patience)).Status);
        Assert.Equal(3, Count());
    }

    [Fact]
    public async Task Local_level_answers_when_the_own_journal_has_it()
    {
        await Serve();
        var write = Run("INSERT INTO t VALUES (1)", AckLevel.Local);
        Gate.OnAccepted((await Proposals.Next()).Id, Range(2, 2));
        Gate.OnLevels(new LogIndex(2), LogIndex.Zero, LogIndex.Zero);
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
        Assert.Equal(0, Count());
        Gate.OnCommit(new LogIndex(2));
        await Board.WhenApplied(new LogIndex(2), default).WaitAsync(Patience);
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task Applied_level_answers_when_followers_have_applied()
    {
        await Serve();
        var write = Run("INSERT INTO t VALUES (1)", AckLevel.Applied);
        Gate.OnAccepted((await Proposals.Next()).Id, Range(2, 2));
        Gate.OnCommit(new LogIndex(2));
        await Board.WhenApplied(new LogIndex(2), default).WaitAsync(Patience);
        Assert.False(write.IsCompleted);
        Gate.OnLevels(new LogIndex(2), new LogIndex(2), new LogIndex(2));
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
    }

    [Fact]
    public async Task Answer_that_waits_for_followers_is_not_held_up_by_an_open_transaction()
    {
        await Serve();
        var write = Run("INSERT INTO t VALUES (1)", AckLevel.Applied);
        Gate.OnAccepted((await Proposals.Next()).Id, Range(2, 2));
        Gate.OnCommit(new LogIndex(2));
        await Board.WhenApplied(new LogIndex(2), default).WaitAsync(Patience);
        var (_, holder) = await Gate.AcquireAsync(long.MaxValue, 60_000, null);
        Assert.False(write.IsCompleted);
        Gate.OnLevels(new LogIndex(2), new LogIndex(2), new LogIndex(2));
        Assert.Equal(WriteStatus.Committed, (await write.WaitAsync(Patience)).Status);
        await holder!.DisposeAsync();
    }

    [Fact]
    public async Task Gate_that_breaks_leaves_nobody_waiting()
    {
        await Serve();
        var write = Run("INSERT INTO t VALUES (1)");
        var id = (await Proposals.Next()).Id;
        var behind = Run("INSERT INTO t VALUES (2)");
        // There is nothing at index 2 that this gate could find.
        Gate.OnAccepted(id, Range(3, 3));
        Gate.OnCommit(new LogIndex(3));
        Assert.Equal(WriteStatus.OutcomeUnknown, (await write.WaitAsync(Patience)).Status);
        Assert.Equal(WriteStatus.NotLeader, (await behind.WaitAsync(Patience)).Status);
        Assert.IsType<InvariantBroken>(Proposals.Fatal);
        Proposals.Fatal = null;
    }

    [Fact]
    public async Task An_interactive_transaction_sees_its_own_writes_and_can_go_back_to_a_savepoint()
    {
        await Serve();
        var (status, transaction) = await Gate.AcquireAsync(long.MaxValue, 5000, null);
        Assert.Equal(WriteStatus.Committed, status);
        Assert.True((await transaction!.ExecuteAsync(new SqlCall("INSERT INTO t VALUES (1)"), long.MaxValue, null)).Outcome.Succeeded);
        await transaction.SavepointAsync("s");
        await transaction.ExecuteAsync(new SqlCall("INSERT INTO t VALUES (2)"), long.MaxValue, null);
        Assert.True(await transaction.RollbackToAsync("s"));
        Assert.False(await transaction.ReleaseAsync("other"));
        var commit = transaction.CommitAsync(AckLevel.Committed).AsTask();
        Gate.OnAccepted((await Proposals.Next()).Id, Range(2, 2));
        Gate.OnCommit(new LogIndex(2));
        Assert.Equal(WriteStatus.Committed, (await commit.WaitAsync(Patience)).Status);
        Assert.Equal(1, Count());
    }

    [Fact]
    public async Task An_idle_interactive_transaction_gives_theGate_back()
    {
        await Serve();
        var (_, transaction) = await Gate.AcquireAsync(long.MaxValue, 1, null);
        var next = await Gate.AcquireAsync(long.MaxValue, 5000, null).AsTask().WaitAsync(Patience);
        Assert.Equal(WriteStatus.Committed, next.Status);
        Assert.Equal(WriteStatus.IdleTimeout, (await transaction!.ExecuteAsync(new SqlCall("SELECT 1"), long.MaxValue, null)).Status);
        await next.Transaction!.DisposeAsync();
    }

    [Fact]
    public async Task Waiting_for_a_heldGate_ends_at_the_lock_timeout()
    {
        await Serve();
        var (_, holder) = await Gate.AcquireAsync(long.MaxValue, 60_000, null);
        var (status, _) = await Gate.AcquireAsync(Environment.TickCount64 + 50, 0, null).AsTask().WaitAsync(Patience);
        Assert.Equal(WriteStatus.LockTimeout, status);
        await holder!.DisposeAsync();
    }

    [Fact]
    public async Task An_interactive_transaction_ends_with_leadership()
    {
        await Serve();
        var (_, transaction) = await Gate.AcquireAsync(long.MaxValue, 60_000, null);
        await transaction!.ExecuteAsync(new SqlCall("INSERT INTO t VALUES (1)"), long.MaxValue, null);
        Gate.OnNotServing();
        Assert.Equal(WriteStatus.LeadershipLost, (await transaction.CommitAsync(AckLevel.Committed).AsTask().WaitAsync(Patience)).Status);
        Assert.Equal(0, Count());
    }

    /// <summary>Leader of term 1 with a table t, at index 1.</summary>
    private async Task Serve()
    {
        Gate.OnServing(new Term(1));
        var create = Run("CREATE TABLE t(a)");
        Gate.OnAccepted((await Proposals.Next()).Id, Range(1, 1));
        Gate.OnCommit(new LogIndex(1));
        Assert.Equal(WriteStatus.Committed, (await create.WaitAsync(Patience)).Status);
    }

    private static LogRange Range(long first, long last) => new(new LogIndex(first), new LogIndex(last));
}

using ActorReplication.Cluster.Writes.Sharing;

namespace ActorReplication.MultiNode.Tests.Parts;

public sealed class LockTableRules
{
    private readonly LockTable _locks = new();
    private readonly LockOwner _a = new(), _b = new(), _c = new();

    [Fact]
    public void A_key_that_one_owner_has_is_taken_for_the_others_only()
    {
        Assert.Equal(LockAnswer.Had, _locks.Take(1, _a));
        Assert.True(_locks.IsTaken(1, _b));
        Assert.False(_locks.IsTaken(1, _a));
        Assert.False(_locks.IsTaken(2, _b));
        Assert.Equal(LockAnswer.Had, _locks.Take(1, _a));
        Assert.Equal([1UL], _a.Held);
    }

    [Fact]
    public void What_is_given_up_goes_to_who_waited_longest()
    {
        _locks.Take(1, _a);
        Assert.Equal(LockAnswer.Waits, _locks.Take(1, _b));
        Assert.Equal(LockAnswer.Waits, _locks.Take(1, _c));
        Assert.Equal([_b], _locks.Release(_a));
        Assert.True(_locks.IsTaken(1, _c));
        Assert.Null(_b.WaitsFor);
        Assert.Equal([_c], _locks.Release(_b));
        Assert.Empty(_locks.Release(_c));
        Assert.True(_locks.IsEmpty);
    }

    [Fact]
    public void Shared_locks_go_together_and_let_nobody_in_before_an_exclusive_one_that_waits()
    {
        _locks.Take(1, _a, LockMode.Shared);
        Assert.Equal(LockAnswer.Had, _locks.Take(1, _b, LockMode.Shared));
        Assert.Equal(LockAnswer.Waits, _locks.Take(1, _c));
        var late = new LockOwner();
        Assert.Equal(LockAnswer.Waits, _locks.Take(1, late, LockMode.Shared));
        Assert.Empty(_locks.Release(_a));
        Assert.Equal([_c], _locks.Release(_b));
        Assert.Equal([late], _locks.Release(_c));
    }

    [Fact]
    public void Two_that_wait_for_each_other_are_a_deadlock_for_the_second()
    {
        _locks.Take(1, _a);
        _locks.Take(2, _b);
        Assert.Equal(LockAnswer.Waits, _locks.Take(2, _a));
        Assert.Equal(LockAnswer.Deadlock, _locks.Take(1, _b));
        Assert.Null(_b.WaitsFor);
        Assert.Equal([_a], _locks.Release(_b));
    }

    [Fact]
    public void A_deadlock_is_found_through_others_and_through_the_queue()
    {
        var d = new LockOwner();
        _locks.Take(1, _a);
        _locks.Take(2, _b);
        _locks.Take(3, _c);
        _locks.Take(2, _a);
        _locks.Take(3, _b);
        Assert.Equal(LockAnswer.Deadlock, _locks.Take(1, _c));
        // d stands in the queue for 3 behind b; what d has is then waited for through the queue.
        _locks.Take(4, d);
        Assert.Equal(LockAnswer.Waits, _locks.Take(3, d));
        Assert.Equal(LockAnswer.Deadlock, _locks.Take(4, _c));
    }

    [Fact]
    public void Two_that_both_want_alone_what_they_share_are_a_deadlock()
    {
        _locks.Take(1, _a, LockMode.Shared);
        _locks.Take(1, _b, LockMode.Shared);
        Assert.Equal(LockAnswer.Waits, _locks.Take(1, _a));
        Assert.Equal(LockAnswer.Deadlock, _locks.Take(1, _b));
        Assert.Equal([_a], _locks.Release(_b));
        Assert.Equal([1UL], _a.Held);
    }

    [Fact]
    public void Who_stops_waiting_is_in_nobodys_way()
    {
        _locks.Take(1, _a, LockMode.Shared);
        _locks.Take(1, _b);
        _locks.Take(1, _c, LockMode.Shared);
        Assert.Equal([_c], _locks.StopWaiting(_b));
        Assert.Empty(_b.Held);
        _locks.Release(_a);
        _locks.Release(_c);
        Assert.True(_locks.IsEmpty);
    }

    [Fact]
    public void Locks_after_a_savepoint_can_be_given_up_alone()
    {
        _locks.Take(1, _a);
        _locks.Take(2, _a);
        _locks.Take(2, _b);
        Assert.Equal([_b], _locks.Release(_a, keep: 1));
        Assert.Equal([1UL], _a.Held);
        Assert.True(_locks.IsTaken(1, _b));
    }

    [Fact]
    public void What_was_given_is_known_until_it_is_used_or_given_up()
    {
        _locks.Take(1, _a);
        _locks.Take(2, _b);
        _locks.Take(1, _c);
        _locks.Release(_a);
        _locks.Take(2, _c);
        _locks.Release(_b);
        Assert.Equal([1UL, 2UL], _c.Given.Order());
        _locks.Take(1, _c);
        Assert.Equal([2UL], _c.Given);
        _locks.Release(_c, keep: 1);
        Assert.Empty(_c.Given);
    }

    [Fact]
    public void Random_owners_end_with_no_lock_left_and_never_wait_in_a_circle()
    {
        var random = new Random(7);
        var owners = Enumerable.Range(0, 8).Select(_ => new LockOwner()).ToArray();
        for (var i = 0; i < 20_000; i++)
        {
            var owner = owners[random.Next(owners.Length)];
            if (owner.WaitsFor is not null)
            {
                if (random.Next(10) == 0) _locks.StopWaiting(owner);
                continue;
            }
            if (random.Next(4) == 0) _locks.Release(owner, random.Next(owner.Held.Count + 1));
            else _locks.Take((ulong)random.Next(6), owner, (LockMode)random.Next(2));
            Assert.Contains(owners, o => o.WaitsFor is null);
        }
        foreach (var owner in owners) _locks.StopWaiting(owner);
        foreach (var owner in owners) _locks.Release(owner);
        Assert.True(_locks.IsEmpty);
    }
}

using ActorReplication.Cluster.Replica;

namespace ActorReplication.MultiNode.Tests.Parts;

public sealed class ReplicaBoardRules
{
    [Fact]
    public void Cancel_that_fails_does_not_fail_who_passes_it_on()
    {
        var board = new ReplicaBoard();
        using var asked = new ManualResetEventSlim();
        var thread = 0;
        board.CancelAsked += _ =>
        {
            thread = Environment.CurrentManagedThreadId;
            asked.Set();
            throw new ObjectDisposedException("the call has ended");
        };
        board.AskCancel(7);
        Assert.True(asked.Wait(TimeSpan.FromSeconds(10)));
        Assert.NotEqual(Environment.CurrentManagedThreadId, thread);
        Assert.True(SpinWait.SpinUntil(() => board.LastProblem is not null, TimeSpan.FromSeconds(10)));
    }
}

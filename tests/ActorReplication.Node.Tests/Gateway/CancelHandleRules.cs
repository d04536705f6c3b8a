using ActorReplication.Node.Gateway;
using Xunit;

namespace ActorReplication.Node.Tests.Gateway;

public sealed class CancelHandleRules
{
    [Fact]
    public async Task Cancel_beside_calls_that_begin_and_end_throws_nothing()
    {
        var handle = new CancelHandle();
        var isOver = false;
        var cancelling = Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver)) handle.Cancel();
        });
        for (var i = 0; i < 100_000 && !cancelling.IsCompleted; i++)
        {
            handle.Begin();
            _ = handle.Token;
            handle.End();
        }
        Volatile.Write(ref isOver, true);
        await cancelling;
    }
}

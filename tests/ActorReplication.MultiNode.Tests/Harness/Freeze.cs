using Akka.Actor;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>Holds the one thread on which a node's replica and its links run: to its peers the node looks like a process that was stopped with SIGSTOP
/// (connections open, no answer), and when it is let go, everything that came in meanwhile is there at once.</summary>
internal sealed class Freeze : IDisposable
{
    private const string Dispatcher = "replication.dispatcher";
    private readonly ManualResetEventSlim letGo = new();

    private Freeze()
    {
    }

    /// <summary>Completes when the thread is held.</summary>
    public static async Task<Freeze> OfAsync(ActorSystem system)
    {
        var freeze = new Freeze();
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new Holder(held, freeze.letGo)).WithDispatcher(Dispatcher)).Tell("hold");
        await held.Task.WaitAsync(TimeSpan.FromSeconds(10));
        return freeze;
    }

    public void Dispose() => letGo.Set();

    private sealed class Holder : ReceiveActor
    {
        public Holder(TaskCompletionSource held, ManualResetEventSlim letGo) => ReceiveAny(_ =>
        {
            held.SetResult();
            letGo.Wait();
            Context.Stop(Self);
        });
    }
}

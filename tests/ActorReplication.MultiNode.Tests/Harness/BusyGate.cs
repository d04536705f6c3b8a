using ActorReplication.Cluster.Writes;
using ActorReplication.Storage.Engine;

namespace ActorReplication.MultiNode.Tests.Harness;

/// <summary>Holds a leader's write gate with a statement that does not come to its end before <see cref="Dispose"/>, also when the node leads no more.</summary>
internal sealed class BusyGate : IRowConsumer, IDisposable
{
    private readonly TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim letGo = new();

    private BusyGate()
    {
    }

    /// <summary>Completes when the gate is held.</summary>
    public static async Task<BusyGate> OfAsync(SpecNode leader)
    {
        var gate = new BusyGate();
        _ = leader.WriteAsync([new SqlCall("SELECT 1", Rows: gate)]);
        await gate.held.Task.WaitAsync(TimeSpan.FromSeconds(10));
        return gate;
    }

    public void Start(IRowReader columns)
    {
        held.TrySetResult();
        letGo.Wait();
    }

    public void Row(IRowReader row)
    {
    }

    public void Dispose() => letGo.Set();
}

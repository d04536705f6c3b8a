using ActorReplication.Cluster;
using ActorReplication.Core;

namespace ActorReplication.Node.Http;

/// <summary>Waits for a change of leadership as this node learns of it. Make it before what causes the change.</summary>
internal sealed class LeaderWatch : IDisposable
{
    private readonly IReplicaNode _node;
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LeaderWatch(IReplicaNode node)
    {
        _node = node;
        node.Changed += OnChanged;
    }

    public async Task<NodeId> NewLeaderAsync(NodeId? before, CancellationToken cancellation)
    {
        await UntilAsync(s => s.Leader is { } leader && leader != before && s.Serving, cancellation);
        return _node.Status.Leader ?? before ?? _node.Status.Name;
    }

    public Task LeadsAsync(CancellationToken cancellation) => UntilAsync(s => s is { Role: Role.Leader, Serving: true }, cancellation);

    public void Dispose() => _node.Changed -= OnChanged;

    private async Task UntilAsync(Func<NodeStatus, bool> met, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_gate) changed = _changed.Task;
            if (met(_node.Status)) return;
            await changed.WaitAsync(cancellation);
        }
    }

    private void OnChanged(NodeStatus status)
    {
        lock (_gate)
        {
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}

using ActorReplication.Cluster;
using ActorReplication.Core;
using ActorReplication.Postgres.Gateway;

namespace ActorReplication.Node.Gateway;

/// <summary>The node's status as sessions see it, and who wants to hear of changes.</summary>
internal sealed class NodeStateFeed : IDisposable
{
    private readonly IReplicaNode _node;
    private readonly Lock _gate = new();
    private readonly HashSet<Subscription> _subscriptions = [];
    private volatile NodeState _state;

    public NodeStateFeed(IReplicaNode node)
    {
        _node = node;
        _state = Read(node.Status, 0);
        node.Changed += OnChanged;
        OnChanged(node.Status);
    }

    public NodeState State => _state;

    public IDisposable Subscribe(Action<NodeState> changed)
    {
        var subscription = new Subscription(this, changed);
        lock (_gate) _subscriptions.Add(subscription);
        return subscription;
    }

    public void Dispose() => _node.Changed -= OnChanged;

    private void OnChanged(NodeStatus status)
    {
        NodeState state;
        Subscription[] told;
        lock (_gate)
        {
            // Only a session that was on a leader cannot go on when that ends: it may hold a transaction that is lost, and it
            // must find its way to the new leader. A follower's sessions read on through an election.
            var before = _state;
            state = Read(status, before.Epoch);
            if (before.Role == NodeRole.Leader && (state.Role != NodeRole.Leader || status.Term.Value != _leadingTerm)) state = state with { Epoch = before.Epoch + 1 };
            if (state.Role == NodeRole.Leader) _leadingTerm = status.Term.Value;
            if (state == before) return;
            _state = state;
            told = [.. _subscriptions];
        }
        foreach (var subscription in told) subscription.Changed(state);
    }

    private long _leadingTerm;

    private static NodeState Read(NodeStatus status, long epoch)
    {
        var role = status switch
        {
            { Role: Role.Leader, Serving: true } => NodeRole.Leader,
            { Role: Role.Leader } => NodeRole.NoLeader,
            { Leader: not null, Serving: true } => NodeRole.Follower,
            _ => NodeRole.NoLeader,
        };
        return new NodeState(role, epoch, status.Name.Name, status.Leader?.Name);
    }

    private sealed class Subscription(NodeStateFeed feed, Action<NodeState> changed) : IDisposable
    {
        public void Changed(NodeState state) => changed(state);

        public void Dispose()
        {
            lock (feed._gate) feed._subscriptions.Remove(this);
        }
    }
}

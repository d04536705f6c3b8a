using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using ActorReplication.Cluster.Replica;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Membership;

/// <summary>Turns what Akka.Cluster and Akka.Remote notice into hints for the replica, and keeps Akka's own membership in step with the
/// log's leader: the leader forms the cluster, the others join it, and the leader takes members out that stay unreachable. The replication's
/// voters are never taken from here.</summary>
internal sealed class MembershipActor : UntypedActor, IWithTimers
{
    private const int EveryMs = 500;
    private const int DownAfterMs = 10_000;

    private readonly ReplicaContext _context;
    private readonly IActorRef _replica;
    private readonly Akka.Cluster.Cluster _cluster;
    private readonly Action<string> _restart;
    private readonly Dictionary<Address, Instant> _unreachable = [];

    public MembershipActor(ReplicaContext context, IActorRef replica, Action<string> restart)
    {
        _context = context;
        _replica = replica;
        _restart = restart;
        _cluster = Akka.Cluster.Cluster.Get(Context.System);
    }

    private sealed class Look { public static readonly Look Instance = new(); }

    public ITimerScheduler Timers { get; set; } = null!;

    public static Props Props(ReplicaContext context, IActorRef replica, Action<string> restart) =>
        Akka.Actor.Props.Create(() => new MembershipActor(context, replica, restart));

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
        foreach (var type in (Type[])[typeof(DisassociatedEvent), typeof(AssociationErrorEvent), typeof(AssociatedEvent), typeof(ThisActorSystemQuarantinedEvent)])
            Context.System.EventStream.Subscribe(Self, type);
        Timers.StartPeriodicTimer("look", Look.Instance, TimeSpan.FromMilliseconds(EveryMs));
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        _cluster.Unsubscribe(Self);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DisassociatedEvent e: Hint(e.RemoteAddress, suspected: true); break;
            case AssociationErrorEvent e: Hint(e.RemoteAddress, suspected: true); break;
            case AssociatedEvent e: Hint(e.RemoteAddress, suspected: false); break;
            case ClusterEvent.UnreachableMember e: Hint(e.Member.Address, suspected: true); break;
            case ClusterEvent.ReachableMember e: Hint(e.Member.Address, suspected: false); break;
            case ClusterEvent.MemberRemoved e when e.Member.Address == _cluster.SelfAddress: _restart("the cluster took this node's actor system out"); break;
            case ThisActorSystemQuarantinedEvent e: _restart($"{e.RemoteAddress} has quarantined this node's actor system"); break;
            case Look: Tend(); break;
        }
    }

    private void Hint(Address? address, bool suspected)
    {
        if (address is not null && address != _cluster.SelfAddress && _context.Addresses.Find(address) is { } peer)
            _replica.Tell(new ReplicaProtocol.PeerHint(peer, suspected));
    }

    private void Tend()
    {
        PublishFormats();
        if (_context.Board.Status is not { Leader: { } leader } status) return;
        var leads = status.Role == Role.Leader && status.Serving;
        if (_cluster.State.Members.IsEmpty)
        {
            // Only the leader may form a cluster, or there would be several.
            if (leads) _cluster.Join(_cluster.SelfAddress);
            else if (status.Role == Role.Follower && _context.Addresses.Find(leader) is { } address) _cluster.Join(address);
            return;
        }
        if (leads) DownTheLost();
    }

    /// <summary>A node that is not reached may be stopped for another program.</summary>
    private void PublishFormats()
    {
        var state = _cluster.State;
        var formats = new Dictionary<NodeId, int> { [_context.Options.Name] = _context.Options.NewestFormat };
        foreach (var member in state.Members.Where(m => m.Status == MemberStatus.Up && !state.Unreachable.Contains(m)))
            if (member.Address != _cluster.SelfAddress && _context.Addresses.Find(member.Address) is { } peer) formats[peer] = ClusterFormat.NewestOf(member.Roles);
        _context.Board.Formats = formats;
    }

    private void DownTheLost()
    {
        var now = _context.Clock.Now;
        var unreachable = _cluster.State.Unreachable.Select(m => m.Address).ToHashSet();
        foreach (var address in _unreachable.Keys.Where(a => !unreachable.Contains(a)).ToList()) _unreachable.Remove(address);
        foreach (var address in unreachable)
        {
            if (!_unreachable.TryGetValue(address, out var since)) _unreachable[address] = now;
            else if (now - since > DownAfterMs) _cluster.Down(address);
        }
    }
}

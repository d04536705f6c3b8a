using System.Collections.Immutable;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Messages;

namespace ActorReplication.Core.Tests.Rules;

/// <summary>Several replicas in virtual time. Messages arrive within the same millisecond, in order, unless a link is cut.</summary>
internal sealed class TestCluster
{
    private readonly SortedDictionary<NodeId, TestNode> _nodes = [];
    private readonly HashSet<(NodeId From, NodeId To)> _cut = [];
    private readonly Func<NodeId, ReplicaOptions> _options;
    private long _proposals;
    private ulong _restarts = 1000;

    public TestCluster(string names, DurabilityPolicy? policy = null, Func<ReplicaOptions, ReplicaOptions>? options = null, params Member[] others)
    {
        _options = id => (options ?? (o => o))(new ReplicaOptions(id, (ulong)(id.Name[0] * 7919)));
        var members = names.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => new Member(new NodeId(n), MemberKind.Voter)).Concat(others);
        Config = new ClusterConfig(new ClusterId(new Guid(1, 2, 3, new byte[8])), members.ToImmutableSortedDictionary(m => m.Id, m => m), policy ?? DurabilityPolicy.Quorum);
        foreach (var id in Config.Members.Keys) AddNode(id);
        foreach (var node in _nodes.Values)
            if (Config.Members[node.Id].Kind != MemberKind.Learner) node.Step(Now, new Input.Bootstrap(Config));
    }

    public ClusterConfig Config { get; }
    public Instant Now { get; private set; } = new(1_000);
    public IEnumerable<TestNode> Nodes => _nodes.Values;
    public TestNode this[string name] => _nodes[new NodeId(name)];
    public TestNode this[NodeId id] => _nodes[id];

    /// <summary>Sees each message that arrives; false keeps it from arriving.</summary>
    public Func<NodeId, NodeId, Message, bool> Filter { get; set; } = static (_, _, _) => true;

    /// <summary>Everyone that is up follows one leader and has applied all that it holds.</summary>
    public bool IsLevel => Nodes.FirstOrDefault(n => n.Replica.IsServing) is { } leader
        && Nodes.All(n => n.IsDown || (n.Replica.Leader == leader.Id && n.Replica.Applied == leader.Replica.Last.Index));

    public TestNode Leader => Nodes.Where(n => !n.IsDown && n.Replica.Role == Role.Leader).MaxBy(n => n.Replica.Term)
        ?? throw new InvalidOperationException("no leader");

    public TestNode AddNode(NodeId id) => _nodes[id] = new TestNode(_options(id), Now);

    public void Cut(string from, string to) => _cut.Add((new NodeId(from), new NodeId(to)));

    public void Isolate(string name)
    {
        foreach (var other in _nodes.Keys)
        {
            if (other.Name == name) continue;
            Cut(name, other.Name);
            Cut(other.Name, name);
        }
    }

    public void Heal() => _cut.Clear();

    /// <summary>An input for one node, and everything that follows from it without time passing.</summary>
    public IReadOnlyList<Output> Step(string name, Input input)
    {
        var outputs = this[name].Step(Now, input);
        Deliver();
        return outputs;
    }

    public IReadOnlyList<Output> Receive(string name, string from, Message message) =>
        Step(name, new Input.Received(new NodeId(from), message));

    public ProposalId Propose(string name, params string[] payloads)
    {
        var id = new ProposalId(++_proposals);
        Step(name, new Input.Propose(id, [.. payloads.Select(p => new ReadOnlyMemory<byte>(System.Text.Encoding.UTF8.GetBytes(p)))]));
        return id;
    }

    public void Sync(string name)
    {
        this[name].Sync(Now);
        Deliver();
    }

    public void Restart(string name)
    {
        this[name].Restart(Now, _restarts++);
        if (Config.Members[this[name].Id].Kind != MemberKind.Learner) Step(name, new Input.Bootstrap(Config));
    }

    /// <summary>Time passes, with a tick every ten milliseconds.</summary>
    public void Run(int milliseconds)
    {
        for (var end = Now + milliseconds; Now < end;)
        {
            Now += 10;
            foreach (var node in _nodes.Values) node.Step(Now, Input.Tick.Instance);
            Deliver();
        }
    }

    /// <summary>Only the clock moves: everybody was paused.</summary>
    public void Skip(int milliseconds) => Now += milliseconds;

    public void RunUntil(Func<bool> condition, int withinMilliseconds = 10_000)
    {
        for (var end = Now + withinMilliseconds; !condition();)
        {
            if (Now >= end) throw new InvalidOperationException("the condition did not come true:\n" + Describe());
            Run(10);
        }
    }

    public TestNode Elect()
    {
        RunUntil(() => Nodes.Any(n => !n.IsDown && n.Replica.IsServing));
        return Leader;
    }

    /// <summary>Makes the node the leader, by an operator's order.</summary>
    public TestNode Elect(string name)
    {
        RunUntil(() => Nodes.Count(n => n.Replica.Leader is not null || n.Replica.Config is not null) > 0);
        if (this[name].Replica.Role != Role.Leader) Step(name, new Input.CampaignRequested(new RequestId(0)));
        RunUntil(() => this[name].Replica.IsServing);
        return this[name];
    }

    public void Deliver()
    {
        for (var moved = true; moved;)
        {
            moved = false;
            foreach (var node in _nodes.Values)
            {
                while (node.Outbox.TryDequeue(out var item))
                {
                    moved = true;
                    if (!Reaches(node.Id, item.To, out var to)) continue;
                    if (Filter(node.Id, item.To, item.Message)) to.Step(Now, new Input.Received(node.Id, item.Message));
                }
                if (SendsSnapshots && node.Snapshots.TryDequeue(out var waiting))
                {
                    moved = true;
                    SendSnapshot(node, waiting);
                }
            }
        }
    }

    /// <summary>Snapshots are installed as soon as they are asked for.</summary>
    public bool SendsSnapshots { get; set; } = true;

    private void SendSnapshot(TestNode from, NodeId peer)
    {
        var at = from.Replica.Applied;
        if (from.IsDown || !Reaches(from.Id, peer, out var to) || from.Replica.TermAt(at) is not { } term)
        {
            from.Step(Now, new Input.SnapshotSent(peer, null));
            return;
        }
        var position = new LogPosition(term, at);
        to.Step(Now, new Input.SnapshotInstalled(position, from.Replica.ConfigAt(at)!));
        from.Step(Now, new Input.SnapshotSent(peer, position));
    }

    private bool Reaches(NodeId from, NodeId to, out TestNode node)
    {
        node = _nodes.GetValueOrDefault(to)!;
        return !_cut.Contains((from, to)) && node is { IsDown: false };
    }

    public string Describe() => string.Join('\n', Nodes.Select(n =>
        $"{n.Id} {(n.IsDown ? "down" : n.Replica.Role)} term {n.Replica.Term} leader {n.Replica.Leader} log {n.Replica.LogStart}..{n.Replica.Last} durable {n.Replica.Durable} commit {n.Replica.Commit} applied {n.Replica.Applied}"));
}

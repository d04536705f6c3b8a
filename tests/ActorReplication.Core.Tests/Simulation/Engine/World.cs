using System.Collections.Immutable;
using ActorReplication.Core.Durability;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Simulation.Checks;
using ActorReplication.Core.Tests.Simulation.Model;
using ActorReplication.Core.Tests.Simulation.Plan;

namespace ActorReplication.Core.Tests.Simulation.Engine;

/// <summary>One run: the nodes, what lies between them, and the loop over events. One thread; times are microseconds of true time.</summary>
internal sealed class World
{
    public Scenario Scenario { get; }
    public Dice Dice { get; }
    public EventQueue Queue { get; } = new();
    public RareEvents Rare { get; } = new();
    public SimNode[] Nodes { get; }
    public SimNetwork Network { get; }
    public Ledger Ledger { get; }
    public Commits Commits { get; }
    public Elections Elections { get; }
    public History History { get; }
    public Shell Shell { get; }
    public Snapshots Snapshots { get; }
    public Clients Clients { get; }
    public Faults Faults { get; }
    public Ending Ending { get; }
    public Defects Defects { get; }
    public long Now { get; private set; }
    public long Steps { get; set; }
    public bool IsOver { get; set; }
    public ClusterConfig InitialConfig { get; }

    /// <summary>Called with a line for everything that happens, when somebody wants to read along.</summary>
    public Action<string>? Trace { get; init; }

    public World(Scenario scenario, Defects defects = Defects.None)
    {
        Scenario = scenario;
        Defects = defects;
        Dice = new Dice(scenario.Seed);
        Network = new SimNetwork(scenario, Dice, Queue, Rare);
        Nodes = [.. scenario.Roles.Select((role, number) => new SimNode(number, role))];
        InitialConfig = BuildConfig(scenario);
        Ledger = new Ledger(InitialConfig);
        Commits = new Commits(this);
        Elections = new Elections(this);
        History = new History(this);
        Shell = new Shell(this);
        Snapshots = new Snapshots(this);
        Clients = new Clients(this);
        Faults = new Faults(this);
        Ending = new Ending(this);
    }

    public void Run()
    {
        foreach (var node in Nodes)
            Shell.Start(node);
        Faults.Schedule();
        Ending.Schedule();
        while (!IsOver && Queue.TryTake(out var time, out var e))
        {
            Now = time;
            Dispatch(e);
        }
    }

    public void After(long micros, in SimEvent e) => Queue.Add(Now + micros, e);
    public SimNode Node(NodeId id) => Nodes[id.Name[0] - 'a'];
    public void Say(string line) => Trace?.Invoke($"{Now / 1000,6}.{Now % 1000:d3} {line}");

    private void Dispatch(in SimEvent e)
    {
        if (e.Node < 0 || e.Kind is EventKind.Restart)
        {
            DispatchToWorld(e);
            return;
        }
        var node = Nodes[e.Node];
        if (!node.IsUp || (e.Incarnation != 0 && e.Incarnation != node.Incarnation))
        {
            if (e.Kind is EventKind.SnapshotArrives or EventKind.SnapshotPlaced)
                Snapshots.Lost(e);
            return;
        }
        if (node.PausedUntil > Now)
        {
            Queue.Add(node.PausedUntil, e);
            return;
        }
        DispatchToNode(node, e);
    }

    private void DispatchToWorld(in SimEvent e)
    {
        switch (e.Kind)
        {
            case EventKind.Restart: Faults.Restart(Nodes[e.Node]); break;
            case EventKind.PlanItem: Faults.Begin((PlanItem)e.Body!); break;
            case EventKind.PlanEnd: Faults.End((PlanItem)e.Body!); break;
            case EventKind.LoadNext: Clients.Invoke((PlanItem)e.Body!, e.Number); break;
            case EventKind.OpTimeout: Clients.TimeOut((ClientOp)e.Body!); break;
            case EventKind.Heal: Ending.Heal(); break;
            case EventKind.Judge: Ending.Judge(); break;
        }
    }

    private void DispatchToNode(SimNode node, in SimEvent e)
    {
        switch (e.Kind)
        {
            case EventKind.Tick: Shell.Tick(node); break;
            case EventKind.Deliver: Shell.Deliver(node, Nodes[e.From], (Messages.Message)e.Body!); break;
            case EventKind.FsyncDone: Shell.FsyncDone(node); break;
            case EventKind.ApplyDone: Shell.ApplyDone(node, e); break;
            case EventKind.GateOpen: Clients.OpenGate(node); break;
            case EventKind.Suspect: Shell.Step(node, new Input.PeerSuspected(Nodes[e.From].Id)); break;
            case EventKind.Unsuspect: Shell.Step(node, new Input.PeerReachable(Nodes[e.From].Id)); break;
            case EventKind.SnapshotArrives: Snapshots.Arrives(node, e); break;
            case EventKind.SnapshotPlaced: Snapshots.Placed(node, e); break;
            case EventKind.SnapshotAnswer: Snapshots.Answered(node, e); break;
            case EventKind.Compact: Shell.Compact(node); break;
        }
    }

    private static ClusterConfig BuildConfig(Scenario scenario)
    {
        var members = ImmutableSortedDictionary.CreateBuilder<NodeId, Member>();
        for (var i = 0; i < scenario.Roles.Length; i++)
        {
            var id = new NodeId(((char)('a' + i)).ToString());
            if (scenario.Roles[i] is var role && role is 'v' or 'w' or 'l')
                members.Add(id, new Member(id, role switch { 'v' => MemberKind.Voter, 'w' => MemberKind.Witness, _ => MemberKind.Learner }));
        }
        return new ClusterConfig(new ClusterId(new Guid("5d2e6c3a-0c1f-4a55-9a51-0000000000a1")), members.ToImmutable(), PolicyText.Read(scenario.Policy));
    }
}

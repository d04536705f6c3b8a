using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Simulation.Checks;
using ActorReplication.Core.Tests.Simulation.Model;
using ActorReplication.Core.Tests.Simulation.Plan;

namespace ActorReplication.Core.Tests.Simulation.Engine;

/// <summary>The second half of a run: faults end for a core of nodes that can serve, and then it must (L1), converge (L4), and keep its term
/// whatever the nodes outside of it do (L3). Then the account is drawn up.</summary>
internal sealed class Ending(World world)
{
    private const int JudgeEveryMicros = 20_000;
    private const long ConvergeMicros = 30_000_000;
    private const int RisesAllowed = 3;
    private enum Stage { Safety, AwaitLeader, Load, Drain, Calm, Watch }

    private Stage _stage;
    private long _healedAt, _stageAt, _drainedAt, _backlogMicros;
    private ulong _core = ulong.MaxValue;
    private Term _settledTerm;
    private bool _campaignerIsAhead;
    private int _risesInCalm;

    public bool IsHealed => _stage != Stage.Safety;
    public bool WantsLoad => _stage is Stage.AwaitLeader or Stage.Load;
    public bool IsInCore(SimNode node) => (_core & Bit(node)) != 0;

    /// <summary>From healing to the first write that was asked for and acknowledged after it; -1: it did not come to that.</summary>
    public long ServedAfterMicros { get; private set; } = -1;

    /// <summary>The policy cannot be met by the members there are: nothing to require.</summary>
    public bool IsHopeless { get; private set; }

    public void Schedule() => world.Queue.Add(world.Scenario[Setting.SafetyMs] * 1000L, new SimEvent(EventKind.Heal));

    public void Heal()
    {
        _core = ChooseCore();
        Enter(Stage.AwaitLeader);
        _healedAt = world.Now;
        _backlogMicros = BacklogMicros();
        world.Say($"== heal {string.Join(' ', world.Nodes.Where(IsInCore).Select(n => n.Id))}");
        world.Faults.HealAll();
        foreach (var node in world.Nodes)
            if (!IsInCore(node))
                PutOutside(node);
        foreach (var node in world.Nodes)
            if (IsInCore(node))
                world.Faults.Restart(node);
        var probe = new PlanItem((int)(world.Now / 1000), PlanKind.Load, ForMs: int.MaxValue / 2, Amount: 60_000);
        world.Queue.Add(world.Now, new SimEvent(EventKind.LoadNext, Body: probe));
        world.After(JudgeEveryMicros, new SimEvent(EventKind.Judge));
    }

    public void Judge()
    {
        var electionMicros = world.Scenario[Setting.ElectionMs] * 1000L;
        switch (_stage)
        {
            case Stage.AwaitLeader when IsHopeless && world.Now - _healedAt > 5 * electionMicros:
                world.IsOver = true;
                return;
            case Stage.AwaitLeader when world.Clients.LastAcknowledgedInvocation >= _healedAt:
                ServedAfterMicros = world.Now - _healedAt;
                Enter(Stage.Load);
                break;
            case Stage.AwaitLeader when !IsHopeless && world.Now - _healedAt > LeaderBound(electionMicros):
                throw new Violation("L1", $"no write acknowledged {(world.Now - _healedAt) / 1000} ms after healing; {Summary()}");
            case Stage.Load when world.Now - _stageAt > 2 * electionMicros:
                Enter(Stage.Drain);
                _drainedAt = _stageAt;
                break;
            case Stage.Drain when Converged() is { } leader:
                _settledTerm = leader.Term;
                Enter(Stage.Calm);
                break;
            // A silence that began before (a snapshot being installed, a pause) may yet make a leader step down; what counts is the term after that.
            case Stage.Calm when Converged()?.Term != _settledTerm:
                if (++_risesInCalm > RisesAllowed && !world.Nodes.Any(IsCampaignerAhead))
                    throw new Violation("L3", $"the core comes to no rest: {_risesInCalm} times it converged and something changed with nobody asking for it; {Summary()}");
                _stage = Stage.Drain;
                _stageAt = _drainedAt;
                break;
            case Stage.Calm when world.Now - _stageAt > 2 * electionMicros:
                _campaignerIsAhead = world.Nodes.Any(IsCampaignerAhead);
                Enter(Stage.Watch);
                break;
            case Stage.Drain when world.Now - _stageAt > ConvergeMicros:
                throw new Violation("L4", $"no convergence {ConvergeMicros / 1_000_000} s after healing; {Summary()}");
            case Stage.Watch when world.Now - _stageAt > 3 * electionMicros:
                Finish();
                return;
        }
        world.After(JudgeEveryMicros, new SimEvent(EventKind.Judge));
    }

    /// <summary>Everybody, or everybody but one or two without whom it must also work.</summary>
    private ulong ChooseCore()
    {
        var all = (1UL << world.Nodes.Length) - 1;
        var configs = world.Nodes.Select(n => n.IsUp ? n.Config : null).OfType<ClusterConfig>().Append(world.InitialConfig).Distinct().ToList();
        foreach (var node in world.Nodes)
            for (var index = node.Disk.Durable.Last.Index; index > node.Disk.Durable.Start.Index; index = index.Previous)
                if (node.Disk.Durable.EntryAt(index)?.Config is { } config)
                    configs.Add(config);
        configs.AddRange(world.Nodes.SelectMany(n => new[] { n.Database.Config, n.Checkpoint.Config }).OfType<ClusterConfig>());
        foreach (var config in configs.ToArray())
            configs.AddRange(Promotions(config));
        bool Serves(ulong core) => HasElectableLog(core) && configs.TrueForAll(config => DurabilityOracle.CanServe(config, id => (core & Bit(world.Node(id))) != 0));
        if (!Serves(all))
        {
            IsHopeless = true;
            return all;
        }
        if (world.Scenario[Setting.HealAll] != 0)
            return all;
        var core = all;
        for (var i = 0; i < 2; i++)
        {
            var without = core & ~(1UL << world.Dice.Below(world.Nodes.Length, Purpose.Heal, i, 0));
            if (without != core && Serves(without))
                core = without;
        }
        if (core != all)
            world.Rare.Saw(Rare.SurvivedOnCore);
        return core;
    }

    /// <summary>What a leader may make of the configuration by itself: one that joins becomes a voter on the strength of answers that were under way when it fell silent.</summary>
    private static IEnumerable<ClusterConfig> Promotions(ClusterConfig config)
    {
        foreach (var member in config.Members.Values)
        {
            if (member is not { Kind: MemberKind.Learner, IsJoining: true })
                continue;
            var promoted = config with { Members = config.Members.SetItem(member.Id, member with { Kind = MemberKind.Voter, IsJoining = false }) };
            yield return promoted;
            foreach (var next in Promotions(promoted))
                yield return next;
        }
    }

    /// <summary>A witness refuses its vote to a log that lacks a configuration it has, and cannot stand itself: some node with data must have it too.</summary>
    private bool HasElectableLog(ulong core)
    {
        LogPosition witness = default, data = default;
        foreach (var node in world.Nodes)
            if ((core & Bit(node)) == 0)
                continue;
            else if (node.IsDataless)
                witness = node.Disk.Written.LatestConfig is var latest && latest > witness ? latest : witness;
            else
                data = node.Disk.Written.Last > data ? node.Disk.Written.Last : data;
        return data >= witness;
    }

    /// <summary>A node outside of the core is down, or heard by nobody, or deaf.</summary>
    private void PutOutside(SimNode node)
    {
        var fate = world.Dice.Below(3, Purpose.Heal, node.Number, 1);
        if (fate == 0)
        {
            world.Faults.Crash(node, powerLoss: false, downMs: -1);
            return;
        }
        foreach (var peer in world.Nodes)
            world.Network.Cut(fate == 1 ? node.Number : peer.Number, fate == 1 ? peer.Number : node.Number, 1);
    }

    /// <summary>Long enough for a few split votes and everything that a slow link, disk or snapshot adds.</summary>
    private long LeaderBound(long electionMicros) =>
        20 * electionMicros + 4_000_000 + 100L * (world.Scenario[Setting.DelayMaxMicros] + world.Scenario[Setting.FsyncMaxMicros]) + 3000L * world.Scenario[Setting.SnapshotMaxMs]
        + _backlogMicros;

    /// <summary>What a commit may have to wait for first: under a policy of copies, all that was appended while none were asked for. A window that holds one entry sends one a
    /// round trip, and a second one when the first was overtaken.</summary>
    private long BacklogMicros()
    {
        var core = world.Nodes.Where(IsInCore).Select(n => n.Disk.Written.Last.Index.Value).ToList();
        var window = Math.Max(world.Scenario[Setting.WindowBytes] / Math.Max(world.Scenario[Setting.PaddingBytes], 1), 1);
        return (long)(core.Max() - core.Min()) / window * (4L * world.Scenario[Setting.DelayMaxMicros] + 2L * world.Scenario[Setting.FsyncMaxMicros]);
    }

    private SimNode? Converged()
    {
        var leader = world.Nodes.Where(n => n.Replica is { Role: Role.Leader } && IsInCore(n)).MaxBy(n => n.Term);
        if (leader?.Replica is not { } replica || replica.Commit != replica.Last.Index || world.Clients.HasOpenOps(leader) || replica.Config?.JointWith is not null)
            return null;
        if (HandsOnYet(leader, replica.Config!))
            return null;
        foreach (var id in replica.Config!.Members.Keys)
            if (world.Node(id) is var node && IsInCore(node) && (!node.IsUp || node.Database.Position != replica.Last || node.Replica!.Last != replica.Last || node.Replica.Term != replica.Term))
                return null;
        return leader;
    }

    /// <summary>One that is not to lead goes by itself as soon as another of the core can take over: until then no rest is to be expected.</summary>
    private bool HandsOnYet(SimNode leader, ClusterConfig config) =>
        config.Members.GetValueOrDefault(leader.Id) is { Kind: MemberKind.Voter, Candidacy: <= 0 }
        && config.Members.Values.Any(m => m is { Kind: MemberKind.Voter, Candidacy: > 0 } && IsInCore(world.Node(m.Id)));

    private void Finish()
    {
        world.IsOver = true;
        var leader = Converged() ?? throw new Violation("L4", $"it did not stay converged; {Summary()}");
        if (leader.Term != _settledTerm && !_campaignerIsAhead)
            throw new Violation("L3", $"the term rose from {_settledTerm} to {leader.Term} although nothing happened to the core; {Summary()}");
        world.History.RequireKept(leader.Database.Position, leader.Config!);
    }

    /// <summary>An operator's campaign enters a term that nobody was asked about. From a node that is outside now, its messages may still be on
    /// their way, and they may raise the core's term.</summary>
    private bool IsCampaignerAhead(SimNode node) => !IsInCore(node) && node.Disk.Durable.Term > _settledTerm
        && world.Scenario.Items.Any(item => item.Kind == PlanKind.Campaign && item.Node == node.Number);

    private string Summary() => string.Join("; ", world.Nodes.Select(n => n.Replica is { } r
        ? $"{n.Id}{(IsInCore(n) ? "" : " (outside)")} {r.Role} term {r.Term} log {r.LogStart}..{r.Last} commit {r.Commit} applied {r.Applied} database {n.Database.Position}"
        : $"{n.Id} down"));

    private void Enter(Stage stage)
    {
        _stage = stage;
        _stageAt = world.Now;
    }

    private static ulong Bit(SimNode node) => 1UL << node.Number;
}

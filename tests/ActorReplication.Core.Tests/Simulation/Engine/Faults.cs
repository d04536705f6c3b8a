using System.Numerics;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Simulation.Checks;
using ActorReplication.Core.Tests.Simulation.Model;
using ActorReplication.Core.Tests.Simulation.Plan;

namespace ActorReplication.Core.Tests.Simulation.Engine;

/// <summary>Carries out the plan: each item begins and, most of them, ends.</summary>
internal sealed class Faults(World world)
{
    private const int HintMicros = 80_000;
    private long _requests = 1L << 40;

    public int ActiveCuts { get; private set; }
    public int NodesDown => world.Nodes.Count(n => !n.IsUp);

    public void Schedule()
    {
        foreach (var item in world.Scenario.Items)
            world.Queue.Add(item.AtMs * 1000L, new SimEvent(EventKind.PlanItem, Body: item));
    }

    public void Begin(PlanItem item)
    {
        if (world.Ending.IsHealed)
            return;
        world.Say($"== {ScenarioText.Line(item)}");
        switch (item.Kind)
        {
            case PlanKind.Crash: Crash(world.Nodes[item.Node], powerLoss: item.Amount != 0, item.ForMs); break;
            case PlanKind.Pause: Pause(world.Nodes[item.Node], item.ForMs); break;
            case PlanKind.Load: world.Queue.Add(world.Now, new SimEvent(EventKind.LoadNext, Body: item)); break;
            case PlanKind.Compact: world.After(0, new SimEvent(EventKind.Compact, item.Node, world.Nodes[item.Node].Incarnation)); break;
            case PlanKind.Suspect: Hint(world.Nodes[item.Node], world.Nodes[item.Peer], item.ForMs * 1000L); break;
            case PlanKind.Cut or PlanKind.Lossy or PlanKind.Slow or PlanKind.SlowDisk:
                Change(item, 1);
                world.After(item.ForMs * 1000L, new SimEvent(EventKind.PlanEnd, Body: item));
                break;
            default: Order(item); break;
        }
    }

    public void End(PlanItem item)
    {
        if (!world.Ending.IsHealed)
            Change(item, -1);
    }

    /// <summary>All but the pauses: what a paused node has put off happens when its pause is over.</summary>
    public void HealAll()
    {
        world.Network.HealAll();
        ActiveCuts = 0;
        foreach (var node in world.Nodes)
            node.SlowDiskMicros = 0;
    }

    public void Crash(SimNode node, bool powerLoss, int downMs)
    {
        if (!node.IsUp)
            return;
        var draw = node.Crashes++;
        if (node.Role == Role.Leader && node.Disk.HasUnsynced)
            world.Rare.Saw(Rare.LeaderCrashedWithUnsynced);
        world.Clients.NodeDied(node);
        node.Forget();
        var fate = powerLoss ? (UnsyncedFate)world.Dice.Below(3, Purpose.CrashKeep, node.Number, draw) : (UnsyncedFate)(2 * world.Dice.Below(2, Purpose.CrashKeep, node.Number, draw));
        if (node.Disk.Crash(fate, world.Dice.Between(1, 4, Purpose.CrashKeep, node.Number + Scenario.MaxNodes, draw)) == UnsyncedFate.Torn)
            world.Rare.Saw(Rare.TornTail);
        if (powerLoss)
        {
            if (node.Database.Position != node.Checkpoint.Position)
                world.Rare.Saw(Rare.DatabaseWentBack);
            node.Database = node.Checkpoint.Copy();
        }
        node.PausedUntil = 0;
        if (downMs >= 0)
            world.After(downMs * 1000L, new SimEvent(EventKind.Restart, node.Number, node.Incarnation));
        if (world.Scenario[Setting.Hints] != 0)
            foreach (var peer in world.Nodes)
                if (peer != node)
                    Hint(peer, node, downMs * 1000L);
    }

    public void Restart(SimNode node)
    {
        if (!node.IsUp && (!world.Ending.IsHealed || world.Ending.IsInCore(node)))
            world.Shell.Start(node);
    }

    private void Pause(SimNode node, int forMs)
    {
        if (!node.IsUp)
            return;
        if (node.Role == Role.Leader)
            world.Rare.Saw(Rare.LeaderPaused);
        node.PausedUntil = Math.Max(node.PausedUntil, world.Now + forMs * 1000L);
    }

    private void Change(PlanItem item, int sign)
    {
        if (item.Kind == PlanKind.SlowDisk)
        {
            world.Nodes[item.Node].SlowDiskMicros += sign * item.Amount;
            return;
        }
        if (item.Kind == PlanKind.Cut)
            ActiveCuts += sign;
        for (var links = item.Links; links != 0; links &= links - 1)
        {
            var (from, to) = Math.DivRem(BitOperations.TrailingZeroCount(links), Scenario.MaxNodes);
            if (from >= world.Nodes.Length || to >= world.Nodes.Length)
                continue;
            switch (item.Kind)
            {
                case PlanKind.Cut:
                    world.Network.Cut(from, to, sign);
                    if (sign > 0 && world.Scenario[Setting.Hints] != 0)
                        Hint(world.Nodes[to], world.Nodes[from], item.ForMs * 1000L);
                    break;
                case PlanKind.Lossy: world.Network.Lossy(from, to, sign * item.Amount); break;
                case PlanKind.Slow: world.Network.Slow(from, to, sign * item.Amount); break;
            }
        }
    }

    private void Hint(SimNode node, SimNode peer, long forMicros)
    {
        var delay = world.Dice.Below(HintMicros, Purpose.Suspicion, SimNetwork.Link(node.Number, peer.Number), node.Suspicions++);
        world.After(delay, new SimEvent(EventKind.Suspect, node.Number, From: peer.Number));
        if (forMicros >= 0)
            world.After(forMicros + delay + 1, new SimEvent(EventKind.Unsuspect, node.Number, From: peer.Number));
    }

    /// <summary>What an operator asks of whoever leads (a campaign: of the node named).</summary>
    private void Order(PlanItem item)
    {
        var id = new RequestId(++_requests);
        var named = item.Node >= 0 ? world.Nodes[item.Node] : null;
        if (item.Kind == PlanKind.Campaign)
        {
            if (named is not { IsUp: true } || named.PausedUntil > world.Now)
                return;
            world.Rare.Saw(Rare.ForcedCampaign);
            named.ElectionForced = true;
            world.Shell.Step(named, new Input.CampaignRequested(id));
            return;
        }
        foreach (var leader in world.Nodes)
            if (leader.Replica is { Role: Role.Leader } && leader.PausedUntil <= world.Now)
                world.Shell.Step(leader, item.Kind == PlanKind.Transfer ? new Input.TransferRequested(id, named?.Id) : new Input.ConfigChangeRequested(id, Change(item, leader)));
    }

    private ConfigChange Change(PlanItem item, SimNode leader)
    {
        if (item.Kind == PlanKind.Policy)
            return new ConfigChange.SetPolicy(PolicyText.Read(item.Policy));
        var node = world.Nodes[item.Node];
        return item.Kind switch
        {
            PlanKind.Add => new ConfigChange.Add(new Member(node.Id, node.IsDataless ? MemberKind.Witness : MemberKind.Learner) { IsJoining = item.Amount == 1 }),
            PlanKind.Remove => new ConfigChange.Remove(node.Id, Anyway: item.Amount == 1),
            PlanKind.Promote => new ConfigChange.Promote(node.Id),
            PlanKind.Demote => new ConfigChange.Demote(node.Id),
            _ => new ConfigChange.Retag(Retagged(leader, node, item.Amount)),
        };
    }

    private static Member Retagged(SimNode leader, SimNode node, int amount)
    {
        var member = leader.Config is { } config && config.Members.TryGetValue(node.Id, out var known) ? known : new Member(node.Id, MemberKind.Learner);
        return amount < 0 ? member with { NoSync = amount == -1 } : member with { FailoverPriority = amount };
    }
}

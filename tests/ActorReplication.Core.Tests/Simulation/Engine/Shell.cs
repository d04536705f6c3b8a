using ActorReplication.Core.Log;
using ActorReplication.Core.Messages;
using ActorReplication.Core.Tests.Simulation.Checks;
using ActorReplication.Core.Tests.Simulation.Model;
using ActorReplication.Core.Tests.Simulation.Plan;

namespace ActorReplication.Core.Tests.Simulation.Engine;

/// <summary>Does what the real shell does: turns events into inputs, carries the outputs out in order, and decides nothing.</summary>
internal sealed class Shell(World world)
{
    private const int ApplyBatch = 64;
    private readonly List<PersistTicket> _tickets = [];
    private readonly StepChecks _checks = new(world);

    public void Start(SimNode node)
    {
        node.Incarnation++;
        var draw = (node.Number << 8) + node.Incarnation;
        var drift = world.Scenario[Setting.DriftPpm];
        node.Clock = new SimClock(world.Dice.Below(1_000_000, Purpose.Clock, draw, 0), world.Dice.Between(-drift, drift, Purpose.Clock, node.Number, 1));
        if (node.Disk.Written.TermAt(node.Database.Position.Index) != node.Database.Position.Term)
            world.Snapshots.FinishAfterCrash(node);
        var applied = node.Database.Position.Index;
        node.Replica = Restore(node, draw, applied);
        _checks.Started(node, applied);
        world.Say($"{node.Id} starts: log {node.Disk.Written.Start}..{node.Disk.Written.Last}, term {node.Disk.Written.Term}, applied {applied}");
        world.After(1 + world.Dice.Below((int)node.Clock.Micros(world.Scenario[Setting.TickMs]), Purpose.Clock, draw, 2), new SimEvent(EventKind.Tick, node.Number, node.Incarnation));
        if (world.Scenario[Setting.CompactEveryMs] is > 0 and var every)
            world.After(world.Dice.Between(every / 2, every * 2, Purpose.Compaction, node.Number, node.Incarnation) * 1000L, new SimEvent(EventKind.Compact, node.Number, node.Incarnation));
        if (node.Config is null && node.InitialRole is ('v' or 'w'))
            Step(node, new Input.Bootstrap(world.InitialConfig));
        ApplyMore(node);
    }

    public void Step(SimNode node, Input input)
    {
        var outputs = Take(node, input);
        for (var i = 0; i < outputs.Count; i++)
            CarryOut(node, outputs[i]);
        _checks.After(node);
        if (!node.IsApplying)
            ApplyMore(node);
    }

    public void Tick(SimNode node)
    {
        Step(node, Input.Tick.Instance);
        world.After(node.Clock.Micros(world.Scenario[Setting.TickMs]), new SimEvent(EventKind.Tick, node.Number, node.Incarnation));
    }

    public void Deliver(SimNode node, SimNode from, Message message)
    {
        if (world.Network.IsCut(from.Number, node.Number))
            return;
        world.Elections.Delivered(node, from, message);
        Step(node, new Input.Received(from.Id, message));
    }

    public void FsyncDone(SimNode node)
    {
        _tickets.Clear();
        node.Disk.EndSync(_tickets, world.Dice.Below(world.Scenario[Setting.RetainRecords] + 1, Purpose.Retention, node.Number, node.Fsyncs));
        if (world.Scenario[Setting.EachTicket] == 0)
            _tickets.RemoveRange(0, _tickets.Count - 1);
        StartSync(node);
        for (var i = 0; i < _tickets.Count; i++)
            Step(node, new Input.Persisted(_tickets[i]));
    }

    public void ApplyDone(SimNode node, in SimEvent e)
    {
        if ((int)(e.Number >> 40) != node.ApplyEpoch)
            return;
        node.IsApplying = false;
        var target = new LogIndex(e.Number & ((1L << 40) - 1));
        while (node.Database.Position.Index < target)
        {
            var entry = node.Disk.Written.EntryAt(node.Database.Position.Index.Next)
                ?? throw new Violation("S9", $"{node.Id} has no entry {node.Database.Position.Index.Next} to apply");
            node.Database.Apply(entry);
            if (!node.IsDataless && node.Database.Hash != world.Ledger.HashAt(entry.Position))
                throw new Violation("S10", $"{node.Id}: state at {entry.Position} differs from what its history adds up to");
        }
        Step(node, new Input.Applied(target));
        world.Clients.Answer(node);
    }

    /// <summary>A checkpoint of the database, then the log may be cut at its front.</summary>
    public void Compact(SimNode node)
    {
        var every = world.Scenario[Setting.CompactEveryMs];
        if (every > 0)
            world.After(world.Dice.Between(every / 2, every * 2, Purpose.Compaction, node.Number, world.Now) * 1000L, new SimEvent(EventKind.Compact, node.Number, node.Incarnation));
        if (node.IsInstalling)
            return;
        node.Checkpoint = node.Database.Copy();
        if (node.Database.Position.Index > LogIndex.Zero)
            Step(node, new Input.CompactionRequested(node.Database.Position.Index));
    }

    public void ApplyMore(SimNode node)
    {
        if (node.IsApplying || node.IsInstalling || node.Replica is not { } replica || replica.Commit <= node.Database.Position.Index)
            return;
        var target = Math.Min(replica.Commit.Value, node.Database.Position.Index.Value + ApplyBatch);
        node.IsApplying = true;
        var delay = world.Dice.Between(20, world.Scenario[Setting.ApplyMaxMicros], Purpose.Apply, node.Number, node.Applies++);
        world.After(delay, new SimEvent(EventKind.ApplyDone, node.Number, node.Incarnation, Number: ((long)node.ApplyEpoch << 40) + target));
    }

    public void CancelApply(SimNode node)
    {
        node.ApplyEpoch++;
        node.IsApplying = false;
    }

    private IReadOnlyList<Output> Take(SimNode node, Input input)
    {
        world.Steps++;
        if (world.Trace is not null && input is not Input.Tick)
            world.Say($"{node.Id} <- {Describe.Input(input)}");
        try
        {
            return node.Replica!.Step(node.Clock.At(world.Now), input);
        }
        catch (Exception broken) when (broken is not Violation)
        {
            throw new Violation(broken is InvariantBroken ? "core-invariant" : "core-crash", $"{node.Id} on {Describe.Input(input)}: {broken.Message}");
        }
    }

    private Replica Restore(SimNode node, int draw, LogIndex applied)
    {
        try
        {
            return new Replica(Options(node, draw), node.Disk.Fold(), applied, node.Clock.At(world.Now));
        }
        catch (InvariantBroken broken)
        {
            throw new Violation("core-fold", $"{node.Id} does not start: {broken.Message}");
        }
    }

    private void CarryOut(SimNode node, Output output)
    {
        if (world.Trace is not null)
            world.Say($"{node.Id}    -> {Describe.Output(output)}");
        switch (output)
        {
            case Output.Send send:
                _checks.Sends(node, world.Node(send.To), send.Message);
                world.Network.Send(world.Now, node.Number, world.Node(send.To).Number, send.Message);
                break;
            case Output.SendEntries send: SendEntries(node, send); break;
            case Output.Persist persist: Persist(node, persist); break;
            case Output.CommitAdvanced advanced: world.Commits.Advanced(node, advanced.Commit); break;
            case Output.EntriesCut cut: Cut(node, cut); break;
            case Output.SendSnapshot snapshot: world.Snapshots.Begin(node, snapshot); break;
            case Output.LeaseChanged lease:
                node.LeaseUntil = lease.Until;
                node.LeaseTerm = node.Replica!.Term;
                break;
            case Output.RoleChanged changed: world.Elections.RoleChanged(node, changed); break;
            case Output.ConfigAdopted adopted: world.Elections.ConfigAdopted(node, adopted); break;
            default: world.Clients.Take(node, output); break;
        }
    }

    private void Persist(SimNode node, Output.Persist persist)
    {
        _checks.Persists(node, persist.Event);
        node.Disk.Write(persist.Ticket, persist.Event);
        StartSync(node);
    }

    private void StartSync(SimNode node)
    {
        if (node.Disk.IsSyncing || !node.Disk.HasUnsynced)
            return;
        node.Disk.BeginSync();
        var scenario = world.Scenario;
        var micros = world.Dice.Between(scenario[Setting.FsyncMinMicros], scenario[Setting.FsyncMaxMicros] + node.SlowDiskMicros, Purpose.Fsync, node.Number, node.Fsyncs);
        if (!world.Ending.IsHealed && world.Dice.Chance(scenario[Setting.SlowFsyncPpm], Purpose.SlowFsync, node.Number, node.Fsyncs))
            micros *= 30;
        node.Fsyncs++;
        world.After(micros, new SimEvent(EventKind.FsyncDone, node.Number, node.Incarnation));
    }

    private void SendEntries(SimNode node, Output.SendEntries send)
    {
        var entries = node.Disk.Written.Slice(send.Range);
        if (entries is null)
            return;
        if (send.WithoutPayloads)
            for (var i = 0; i < entries.Length; i++)
                entries[i] = entries[i] with { Payload = default };
        var message = send.Header with { Entries = entries };
        _checks.Sends(node, world.Node(send.To), message);
        world.Network.Send(world.Now, node.Number, world.Node(send.To).Number, message);
    }

    /// <summary>The undo of applied entries is durable before the journal forgets them: after a crash in between, the log is still the longer one.</summary>
    private void Cut(SimNode node, Output.EntriesCut cut)
    {
        world.Rare.Saw(Rare.SuffixCut);
        _checks.Cuts(node, cut);
        CancelApply(node);
        if (!node.IsInstalling && !node.IsFinishingInstall && node.Database.Position.Index >= cut.Range.First)
        {
            node.Database.RewindTo(cut.Range.First.Previous);
            node.Checkpoint = node.Database.Copy();
        }
    }

    private ReplicaOptions Options(SimNode node, int draw)
    {
        var scenario = world.Scenario;
        return new ReplicaOptions(node.Id, world.Dice.Draw(Purpose.ReplicaSeed, draw, 0), scenario[Setting.TickMs], scenario[Setting.HeartbeatMs], scenario[Setting.ElectionMs],
            scenario[Setting.LeaseMs], 10, scenario[Setting.SuspicionMs], scenario[Setting.WindowBytes], scenario[Setting.MessageBytes], scenario[Setting.UncommittedBytes],
            scenario[Setting.PromoteWithinEntries], scenario[Setting.TransferMs], NoticeMs: scenario[Setting.TickMs]) { Defects = world.Defects };
    }
}

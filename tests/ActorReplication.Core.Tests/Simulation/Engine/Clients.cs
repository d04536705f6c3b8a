using ActorReplication.Core.Tests.Simulation.Checks;
using ActorReplication.Core.Tests.Simulation.Model;
using ActorReplication.Core.Tests.Simulation.Plan;

namespace ActorReplication.Core.Tests.Simulation.Engine;

/// <summary>The clients and the leader-only gate they go through.</summary>
internal sealed class Clients(World world)
{
    private const int BatchSize = 8;
    private const int QueueLimit = 64;
    private const int GateMicros = 200;
    private const int PatienceMicros = 1_500_000;
    private long _requests;

    /// <summary>Writes that were acknowledged although they were invoked after a time.</summary>
    public long LastAcknowledgedInvocation { get; private set; } = -1;
    public bool HasOpenOps(SimNode node) => node.Gate.Writes.Count + node.Gate.Reads.Count + node.Gate.Proposed.Count + node.Gate.InLog.Count > 0;

    /// <summary>The n-th operation of a load item, and the appointment for the next.</summary>
    public void Invoke(PlanItem load, long nth)
    {
        if (world.Now >= (load.AtMs + load.ForMs) * 1000L || (world.Ending.IsHealed && !world.Ending.WantsLoad))
            return;
        world.After(Math.Max(load.Amount, 50), new SimEvent(EventKind.LoadNext, Number: nth + 1, Body: load));
        var dice = world.Dice;
        var kind = dice.Below(100, Purpose.OpKind, load.AtMs, nth) < world.Scenario[Setting.ReadPercent] ? OpKind.Read : OpKind.Write;
        var level = dice.Below(100, Purpose.OpLevel, load.AtMs, nth) < world.Scenario[Setting.OtherLevelPercent] ? (AckLevel)dice.Below(4, Purpose.OpLevel, load.AtMs + 1_000_000, nth) : AckLevel.Committed;
        var op = new ClientOp(((long)load.AtMs << 20) + nth + 1, kind, dice.Below(StateMachine.Keys, Purpose.OpKey, load.AtMs, nth), level, world.Now, world.History.Floor);
        world.History.Invoked(op);
        var node = Target(load, nth);
        op.Node = node.Number;
        if (!node.IsUp)
        {
            End(op, OpState.Failed);
            return;
        }
        var queue = kind == OpKind.Read ? node.Gate.Reads : node.Gate.Writes;
        if (queue.Count >= QueueLimit)
        {
            End(op, OpState.Failed);
            return;
        }
        queue.Enqueue(op);
        world.After(PatienceMicros, new SimEvent(EventKind.OpTimeout, Body: op));
        ScheduleGate(node);
    }

    public void TimeOut(ClientOp op) => End(op, OpState.Unknown);

    public void OpenGate(SimNode node)
    {
        var gate = node.Gate;
        gate.IsScheduled = false;
        if (!node.Replica!.IsServing)
        {
            Refuse(gate.Writes);
            Refuse(gate.Reads);
            return;
        }
        while (gate.Reads.TryDequeue(out var read))
            Read(node, read);
        while (gate.Writes.Count > 0 && node.IsUp && gate.Proposed.Count < 1 && gate.InLog.Count < BatchSize * world.Scenario[Setting.Batches])
            Propose(node);
    }

    /// <summary>An output that concerns the gate.</summary>
    public void Take(SimNode node, Output output)
    {
        var gate = node.Gate;
        switch (output)
        {
            case Output.ProposalAccepted accepted:
                Accepted(node, accepted);
                break;
            case Output.ProposalRefused refused:
                Refused(gate, refused);
                break;
            case Output.LevelsAdvanced levels:
                (gate.Local, gate.Received, gate.Applied) = (levels.Local, levels.Received, levels.Applied);
                Answer(node);
                break;
            case Output.ReadReady ready when gate.ReadsAsked.Remove(ready.Id, out var op):
                gate.ReadsReady.Add((ready.Index, op));
                Answer(node);
                break;
            case Output.ReadRefused refused when gate.ReadsAsked.Remove(refused.Id, out var op):
                world.Rare.Saw(Rare.ReadRefused);
                End(op, OpState.Failed);
                break;
            case Output.TransferStarted when gate.InLog.Count > 0 || gate.Writes.Count > 0:
                world.Rare.Saw(Rare.TransferUnderLoad);
                break;
            case Output.DegradedChanged { IsDegraded: var degraded }:
                node.IsDegraded = degraded;
                world.Rare.Saw(degraded ? Rare.Degraded : Rare.DegradedNoMore);
                break;
            case Output.TransferEnded { Reason: RefusalReason.None }:
                world.Rare.Saw(Rare.TransferDone);
                break;
        }
    }

    /// <summary>Answers all that may be answered now.</summary>
    public void Answer(SimNode node)
    {
        var gate = node.Gate;
        for (var i = gate.ReadsReady.Count - 1; i >= 0; i--)
            if (node.Database.Position.Index >= gate.ReadsReady[i].Index)
            {
                world.Rare.Saw(Rare.IndexRead);
                ServeRead(node, gate.ReadsReady[i].Op);
                gate.ReadsReady.RemoveAt(i);
            }
        var applied = node.Database.Position.Index;
        for (var waiting = gate.InLog.Count; waiting > 0; waiting--)
        {
            var op = gate.InLog.Dequeue();
            var reached = op.Level switch { AckLevel.Local => gate.Local, AckLevel.Received => gate.Received, AckLevel.Committed => applied, _ => LogIndex.Min(applied, gate.Applied) };
            if (op.Position.Index > reached)
                gate.InLog.Enqueue(op);
            else if (op.State == OpState.Open)
                AcknowledgeWrite(node, op);
        }
        if (gate.Writes.Count > 0)
            ScheduleGate(node);
    }

    public void LeadershipEnded(SimNode node)
    {
        var gate = node.Gate;
        foreach (var op in gate.InLog)
            End(op, OpState.Unknown);
        gate.InLog.Clear();
        (gate.Local, gate.Received, gate.Applied) = (default, default, default);
    }

    /// <summary>The node is gone: its clients see the connection break.</summary>
    public void NodeDied(SimNode node)
    {
        LeadershipEnded(node);
        var gate = node.Gate;
        foreach (var op in gate.Writes.Concat(gate.Reads).Concat(gate.Proposed.SelectMany(p => p.Ops)).Concat(gate.ReadsAsked.Values).Concat(gate.ReadsReady.Select(r => r.Op)))
            End(op, OpState.Unknown);
        gate.Writes.Clear();
        gate.Reads.Clear();
        gate.Proposed.Clear();
        gate.ReadsAsked.Clear();
        gate.ReadsReady.Clear();
        gate.IsScheduled = false;
    }

    private SimNode Target(PlanItem load, long nth)
    {
        var draw = world.Dice.Below(100, Purpose.OpTarget, load.AtMs, nth);
        var node = world.Nodes[world.Dice.Below(world.Nodes.Length, Purpose.OpTarget, load.AtMs + 1_000_000, nth)];
        if (draw >= 95)
            return node;
        for (var i = 0; i < world.Nodes.Length; i++)
        {
            var other = world.Nodes[(node.Number + i) % world.Nodes.Length];
            if (other.Replica is { Role: Role.Leader } && (node.Role != Role.Leader || !node.IsUp || (draw < 60 && other.Term > node.Term)))
                node = other;
        }
        return node;
    }

    private void Read(SimNode node, ClientOp op)
    {
        if (node.LeaseTerm == node.Replica!.Term && node.HoldsLease(world.Now))
        {
            world.Rare.Saw(Rare.LeaseRead);
            ServeRead(node, op);
            return;
        }
        var id = new RequestId(++_requests);
        node.Gate.ReadsAsked.Add(id, op);
        world.Shell.Step(node, new Input.ReadRequested(id));
    }

    private void ServeRead(SimNode node, ClientOp op)
    {
        if (op.State != OpState.Open)
            return;
        op.Saw = node.Database.Read(op.Key);
        op.Position = node.Database.Position;
        End(op, OpState.Acknowledged);
        world.History.Answered(op, op.Position);
    }

    private void AcknowledgeWrite(SimNode node, ClientOp op)
    {
        if (!world.Commits.HoldsDurably(node, op.Position))
            throw new Violation("S11", $"{node.Id} acknowledges write {op.Number} at {op.Position}, which its own disk does not hold");
        End(op, OpState.Acknowledged);
        if (op.Level < AckLevel.Committed)
            return;
        LastAcknowledgedInvocation = Math.Max(LastAcknowledgedInvocation, op.InvokedAt);
        world.History.Answered(op, op.Position);
    }

    private void Propose(SimNode node)
    {
        var ops = new List<ClientOp>();
        var payloads = new List<ReadOnlyMemory<byte>>();
        while (ops.Count < BatchSize && node.Gate.Writes.TryDequeue(out var op))
        {
            ops.Add(op);
            payloads.Add(Payload.Of(op.Number, op.Key, world.Dice.Below(world.Scenario[Setting.PaddingBytes] + 1, Purpose.OpSize, op.Key, op.Number)));
        }
        var id = new ProposalId(++_requests);
        node.Gate.Proposed.Enqueue((id, ops));
        var wantsReceipt = ops.Exists(op => op.Level == AckLevel.Received) || world.Dice.Below(100, Purpose.Gate, node.Number, node.Gates++) < world.Scenario[Setting.AckReceivedPercent];
        world.Shell.Step(node, new Input.Propose(id, payloads, wantsReceipt));
    }

    private void Accepted(SimNode node, Output.ProposalAccepted accepted)
    {
        var (id, ops) = node.Gate.Proposed.Dequeue();
        if (id != accepted.Id || accepted.Range.Count != ops.Count)
            throw new Violation("proposal", $"{node.Id} accepts {accepted.Id} at {accepted.Range}; {id} with {ops.Count} was next");
        for (var i = 0; i < ops.Count; i++)
        {
            ops[i].Position = new LogPosition(accepted.Term, new LogIndex(accepted.Range.First.Value + i));
            node.Gate.InLog.Enqueue(ops[i]);
        }
    }

    private void Refused(Gate gate, Output.ProposalRefused refused)
    {
        var (id, ops) = gate.Proposed.Dequeue();
        if (id != refused.Id)
            throw new Violation("proposal", $"{refused.Id} is refused, {id} was next");
        if (refused.Reason == RefusalReason.Overloaded)
            world.Rare.Saw(Rare.Overloaded);
        foreach (var op in ops)
            End(op, OpState.Failed);
    }

    private void Refuse(Queue<ClientOp> ops)
    {
        while (ops.TryDequeue(out var op))
            End(op, OpState.Failed);
    }

    private void End(ClientOp op, OpState state)
    {
        if (op.State != OpState.Open)
            return;
        if (state == OpState.Unknown && op.Kind == OpKind.Write)
            world.Rare.Saw(Rare.WriteUnknown);
        op.State = state;
        op.EndedAt = world.Now;
    }

    private void ScheduleGate(SimNode node)
    {
        if (node.Gate.IsScheduled)
            return;
        node.Gate.IsScheduled = true;
        world.After(world.Dice.Below(GateMicros, Purpose.Gate, node.Number + Scenario.MaxNodes, node.Gates++), new SimEvent(EventKind.GateOpen, node.Number, node.Incarnation));
    }
}

using ActorReplication.Core.Log;
using ActorReplication.Core.Membership;
using ActorReplication.Core.Tests.Simulation.Engine;
using ActorReplication.Core.Tests.Simulation.Model;

namespace ActorReplication.Core.Tests.Simulation.Checks;

/// <summary>What clients were told, and whether it was true: each answer must contain everything that had been answered before it was asked
/// for (linearizability, S13), and every acknowledged write is there at the end, once (S12).</summary>
internal sealed class History(World world)
{
    private readonly List<ClientOp> _ops = [];
    private readonly HashSet<(int Node, long Operation)> _cut = [];
    private readonly List<(LogPosition Missed, LogPosition Saw, Term Server, ClientOp Op)> _suspects = [];
    private LogPosition[] _floor = [];

    /// <summary>Positions that some client has seen: none is in the history of another.</summary>
    public LogPosition[] Floor => _floor;
    public IReadOnlyList<ClientOp> Ops => _ops;

    public void Invoked(ClientOp op) => _ops.Add(op);

    public void Cut(SimNode node, LogEntry entry, bool committed)
    {
        if (entry.Kind != EntryKind.Data || entry.Payload.IsEmpty)
            return;
        var operation = Payload.Operation(entry.Payload.Span);
        _cut.Add((node.Number, operation));
        if (committed)
            world.Rare.Saw(Rare.SalvagedEntry);
    }

    /// <summary>An answer that promises to be linearizable: a read of this state, or a write at this position.</summary>
    public void Answered(ClientOp op, LogPosition state)
    {
        foreach (var seen in op.Floor)
            if (!world.Ledger.IsIn(seen, state))
            {
                // Under async a leader that was cut off may acknowledge writes for up to an election timeout more, whatever policy its successor has made by
                // then: such an answer is weak, will be taken back and named. A read it must not answer.
                if (world.Commits.IsStrong(seen) && !(op.Kind == OpKind.Write && DurabilityOracle.IsWeak(world.Nodes[op.Node].Adopted!) && world.Nodes[op.Node].Term < world.Commits.StrongBy))
                    throw new Violation("S13", $"operation {op.Number} ({op.Kind}), asked at {op.InvokedAt}, answered by {world.Nodes[op.Node].Id} from {state}; {seen} had been answered before it was asked");
                _suspects.Add((seen, state, world.Nodes[op.Node].Term, op));
            }
        foreach (var seen in _floor)
            if (world.Ledger.IsIn(state, seen))
                return;
        _floor = [.. _floor.Where(seen => !world.Ledger.IsIn(seen, state)), state];
    }

    /// <summary>With the log that everybody agrees on at the end. Under <c>async</c> a failover may drop a tail, answers included, and a later one may bring
    /// back another; but nobody reads from a leader when a newer one has answered.</summary>
    public void RequireKept(LogPosition end, ClusterConfig config)
    {
        foreach (var (missed, saw, server, op) in _suspects)
            if (world.Ledger.IsIn(missed, end) && (world.Ledger.IsIn(saw, end) || (op.Kind == OpKind.Read && missed.Term > server)))
                throw new Violation("S13", $"operation {op.Number} ({op.Kind}), answered by {world.Nodes[op.Node].Id} from {saw}, missed {missed}");
        var kept = Linearizability.Order(world.Ledger, end);
        foreach (var op in _ops)
            if (op.Kind == OpKind.Write)
                RequireWriteKept(op, kept, config);
        if (_suspects.Count == 0 && !_ops.Exists(op => op.Kind == OpKind.Write && op.State == OpState.Acknowledged && !kept.ContainsKey(op.Number)))
            Linearizability.Require(_ops, kept);
    }

    private void RequireWriteKept(ClientOp op, Dictionary<long, (LogPosition Position, int Nth)> kept, ClusterConfig config)
    {
        if (op.State == OpState.Failed && world.Ledger.PositionOf(op.Number) is { } position)
            throw new Violation("S12", $"write {op.Number} was answered as not done and is at {position}");
        if (op.State != OpState.Acknowledged || kept.ContainsKey(op.Number))
            return;
        if (world.Commits.IsStrong(op.Position))
            throw new Violation("S6", $"write {op.Number} at {op.Position} was committed and is gone");
        world.Rare.Saw(Rare.WeakAnswerLost);
        // A node that is away, or has left the cluster, hears of no other log.
        var node = world.Nodes[op.Node];
        if (!world.Ending.IsInCore(node) || !config.Members.ContainsKey(node.Id))
            return;
        // Which of the entries it cuts a node had answered for, it no longer knows after a restart: to have named them is enough.
        if (!_cut.Contains((op.Node, op.Number)))
            throw new Violation("salvage", $"write {op.Number} at {op.Position}, answered by {world.Nodes[op.Node].Id} at level {op.Level}, is gone and that node never said so");
    }
}

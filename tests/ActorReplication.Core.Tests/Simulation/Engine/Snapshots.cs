using ActorReplication.Core.Tests.Simulation.Checks;
using ActorReplication.Core.Tests.Simulation.Model;
using ActorReplication.Core.Tests.Simulation.Plan;

namespace ActorReplication.Core.Tests.Simulation.Engine;

/// <summary>Whole-database copies on their way from node to node. A copy is pinned when it starts, replaces the receiver's database durably,
/// and a little later Core hears of it: a crash may fall in between.</summary>
internal sealed class Snapshots(World world)
{
    private const int AnswerTimeoutMicros = 300_000;
    private const int PlacingMicros = 3_000;
    private const int LongPlacingMicros = 200_000;
    private const int LongPlacingPpm = 150_000;
    private long _draws, _transfers;

    private sealed record Transfer(StateMachine Copy, Term Term, int SenderIncarnation, long Number);

    public void Begin(SimNode node, Output.SendSnapshot snapshot)
    {
        var to = world.Node(snapshot.To);
        ref var underWay = ref node.SnapshotsUnderWay[to.Number];
        if (underWay.Number != 0 && underWay.Term == snapshot.Term)
            throw new Violation("snapshot", $"{node.Id} starts a second snapshot to {to.Id} in term {snapshot.Term}");
        // One of an earlier term is given up: nobody would take it any more.
        underWay = (++_transfers, snapshot.Term);
        var delay = world.Dice.Between(2_000, world.Scenario[Setting.SnapshotMaxMs] * 1000, Purpose.Snapshot, node.Number, _draws++);
        world.After(delay, new SimEvent(EventKind.SnapshotArrives, to.Number, From: node.Number, Body: new Transfer(node.Database.Copy(), snapshot.Term, node.Incarnation, underWay.Number)));
    }

    public void Arrives(SimNode node, in SimEvent e)
    {
        var transfer = (Transfer)e.Body!;
        var position = transfer.Copy.Position;
        var useful = transfer.Term == node.Replica!.Term && position.Index > LogIndex.Zero && !node.IsInstalling && node.Replica.TermAt(position.Index) != position.Term && node.Replica.MayInstall(position);
        if (!useful || world.Network.IsCut(e.From, node.Number))
        {
            Lost(e);
            return;
        }
        world.Say($"{node.Id} has the snapshot {position} of {world.Nodes[e.From].Id}");
        world.Shell.CancelApply(node);
        node.IsInstalling = true;
        node.Database = transfer.Copy;
        node.Checkpoint = transfer.Copy.Copy();
        var most = world.Dice.Chance(LongPlacingPpm, Purpose.Snapshot, node.Number + 2 * Scenario.MaxNodes, _draws) ? LongPlacingMicros : PlacingMicros;
        var placing = world.Dice.Below(most, Purpose.Snapshot, node.Number + Scenario.MaxNodes, _draws++);
        // Everything else waits until Core has been told.
        node.PausedUntil = Math.Max(node.PausedUntil, world.Now + placing);
        world.After(placing, new SimEvent(EventKind.SnapshotPlaced, node.Number, node.Incarnation, From: e.From, Body: transfer));
    }

    public void Placed(SimNode node, in SimEvent e)
    {
        var position = node.Database.Position;
        FinishInstall(node);
        var lost = world.Network.IsCut(node.Number, e.From);
        Answer(world.Nodes[e.From], node.Number, (Transfer)e.Body!, lost ? null : position);
    }

    /// <summary>The database was replaced and the journal had not heard of it: what Core would have written is written now. The position's term may
    /// be higher than the last that is durable here: it came with the same leader's messages.</summary>
    public void FinishAfterCrash(SimNode node)
    {
        world.Rare.Saw(Rare.CrashDuringSnapshotInstall);
        var (position, journal) = (node.Database.Position, node.Disk.Written);
        var isNewTerm = position.Term > journal.Term;
        node.Disk.WriteDurably(new JournalEvent.SnapshotTaken(position, ConfigOf(node), isNewTerm ? position.Term : journal.Term, isNewTerm ? null : journal.VotedFor, DiscardsLog: true));
    }

    private void FinishInstall(SimNode node)
    {
        world.Rare.Saw(Rare.SnapshotInstalled);
        node.IsInstalling = false;
        node.IsFinishingInstall = true;
        world.Shell.Step(node, new Input.SnapshotInstalled(node.Database.Position, ConfigOf(node)));
        node.IsFinishingInstall = false;
    }

    private Membership.ClusterConfig ConfigOf(SimNode node) => node.Database.Config ?? world.InitialConfig;

    public void Lost(in SimEvent e) => Answer(world.Nodes[e.From], e.Node, (Transfer)e.Body!, null);

    public void Answered(SimNode node, in SimEvent e)
    {
        if (node.SnapshotsUnderWay[e.From].Number != e.Number)
            return;
        node.SnapshotsUnderWay[e.From] = default;
        world.Shell.Step(node, new Input.SnapshotSent(world.Nodes[e.From].Id, e.Body as LogPosition?));
    }

    private void Answer(SimNode sender, int receiver, Transfer transfer, LogPosition? installed)
    {
        var delay = installed is null ? AnswerTimeoutMicros : world.Network.Delay(SimNetwork.Link(receiver, sender.Number), Purpose.Snapshot, _draws++);
        world.After(delay, new SimEvent(EventKind.SnapshotAnswer, sender.Number, transfer.SenderIncarnation, From: receiver, Number: transfer.Number, Body: installed));
    }
}

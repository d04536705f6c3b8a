using ActorReplication.Cluster.Writes;
using ActorReplication.Core;

namespace ActorReplication.Cluster.Replica;

/// <summary>Says who holds a commit.</summary>
internal sealed partial class ReplicaActor
{
    private Output.LevelsAdvanced _levels = new(LogIndex.Zero, LogIndex.Zero, LogIndex.Zero);

    private void OnLevels(Output.LevelsAdvanced levels)
    {
        _levels = levels;
        _context.Gate.OnLevels(levels.Local, levels.Received, levels.Applied);
    }

    private void OnReceipt(ReplicaProtocol.Receipt receipt)
    {
        var (replica, index) = (Replica, receipt.Position.Index);
        if (replica.Role != Role.Leader || (replica.TermAt(index) is { } term && term != receipt.Position.Term) || index > replica.Last.Index)
        {
            receipt.Answer.TrySetResult(null);
            return;
        }
        var onDisk = new List<NodeId>();
        var applied = new List<NodeId>();
        if (replica.Durable >= index) onDisk.Add(_context.Options.Name);
        if (_context.Board.Applied >= index) applied.Add(_context.Options.Name);
        foreach (var peer in replica.Peers())
        {
            if (peer.Flushed >= index) onDisk.Add(peer.Id);
            if (peer.Applied >= index) applied.Add(peer.Id);
        }
        onDisk.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        applied.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var level = replica.Commit < index ? _levels.Received >= index ? AckLevel.Received : AckLevel.Local
            : _levels.Applied >= index ? AckLevel.Applied : AckLevel.Committed;
        receipt.Answer.TrySetResult(new CommitReceipt(receipt.Position, level, onDisk, applied));
    }
}

using ActorReplication.Core;

namespace ActorReplication.Cluster.Replica;

/// <summary>The last election events of this node, with reasons: an election that hangs explains itself. Thread-safe.</summary>
internal sealed class ElectionRing(TimeProvider time, int length = 256)
{
    private readonly Queue<ElectionRecord> _records = new();

    public void Add(Output.ElectionNote note)
    {
        lock (_records)
        {
            if (_records.Count == length) _records.Dequeue();
            _records.Enqueue(new ElectionRecord(time.GetUtcNow(), note.Term, note.Peer, note.Event, note.Refusal));
        }
    }

    public IReadOnlyList<ElectionRecord> Snapshot()
    {
        lock (_records) return [.. _records];
    }
}

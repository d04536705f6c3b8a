using ActorReplication.Cluster.Replica;
using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.Cluster.Archive;

/// <summary>This node's log, for its archiver.</summary>
internal sealed class ArchivedLog(ReplicaBoard board, JournalMap map, LogReader reader) : IArchivedLog
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public ClusterId Cluster => board.Status?.Cluster ?? ClusterId.None;

    public bool Leads => board.LeadingTerm != Term.Zero;

    public LogIndex Commit => board.Commit;

    public LogPosition? Start => board.LogStart;

    public long BytesAfter(LogIndex index) => map.BytesAfter(index);

    // On the archiver's own thread, which has nothing else to do meanwhile. A read through an actor system that ends need not come back.
    public IReadOnlyList<LogEntry> Read(LogIndex first, LogIndex last, long maxBytes) => reader.ReadAsync(first, last, maxBytes).WaitAsync(Patience).GetAwaiter().GetResult();
}

using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.Cluster.Replica;

/// <summary>See <see cref="IReplicaLog"/>.</summary>
internal sealed class LogAccess(LogReader reader, JournalMap map, ReplicaBoard board) : IReplicaLog
{
    private const long CheckBytes = 8 << 20;

    private LogIndex Start => board.LogStart?.Index ?? LogIndex.Zero;

    public LogExtent Extent => new(Start, board.Last, map.Bytes);

    public Task<IReadOnlyList<LogEntry>> ReadAsync(LogIndex first, LogIndex last, long maxBytes) => reader.ReadAsync(first, last, maxBytes);

    public async Task<LogCheck> CheckAsync(CancellationToken cancellation)
    {
        // What is not durable yet is not in the journal.
        var (start, last) = (Start, board.Status?.Durable ?? LogIndex.Zero);
        var (entries, bytes, term) = (0L, 0L, Term.Zero);
        for (var next = start.Next; next <= last;)
        {
            cancellation.ThrowIfCancellationRequested();
            IReadOnlyList<LogEntry> read;
            try
            {
                read = await reader.ReadJournalAsync(next, last, CheckBytes).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                return new LogCheck(start.Next, last, entries, bytes, $"the journal cannot be read from entry {next} on: {e.Message}");
            }
            if (read.Count == 0)
            {
                // Compacted or cut meanwhile: go on where the log begins now.
                if (Start >= next) next = Start.Next;
                else if (board.Last < next) last = board.Last;
                else return new LogCheck(start.Next, last, entries, bytes, $"entry {next} should be in the journal and is not");
                continue;
            }
            foreach (var entry in read)
            {
                if (entry.Index != next) return new LogCheck(start.Next, last, entries, bytes, $"expected entry {next}, found {entry.Position}");
                if (entry.Term < term) return new LogCheck(start.Next, last, entries, bytes, $"entry {entry.Position} follows one of term {term}");
                (term, next) = (entry.Term, next.Next);
                entries++;
                bytes += entry.SizeBytes;
            }
        }
        return new LogCheck(start.Next, last, entries, bytes, null);
    }
}

using Akka.Actor;
using Akka.Persistence.Query;
using Akka.Streams;
using Akka.Streams.Dsl;
using ActorReplication.Core;
using ActorReplication.Core.Log;

namespace ActorReplication.Cluster.Replica;

/// <summary>Reads log entries: from the cache at once, else from the journal through Akka.Persistence.Query. Thread-safe.</summary>
internal sealed class LogReader(EntryCache cache, JournalMap map, string persistenceId)
{
    private volatile Source? _source;

    private sealed record Source(ICurrentEventsByPersistenceIdQuery Journal, IMaterializer Materializer);

    /// <summary>Sets the actor system to read through; it changes when a node starts its actor system again.</summary>
    public void Attach(ActorSystem system, string readJournalId) =>
        _source = new Source(
            PersistenceQuery.Get(system).ReadJournalFor<IReadJournal>(readJournalId) as ICurrentEventsByPersistenceIdQuery
                ?? throw new NodeStartException(StartFailure.Configuration, $"the read journal '{readJournalId}' cannot read events by persistence ID; set replication.read-journal to one that can"),
            system.Materializer());

    public bool TryReadCached(LogIndex first, LogIndex last, long maxBytes, out List<LogEntry> entries) => cache.TryRead(first, last, maxBytes, out entries);

    /// <summary>Entries from <paramref name="first"/> on, at least one, at most as many as fit the bytes; empty when they are not in the log (cut or compacted meanwhile).</summary>
    public async Task<IReadOnlyList<LogEntry>> ReadAsync(LogIndex first, LogIndex last, long maxBytes)
    {
        return cache.TryRead(first, last, maxBytes, out var cached) ? cached : await ReadJournalAsync(first, last, maxBytes).ConfigureAwait(false);
    }

    /// <summary>As <see cref="ReadAsync(LogIndex, LogIndex, long)"/>, past the cache.</summary>
    public async Task<IReadOnlyList<LogEntry>> ReadJournalAsync(LogIndex first, LogIndex last, long maxBytes)
    {
        var records = map.Find(first, last, maxBytes);
        if (records.Count == 0 || _source is not { } source) return [];
        return await ReadRecordsAsync(source, records, first, last, maxBytes).ConfigureAwait(false);
    }

    /// <summary>The same for records found before a cut took them out of the map.</summary>
    public async Task<IReadOnlyList<LogEntry>> ReadAsync(IReadOnlyList<JournalRecord> records, LogRange range) =>
        records.Count == 0 || _source is not { } source ? [] : await ReadRecordsAsync(source, records, range.First, range.Last, long.MaxValue).ConfigureAwait(false);

    private async Task<IReadOnlyList<LogEntry>> ReadRecordsAsync(Source source, IReadOnlyList<JournalRecord> records, LogIndex first, LogIndex last, long maxBytes)
    {
        var wanted = new Dictionary<long, JournalRecord>(records.Count);
        foreach (var record in records) wanted[record.SequenceNr] = record;
        var events = await source.Journal
            .CurrentEventsByPersistenceId(persistenceId, records[0].SequenceNr, records[^1].SequenceNr)
            .RunWith(Sink.Seq<EventEnvelope>(), source.Materializer).ConfigureAwait(false);
        var entries = new List<LogEntry>();
        var bytes = 0L;
        foreach (var envelope in events)
        {
            if (!wanted.TryGetValue(envelope.SequenceNr, out var record) || envelope.Event is not JournalEvent.EntriesAppended appended) continue;
            foreach (var entry in appended.Entries)
            {
                if (entry.Index < first || entry.Index > last || entry.Index.Value < record.First || entry.Index.Value > record.Last) continue;
                bytes += entry.SizeBytes;
                if (entries.Count > 0 && bytes > maxBytes) return entries;
                if (entries.Count > 0 && entry.Index != entries[^1].Index.Next) return entries;
                entries.Add(entry);
            }
        }
        return entries;
    }
}

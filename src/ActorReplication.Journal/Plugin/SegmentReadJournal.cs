using Akka;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Query;
using Akka.Streams.Dsl;

namespace ActorReplication.Journal.Plugin;

/// <summary>
/// Reads events of the segment journal of the same actor system as streams. Only durable events are seen. Streams hold at most
/// <c>max-buffer-size</c> events or <c>max-buffer-bytes</c> (or one larger event). They fail with <see cref="JournalException"/> when
/// the journal refuses.
/// </summary>
public sealed class SegmentReadJournal : IEventsByPersistenceIdQuery, ICurrentEventsByPersistenceIdQuery, ICurrentPersistenceIdsQuery
{
    /// <summary>The read journal's ID: its path in HOCON.</summary>
    public const string Identifier = "akka.persistence.query.segments";

    private readonly ExtendedActorSystem _system;
    private readonly string _writePlugin;
    private readonly long _maxEvents;
    private readonly long _maxBytes;

    /// <summary>Called by Akka through <see cref="SegmentReadJournalProvider"/>.</summary>
    public SegmentReadJournal(ExtendedActorSystem system, Config config)
    {
        var section = config.WithFallback(SegmentJournal.DefaultConfig().GetConfig(Identifier));
        _system = system;
        _writePlugin = section.GetString("write-plugin", "");
        _maxEvents = section.GetLong("max-buffer-size");
        _maxBytes = section.GetByteSize("max-buffer-bytes", null) ?? 0;
        if (_maxEvents < 1 || _maxBytes < 1)
            throw new ConfigurationException($"{Identifier}: 'max-buffer-size' and 'max-buffer-bytes' must be at least 1");
    }

    /// <summary>Found by Akka through reflection, so that the read journal works without a section of its own.</summary>
    public static Config DefaultConfiguration() => SegmentJournal.DefaultConfig();

    /// <summary>Events from one sequence number to another, inclusive, as they become durable; ends behind <paramref name="toSequenceNr"/>.</summary>
    public Source<EventEnvelope, NotUsed> EventsByPersistenceId(string persistenceId, long fromSequenceNr, long toSequenceNr) =>
        Events(persistenceId, fromSequenceNr, toSequenceNr, isLive: true);

    /// <summary>Events from one sequence number to another, inclusive, that are durable when the stream first reads; then it ends.</summary>
    public Source<EventEnvelope, NotUsed> CurrentEventsByPersistenceId(string persistenceId, long fromSequenceNr, long toSequenceNr) =>
        Events(persistenceId, fromSequenceNr, toSequenceNr, isLive: false);

    /// <summary>Every persistence ID that has ever stored an event, in ordinal order.</summary>
    public Source<string, NotUsed> CurrentPersistenceIds() => Source.FromGraph(new PersistenceIdsSource(Journal()));

    private Source<EventEnvelope, NotUsed> Events(string persistenceId, long from, long to, bool isLive)
    {
        var range = new EventRange(persistenceId, Math.Max(1, from), to, isLive);
        return Source.FromGraph(new EventSource(Journal(), range, _maxEvents, _maxBytes));
    }

    private IActorRef Journal() => Akka.Persistence.Persistence.Instance.Apply(_system).JournalFor(_writePlugin);
}

/// <summary>Akka's way to make the read journal from its HOCON section.</summary>
public sealed class SegmentReadJournalProvider(ExtendedActorSystem system, Config config) : IReadJournalProvider
{
    /// <inheritdoc/>
    public IReadJournal GetReadJournal() => new SegmentReadJournal(system, config);
}

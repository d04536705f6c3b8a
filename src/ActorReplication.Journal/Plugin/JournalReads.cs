using System.Collections.Immutable;
using ActorReplication.Journal.Segments;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;

namespace ActorReplication.Journal.Plugin;

/// <summary>Replays and queries, on one thread of their own. <see cref="Refuse"/> must be set before the first read.</summary>
internal sealed class JournalReads(
    EventCodec codec,
    Func<IPersistentRepresentation, IEnumerable<IPersistentRepresentation>> adapt,
    IActorRef journal,
    EventStream? publishTo)
{
    private const long ReplayStepBytes = 4 << 20;
    private const long ReplayStepEvents = 10_000;

    private readonly WorkThread _thread = new("journal-reader");
    private readonly Dictionary<string, HashSet<IActorRef>> _watchers = [];

    /// <summary>Told when a read meets damage.</summary>
    public Action<JournalException>? Refuse { get; set; }

    /// <summary>Starts a replay of what is durable now.</summary>
    public void Replay(SegmentLog log, ReplayMessages request)
    {
        var identity = log.Identities.Find(request.PersistenceId);
        var highest = identity?.Highest ?? 0;
        var replay = new ReplayState(log, request, identity, highest)
        {
            Next = request.FromSequenceNr,
            Remaining = request.Max,
        };
        _thread.TryPost(() => Step(replay));
    }

    /// <summary>Goes on with a replay whose receiver has worked off the last step.</summary>
    public void Continue(object replay) => _thread.TryPost(() => Step((ReplayState)replay));

    public void Query(SegmentLog log, SegmentQueryProtocol.IQuery request, IActorRef replyTo)
    {
        switch (request)
        {
            case SegmentQueryProtocol.ReadEvents read:
                var identity = log.Identities.Find(read.PersistenceId);
                var highest = identity?.Highest ?? 0;
                _thread.TryPost(() => Read(log, read, identity, highest, replyTo));
                break;
            case SegmentQueryProtocol.Watch(var persistenceId):
                (_watchers.TryGetValue(persistenceId, out var watchers) ? watchers : _watchers[persistenceId] = []).Add(replyTo);
                replyTo.Tell(SegmentQueryProtocol.EventsStored.Instance);
                break;
            case SegmentQueryProtocol.Unwatch(var persistenceId):
                if (_watchers.TryGetValue(persistenceId, out var rest) && rest.Remove(replyTo) && rest.Count == 0)
                    _watchers.Remove(persistenceId);
                break;
            case SegmentQueryProtocol.ListPersistenceIds:
                var ids = log.Identities.All.Where(i => i.Highest > 0).Select(i => i.PersistenceId).Order(StringComparer.Ordinal);
                replyTo.Tell(new SegmentQueryProtocol.PersistenceIds([.. ids]));
                break;
        }
    }

    /// <summary>Tells the streams that wait for a write's events.</summary>
    public void Stored(PreparedWrite write)
    {
        if (_watchers.Count == 0)
            return;
        foreach (var persistenceId in write.Drafts.Select(d => d.PersistenceId).Distinct())
        {
            foreach (var watcher in _watchers.GetValueOrDefault(persistenceId) ?? [])
                watcher.Tell(SegmentQueryProtocol.EventsStored.Instance);
        }
    }

    public void Stop() => _thread.Dispose();

    // Akka's replay protocol has no demand. Identify is answered by the receiver's mailbox in turn, whatever its behaviour, so it
    // tells when the events sent before it have been taken; at most one step of events waits in that mailbox.
    private void Step(ReplayState replay)
    {
        var target = replay.Request.PersistentActor;
        try
        {
            var to = Math.Min(replay.Request.ToSequenceNr, replay.Highest);
            if (replay.Identity is { } identity && replay.Next <= to && replay.Remaining > 0)
            {
                var limit = Math.Min(replay.Remaining, ReplayStepEvents);
                var result = LogReader.Read(replay.Log, identity, replay.Next, to, limit, ReplayStepBytes, record =>
                {
                    foreach (var @event in adapt(codec.Decode(record, identity.PersistenceId)))
                        target.Tell(new ReplayedMessage(@event), ActorRefs.NoSender);
                });
                replay.Next = result.Last + 1;
                replay.Remaining -= result.Events;
                if (!result.IsComplete && replay.Remaining > 0)
                {
                    target.Tell(new Identify(replay), journal);
                    return;
                }
            }

            target.Tell(new RecoverySuccess(replay.Highest));
            publishTo?.Publish(replay.Request);
        }
        catch (Exception e)
        {
            // Whatever a serializer or event adapter throws is the asker's to know.
            if (e is JournalException damage)
                Refuse?.Invoke(damage);
            target.Tell(new ReplayMessagesFailure(e));
        }
    }

    private void Read(SegmentLog log, SegmentQueryProtocol.ReadEvents read, Identity? identity, long highest, IActorRef replyTo)
    {
        try
        {
            var events = ImmutableArray.CreateBuilder<IPersistentRepresentation>();
            var next = read.From;
            if (identity is not null && read.From <= Math.Min(read.To, highest))
            {
                var result = LogReader.Read(
                    log, identity, read.From, Math.Min(read.To, highest), read.MaxEvents, read.MaxBytes,
                    record => events.AddRange(adapt(codec.Decode(record, identity.PersistenceId))));
                next = result.IsComplete ? Math.Max(read.From, Math.Min(read.To, highest) + 1) : result.Last + 1;
            }

            replyTo.Tell(new SegmentQueryProtocol.EventsRead(events.ToImmutable(), next, highest));
        }
        catch (Exception e)
        {
            if (e is JournalException damage)
                Refuse?.Invoke(damage);
            replyTo.Tell(new SegmentQueryProtocol.QueryFailed(e));
        }
    }

    private sealed class ReplayState(SegmentLog log, ReplayMessages request, Identity? identity, long highest)
    {
        public SegmentLog Log { get; } = log;

        public ReplayMessages Request { get; } = request;

        public Identity? Identity { get; } = identity;

        public long Highest { get; } = highest;

        public long Next { get; set; }

        public long Remaining { get; set; }
    }
}

using System.Collections.Immutable;
using ActorReplication.Journal.Format;
using ActorReplication.Journal.Segments;
using Akka.Configuration;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace ActorReplication.Benchmarks;

/// <summary>The same log and thread under Akka's own <see cref="AsyncWriteJournal"/>: what its circuit breaker, continuation and resequencer cost. For comparison only.</summary>
public sealed class StockJournal : AsyncWriteJournal
{
    private readonly SegmentLog _log;
    private readonly WorkThread _thread = new("stock-journal");

    public StockJournal(Config config) => _log = SegmentLog.Open(new SegmentLogOptions(config.GetString("directory")), LinuxSystemCalls.Instance);

    public override Task ReplayMessagesAsync(Akka.Actor.IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback) =>
        throw new NotSupportedException();

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages, CancellationToken cancellationToken)
    {
        var stored = new TaskCompletionSource<IImmutableList<Exception>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var write = new PreparedWrite();
        foreach (var @event in messages.SelectMany(m => (IImmutableList<IPersistentRepresentation>)m.Payload))
        {
            write.AddEvent(new EventFields
            {
                PersistenceId = @event.PersistenceId,
                SequenceNr = @event.SequenceNr,
                Timestamp = 1,
                SerializerId = 4,
                Manifest = "",
                EventManifest = "",
                Writer = "",
                Payload = (byte[])@event.Payload,
                MoreFollows = false,
            });
        }

        _thread.TryPost(() =>
        {
            _log.Append([write], _ => { });
            write.Dispose();
            stored.SetResult(null!);
        });
        return stored.Task;
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr, CancellationToken cancellationToken) => throw new NotSupportedException();

    protected override void PostStop()
    {
        _thread.Dispose();
        _log.Close(mark: true);
        base.PostStop();
    }
}

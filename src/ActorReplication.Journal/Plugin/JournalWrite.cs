using System.Collections.Immutable;
using ActorReplication.Journal.Segments;
using Akka.Actor;
using Akka.Persistence;

namespace ActorReplication.Journal.Plugin;

/// <summary>One write request on its way: encoded by the journal actor, stored and answered by the journal's thread.</summary>
internal sealed class JournalWrite(WriteMessages request, IActorRef journal) : PreparedWrite
{
    private readonly Dictionary<AtomicWrite, Exception> _rejections = new(ReferenceEqualityComparer.Instance);

    public bool IsAnswered { get; private set; }

    /// <summary>An atomic write is not stored, for a reason of its own, while the rest of the request is.</summary>
    public void Reject(AtomicWrite write, Exception cause) => _rejections[write] = cause;

    /// <summary>Sends the protocol's answers: one for the whole, then one for each event and each message that was only passed through.</summary>
    public void Answer(Exception? failure)
    {
        IsAnswered = true;
        var target = request.PersistentActor;
        target.Tell(
            failure is null ? WriteMessagesSuccessful.Instance : new WriteMessagesFailed(failure, request.Messages.Count(m => m is AtomicWrite)),
            journal);
        foreach (var message in request.Messages)
        {
            if (message is not AtomicWrite write)
            {
                target.Tell(new LoopMessageSuccess(message.Payload, request.ActorInstanceId), message.Sender);
                continue;
            }

            var rejection = _rejections.GetValueOrDefault(write);
            foreach (var @event in (IImmutableList<IPersistentRepresentation>)write.Payload)
                target.Tell(Outcome(@event, failure, rejection), @event.Sender);
        }
    }

    private object Outcome(IPersistentRepresentation @event, Exception? failure, Exception? rejection) => (failure, rejection) switch
    {
        (not null, _) => new WriteMessageFailure(@event, failure, request.ActorInstanceId),
        (_, not null) => new WriteMessageRejected(@event, rejection, request.ActorInstanceId),
        _ => new WriteMessageSuccess(@event, request.ActorInstanceId),
    };
}

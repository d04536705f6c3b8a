using ActorReplication.Journal.Format;
using ActorReplication.Journal.Segments;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Journal;

namespace ActorReplication.Journal.Plugin;

/// <summary>Turns events into records and back, with the serializer that Akka has bound to each; serializer ID and manifest are stored.</summary>
internal sealed class EventCodec(ExtendedActorSystem system, TimeProvider clock)
{
    /// <summary>Appends an event that has passed its event adapter. Its sender is not stored; tags are dropped, as nothing here reads by tag.</summary>
    public void Encode(PreparedWrite write, IPersistentRepresentation @event, bool moreFollows)
    {
        var payload = @event.Payload is Tagged tagged ? tagged.Payload : @event.Payload;
        var serializer = system.Serialization.FindSerializerFor(payload);
        write.AddEvent(new EventFields
        {
            PersistenceId = @event.PersistenceId,
            SequenceNr = @event.SequenceNr,
            Timestamp = @event.Timestamp > 0 ? @event.Timestamp : clock.GetUtcNow().UtcTicks,
            SerializerId = serializer.Identifier,
            Manifest = Akka.Serialization.Serialization.ManifestFor(serializer, payload),
            EventManifest = @event.Manifest,
            Writer = @event.WriterGuid,
            Payload = serializer.ToBinary(payload),
            MoreFollows = moreFollows,
        });
    }

    /// <summary>The event in a record, not yet through its event adapter.</summary>
    public Persistent Decode(RecordView record, string persistenceId) =>
        new(
            system.Serialization.Deserialize(record.Payload.ToArray(), record.SerializerId, record.Manifest),
            record.SequenceNr,
            persistenceId,
            record.EventManifest,
            isDeleted: false,
            ActorRefs.NoSender,
            record.Writer,
            record.Timestamp);
}

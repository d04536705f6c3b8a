using System.Text;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Fsm;
using Akka.Persistence.Journal;
using Akka.Serialization;
using Xunit;

namespace ActorReplication.Journal.Tests.Conformance;

/// <summary>Events pass through the serializer bound to them, by type and by string manifest, and through event adapters.</summary>
public sealed class JournalSerialization : JournalSystem
{
    private const string Id = "serialized";

    public JournalSerialization()
        : base("""
            akka.actor {
              serializers {
                plain = "ActorReplication.Journal.Tests.Conformance.PlainSerializer, ActorReplication.Journal.Tests"
                versioned = "ActorReplication.Journal.Tests.Conformance.VersionedSerializer, ActorReplication.Journal.Tests"
              }
              serialization-bindings {
                "ActorReplication.Journal.Tests.Conformance.PlainEvent, ActorReplication.Journal.Tests" = plain
                "ActorReplication.Journal.Tests.Conformance.VersionedEvent, ActorReplication.Journal.Tests" = versioned
              }
            }
            akka.persistence.journal.segments {
              event-adapters {
                adapter = "ActorReplication.Journal.Tests.Conformance.AdaptedEventAdapter, ActorReplication.Journal.Tests"
                tagger = "ActorReplication.Journal.Tests.Conformance.Tagger, ActorReplication.Journal.Tests"
              }
              event-adapter-bindings {
                "ActorReplication.Journal.Tests.Conformance.AdaptedEvent, ActorReplication.Journal.Tests" = adapter
                "ActorReplication.Journal.Tests.Conformance.StoredEvent, ActorReplication.Journal.Tests" = adapter
                "ActorReplication.Journal.Tests.Conformance.TaggedEvent, ActorReplication.Journal.Tests" = tagger
              }
            }
            """)
    {
    }

    [Fact]
    public void Uses_the_serializer_bound_to_the_type()
    {
        var replayed = WriteAndReplay(new PlainEvent("a"));
        Assert.Equal("read(written(a))", Assert.IsType<PlainEvent>(replayed.Payload).Data);
    }

    [Fact]
    public void Stores_string_manifests()
    {
        var replayed = WriteAndReplay(new VersionedEvent("b", 5));
        Assert.Equal(new VersionedEvent("b", 5), replayed.Payload);
    }

    [Fact]
    public void Passes_events_through_adapters_and_stores_their_manifest()
    {
        var replayed = WriteAndReplay(new AdaptedEvent("c"));
        Assert.Equal(new AdaptedEvent("from stored-v1 c"), replayed.Payload);
        Assert.Equal("stored-v1", replayed.Manifest);
    }

    [Fact]
    public void Stores_a_tagged_event_without_its_tags() => Assert.Equal(new TaggedEvent("t"), WriteAndReplay(new TaggedEvent("t")).Payload);

    [Fact]
    public void Stores_akkas_own_state_changes()
    {
        var replayed = WriteAndReplay(new PersistentFSM.StateChangeEvent("init", TimeSpan.FromSeconds(342)));
        Assert.Equal("init", Assert.IsType<PersistentFSM.StateChangeEvent>(replayed.Payload).StateIdentifier);
    }

    [Fact]
    public void Keeps_actor_references()
    {
        var probe = CreateTestProbe();
        Assert.Equal(probe.Ref, WriteAndReplay(probe.Ref).Payload);
    }

    [Fact]
    public void Keeps_a_given_timestamp_and_sets_a_missing_one()
    {
        var before = DateTime.UtcNow.Ticks;
        Assert.InRange(WriteAndReplay("now").Timestamp, before, DateTime.UtcNow.Ticks);

        var (writer, reader) = (CreateTestProbe(), CreateTestProbe());
        Journal.Tell(new WriteMessages([new AtomicWrite(new Persistent("then", 2, Id, timestamp: 1234))], writer, InstanceId));
        writer.ExpectMsg<WriteMessagesSuccessful>();
        Journal.Tell(new ReplayMessages(2, 2, 1, Id, reader));
        Assert.Equal(1234, reader.ExpectMsg<ReplayedMessage>().Persistent.Timestamp);
    }

    [Fact]
    public void Fails_a_replay_whose_serializer_is_gone_without_harm_to_the_journal()
    {
        var (writer, reader) = (CreateTestProbe(), CreateTestProbe());
        Journal.Tell(new WriteMessages([Events(Id, 1, new PlainEvent("unreadable"), "after")], writer, InstanceId));
        writer.ExpectMsg<WriteMessagesSuccessful>();
        Journal.Tell(new ReplayMessages(1, 9, 9, Id, reader));
        Assert.Contains("cannot read", reader.ExpectMsg<ReplayMessagesFailure>().Cause.Message, StringComparison.Ordinal);
        Journal.Tell(new ReplayMessages(2, 9, 9, Id, reader));
        Assert.Equal("after", reader.ExpectMsg<ReplayedMessage>().Persistent.Payload);
    }

    private IPersistentRepresentation WriteAndReplay(object payload)
    {
        var (writer, reader) = (CreateTestProbe(), CreateTestProbe());
        Journal.Tell(new WriteMessages([Events(Id, 1, payload)], writer, InstanceId));
        writer.ExpectMsg<WriteMessagesSuccessful>();
        Assert.Same(payload, writer.ExpectMsg<WriteMessageSuccess>().Persistent.Payload);

        Journal.Tell(new ReplayMessages(0, long.MaxValue, long.MaxValue, Id, reader));
        var replayed = reader.ExpectMsg<ReplayedMessage>().Persistent;
        reader.ExpectMsg<RecoverySuccess>();
        return replayed;
    }
}

public sealed record PlainEvent(string Data);

public sealed record VersionedEvent(string Data, int Number);

public sealed record AdaptedEvent(string Data);

public sealed record StoredEvent(string Data);

public sealed record TaggedEvent(string Data);

public sealed class PlainSerializer(ExtendedActorSystem system) : Serializer(system)
{
    public override int Identifier => 90_001;

    public override bool IncludeManifest => true;

    public override byte[] ToBinary(object obj) => Encoding.UTF8.GetBytes($"written({((PlainEvent)obj).Data})");

    public override object FromBinary(byte[] bytes, Type type)
    {
        Assert.Equal(typeof(PlainEvent), type);
        var text = Encoding.UTF8.GetString(bytes);
        return text.Contains("unreadable", StringComparison.Ordinal) ? throw new InvalidOperationException("cannot read this") : new PlainEvent($"read({text})");
    }
}

public sealed class VersionedSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    public override int Identifier => 90_002;

    public override string Manifest(object o) => "versioned-2";

    public override byte[] ToBinary(object obj) => obj is VersionedEvent e ? Encoding.UTF8.GetBytes($"{e.Data}:{e.Number}") : throw new ArgumentException("not mine");

    public override object FromBinary(byte[] bytes, string manifest)
    {
        Assert.Equal("versioned-2", manifest);
        var parts = Encoding.UTF8.GetString(bytes).Split(':');
        return new VersionedEvent(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture));
    }
}

public sealed class AdaptedEventAdapter : IEventAdapter
{
    public string Manifest(object evt) => "stored-v1";

    public object ToJournal(object evt) => new StoredEvent(((AdaptedEvent)evt).Data);

    public IEventSequence FromJournal(object evt, string manifest) => EventSequence.Single(new AdaptedEvent($"from {manifest} {((StoredEvent)evt).Data}"));
}

public sealed class Tagger : IWriteEventAdapter
{
    public string Manifest(object evt) => "";

    public object ToJournal(object evt) => new Tagged(evt, ["red"]);
}

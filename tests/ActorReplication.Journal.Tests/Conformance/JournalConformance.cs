using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit;
using Xunit;

namespace ActorReplication.Journal.Tests.Conformance;

/// <summary>What Akka.Persistence demands of a journal.</summary>
public sealed class JournalConformance : JournalSystem
{
    private const string Id = "replica-1";

    private readonly TestProbe _receiver;

    public JournalConformance()
    {
        _receiver = CreateTestProbe();
        var writer = CreateTestProbe();
        Journal.Tell(new WriteMessages([Events(Id, 1, "a-1"), Events(Id, 2, "a-2"), Events(Id, 3, "a-3"), Events(Id, 4, "a-4", "a-5")], writer, InstanceId));
        writer.ExpectMsg<WriteMessagesSuccessful>();
        for (var i = 1; i <= 5; i++)
        {
            var success = writer.ExpectMsg<WriteMessageSuccess>();
            Assert.Equal((i, $"a-{i}", Id, InstanceId), (success.Persistent.SequenceNr, success.Persistent.Payload, success.Persistent.PersistenceId, success.ActorInstanceId));
        }
    }

    [Theory]
    [InlineData(1, long.MaxValue, long.MaxValue, 1, 5)]
    [InlineData(0, long.MaxValue, long.MaxValue, 1, 5)]
    [InlineData(3, long.MaxValue, long.MaxValue, 3, 5)]
    [InlineData(1, 3, long.MaxValue, 1, 3)]
    [InlineData(1, long.MaxValue, 3, 1, 3)]
    [InlineData(2, 3, long.MaxValue, 2, 3)]
    [InlineData(2, 5, 2, 2, 3)]
    [InlineData(2, 2, long.MaxValue, 2, 2)]
    [InlineData(2, 4, 1, 2, 2)]
    [InlineData(2, 4, 0, 1, 0)]
    [InlineData(3, 2, long.MaxValue, 1, 0)]
    [InlineData(6, long.MaxValue, long.MaxValue, 1, 0)]
    public void Replays_within_bounds_and_count(long from, long to, long max, long first, long last) => ExpectReplay(from, to, max, first, last);

    [Fact]
    public void Replays_nothing_for_an_unknown_persistence_id()
    {
        Journal.Tell(new ReplayMessages(0, long.MaxValue, long.MaxValue, "nobody", _receiver));
        Assert.Equal(0, _receiver.ExpectMsg<RecoverySuccess>().HighestSequenceNr);
    }

    [Fact]
    public void Does_not_replay_deleted_events()
    {
        var subscriber = CreateTestProbe();
        Sys.EventStream.Subscribe(subscriber, typeof(DeleteMessagesTo));
        Delete(3);
        Assert.Equal((Id, 3), (subscriber.ExpectMsg<DeleteMessagesTo>() is { } d ? (d.PersistenceId, d.ToSequenceNr) : default));
        ExpectReplay(1, long.MaxValue, long.MaxValue, 4, 5);
    }

    [Fact]
    public void Keeps_the_highest_sequence_number_after_deleting_everything()
    {
        Delete(long.MaxValue);
        ExpectReplay(0, long.MaxValue, long.MaxValue, 1, 0);
    }

    [Fact]
    public void Rejects_only_the_atomic_write_that_cannot_be_serialized()
    {
        var writer = CreateTestProbe();
        Journal.Tell(new WriteMessages([Events(Id, 6, "a-6"), Events(Id, 7, "a-7", new Unserializable()), Events(Id, 9, "a-9")], writer, InstanceId));

        writer.ExpectMsg<WriteMessagesSuccessful>();
        Assert.Equal(6, writer.ExpectMsg<WriteMessageSuccess>().Persistent.SequenceNr);
        Assert.Equal(7, writer.ExpectMsg<WriteMessageRejected>().Persistent.SequenceNr);
        Assert.Equal(8, writer.ExpectMsg<WriteMessageRejected>().Persistent.SequenceNr);
        Assert.Equal(9, writer.ExpectMsg<WriteMessageSuccess>().Persistent.SequenceNr);

        Journal.Tell(new ReplayMessages(6, long.MaxValue, long.MaxValue, Id, _receiver));
        Assert.Equal("a-6", _receiver.ExpectMsg<ReplayedMessage>().Persistent.Payload);
        Assert.Equal("a-9", _receiver.ExpectMsg<ReplayedMessage>().Persistent.Payload);
        Assert.Equal(9, _receiver.ExpectMsg<RecoverySuccess>().HighestSequenceNr);
    }

    [Fact]
    public void Refuses_a_sequence_number_that_is_already_taken()
    {
        var writer = CreateTestProbe();
        Journal.Tell(new WriteMessages([Events(Id, 5, "other")], writer, InstanceId));

        Assert.Contains("sequence number 5", writer.ExpectMsg<WriteMessagesFailed>().Cause.Message, StringComparison.Ordinal);
        Assert.Equal(5, writer.ExpectMsg<WriteMessageFailure>().Persistent.SequenceNr);
        ExpectReplay(1, long.MaxValue, long.MaxValue, 1, 5);
    }

    [Fact]
    public void Tells_the_original_senders()
    {
        var (writer, sender) = (CreateTestProbe(), CreateTestProbe());
        Journal.Tell(new WriteMessages([new AtomicWrite(new Persistent("a-6", 6, Id, "", false, sender, Writer))], writer, InstanceId));

        writer.ExpectMsg<WriteMessagesSuccessful>();
        writer.ExpectMsg<WriteMessageSuccess>();
        Assert.Equal(sender.Ref, writer.LastSender);
    }

    [Fact]
    public void Publishes_replays_when_plugin_commands_are_published()
    {
        var subscriber = CreateTestProbe();
        Sys.EventStream.Subscribe(subscriber, typeof(ReplayMessages));
        ExpectReplay(2, 3, 10, 2, 3);
        Assert.Equal(2, subscriber.ExpectMsg<ReplayMessages>().FromSequenceNr);
    }

    private void Delete(long to)
    {
        var deleter = CreateTestProbe();
        Journal.Tell(new DeleteMessagesTo(Id, to, deleter));
        Assert.Equal(to, deleter.ExpectMsg<DeleteMessagesSuccess>().ToSequenceNr);
    }

    private void ExpectReplay(long from, long to, long max, long first, long last)
    {
        Journal.Tell(new ReplayMessages(from, to, max, Id, _receiver));
        for (var i = first; i <= last; i++)
        {
            var replayed = _receiver.ExpectMsg<ReplayedMessage>().Persistent;
            Assert.Equal(($"a-{i}", Id, i, false, Writer), (replayed.Payload, replayed.PersistenceId, replayed.SequenceNr, replayed.IsDeleted, replayed.WriterGuid));
        }

        Assert.Equal(5, _receiver.ExpectMsg<RecoverySuccess>().HighestSequenceNr);
    }

    private sealed class Unserializable
    {
        public string Text => throw new InvalidOperationException("not for writing");
    }
}

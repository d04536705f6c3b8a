using ActorReplication.Journal.Tests.Conformance;
using ActorReplication.Journal.Tests.Log;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Query;
using Akka.Streams;
using Akka.Streams.Dsl;
using ActorReplication.Journal.Plugin;
using Xunit;

namespace ActorReplication.Journal.Tests.Plugin;

/// <summary>Disk errors as the journal's users see them.</summary>
public sealed class FailingJournal : JournalSystem
{
    private const string Id = "replica";

    private readonly ScriptedCalls _calls;
    private readonly Akka.TestKit.TestProbe _writer;

    public FailingJournal()
        : this(new ScriptedCalls())
    {
    }

    private FailingJournal(ScriptedCalls calls)
        : base(calls)
    {
        _calls = calls;
        _writer = CreateTestProbe();
        Write(1);
        ExpectWritten(1);
    }

    [Fact]
    public void Refuses_everything_after_a_failed_sync_and_says_so_once()
    {
        var trouble = CreateTestProbe();
        Sys.EventStream.Subscribe(trouble, typeof(JournalTrouble));
        _calls.Fail = (operation, path) => operation == "sync" && path.EndsWith(".segment", StringComparison.Ordinal) ? ScriptedCalls.IoError : 0;
        Write(2);

        var failure = Assert.IsType<JournalException>(_writer.ExpectMsg<WriteMessagesFailed>().Cause);
        Assert.Equal(2, _writer.ExpectMsg<WriteMessageFailure>().Persistent.SequenceNr);
        var failed = Assert.IsType<JournalFailed>(failure.Trouble);
        Assert.Equal((5, "fdatasync"), (failed.Errno, failed.Operation));
        Assert.EndsWith("00000000000000000001.segment", failed.File, StringComparison.Ordinal);
        Assert.Equal(failed, trouble.ExpectMsg<JournalFailed>());

        // A sync that succeeds again proves nothing.
        _calls.Fail = (_, _) => 0;
        lock (_calls.Log)
            _calls.Log.Clear();
        Write(2);
        Assert.Same(failure, _writer.ExpectMsg<WriteMessagesFailed>().Cause);
        _writer.ExpectMsg<WriteMessageFailure>();
        var probe = CreateTestProbe();
        Journal.Tell(new ReplayMessages(1, 9, 9, Id, probe));
        Assert.Same(failure, probe.ExpectMsg<ReplayMessagesFailure>().Cause);
        Journal.Tell(new DeleteMessagesTo(Id, 1, probe));
        Assert.Same(failure, probe.ExpectMsg<DeleteMessagesFailure>().Cause);
        Assert.Empty(_calls.Log);
    }

    [Fact]
    public async Task Fails_streams_after_a_failed_sync()
    {
        _calls.Fail = (operation, _) => operation == "sync" ? ScriptedCalls.IoError : 0;
        Write(2);
        _writer.ExpectMsg<WriteMessagesFailed>();
        var events = PersistenceQuery.Get(Sys).ReadJournalFor<SegmentReadJournal>(SegmentReadJournal.Identifier).EventsByPersistenceId(Id, 1, 9);
        using var materializer = Sys.Materializer();
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => events.RunWith(Sink.Seq<EventEnvelope>(), materializer).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.IsType<JournalException>(failure is AggregateException { InnerException: { } inner } ? inner : failure);
    }

    [Fact]
    public void Answers_a_full_disk_with_a_failure_and_stores_again_when_there_is_space()
    {
        _calls.Fail = (operation, path) => operation == "write" && path.EndsWith(".segment", StringComparison.Ordinal) ? ScriptedCalls.NoSpace : 0;
        Write(2);
        Assert.IsType<JournalFullException>(_writer.ExpectMsg<WriteMessagesFailed>().Cause);
        _writer.ExpectMsg<WriteMessageFailure>();

        _calls.Fail = (_, _) => 0;
        Write(2);
        ExpectWritten(2);
        var reader = CreateTestProbe();
        Journal.Tell(new ReplayMessages(1, 9, 9, Id, reader));
        Assert.Equal([1, 2], reader.ReceiveN(2).Select(m => ((ReplayedMessage)m).Persistent.SequenceNr));
        reader.ExpectMsg<RecoverySuccess>();
    }

    [Fact]
    public void Reports_a_failed_deletion_and_refuses_when_it_was_the_disk()
    {
        var deleter = CreateTestProbe();
        _calls.Fail = (operation, path) => operation == "write" && path.Contains("deletions", StringComparison.Ordinal) ? ScriptedCalls.NoSpace : 0;
        Journal.Tell(new DeleteMessagesTo(Id, 1, deleter));
        Assert.IsType<JournalFullException>(deleter.ExpectMsg<DeleteMessagesFailure>().Cause);

        _calls.Fail = (operation, _) => operation == "syncdir" ? ScriptedCalls.IoError : 0;
        Journal.Tell(new DeleteMessagesTo(Id, 1, deleter));
        Assert.IsType<JournalException>(deleter.ExpectMsg<DeleteMessagesFailure>().Cause);
        Write(2);
        Assert.IsType<JournalException>(_writer.ExpectMsg<WriteMessagesFailed>().Cause);
    }

    private void Write(long sequenceNr) => Journal.Tell(new WriteMessages([Events(Id, sequenceNr, $"{sequenceNr}")], _writer, InstanceId));

    private void ExpectWritten(long sequenceNr)
    {
        _writer.ExpectMsg<WriteMessagesSuccessful>();
        Assert.Equal(sequenceNr, _writer.ExpectMsg<WriteMessageSuccess>().Persistent.SequenceNr);
    }
}

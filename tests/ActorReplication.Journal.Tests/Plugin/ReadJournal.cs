using ActorReplication.Journal.Plugin;
using ActorReplication.Journal.Tests.Conformance;
using Akka.Actor;
using Akka.Persistence;
using Akka.Persistence.Query;
using Akka.Streams;
using Akka.Streams.Dsl;
using Xunit;

namespace ActorReplication.Journal.Tests.Plugin;

/// <summary>The two queries by persistence ID, and the list of IDs.</summary>
public sealed class ReadJournal : JournalSystem
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ActorMaterializer _materializer;
    private readonly SegmentReadJournal _journal;

    public ReadJournal()
        : base("""
            akka.persistence.query.segments { max-buffer-size = 4 }
            akka.persistence.query.segments.class = "ActorReplication.Journal.Plugin.SegmentReadJournalProvider, ActorReplication.Journal"
            """)
    {
        _materializer = Sys.Materializer();
        _journal = PersistenceQuery.Get(Sys).ReadJournalFor<SegmentReadJournal>(SegmentReadJournal.Identifier);
    }

    [Theory]
    [InlineData(0, long.MaxValue, "1 2 3 4 5 6 7 8 9 10")]
    [InlineData(1, 2, "1 2")]
    [InlineData(9, 20, "9 10")]
    [InlineData(4, 3, "")]
    [InlineData(0, 0, "")]
    [InlineData(11, 12, "")]
    public async Task Current_events_end_at_what_is_there(long from, long to, string expected)
    {
        Write("a", 1, 10);
        Assert.Equal(expected, Text(await Collect(_journal.CurrentEventsByPersistenceId("a", from, to))));
    }

    [Fact]
    public async Task Current_events_of_an_unknown_id_are_none() => Assert.Empty(await Collect(_journal.CurrentEventsByPersistenceId("nobody", 0, long.MaxValue)));

    [Fact]
    public async Task Current_events_do_not_include_deleted_ones()
    {
        Write("a", 1, 5);
        Delete("a", 3);
        Assert.Equal("4 5", Text(await Collect(_journal.CurrentEventsByPersistenceId("a", 0, long.MaxValue))));
        Delete("a", long.MaxValue);
        Assert.Empty(await Collect(_journal.CurrentEventsByPersistenceId("a", 0, long.MaxValue)));
    }

    [Fact]
    public async Task Current_events_do_not_include_those_written_after_the_first_read()
    {
        Write("a", 1, 6);
        var queue = _journal.CurrentEventsByPersistenceId("a", 0, long.MaxValue).RunWith(Sink.Queue<EventEnvelope>().WithAttributes(Attributes.CreateInputBuffer(1, 1)), _materializer);
        Assert.Equal(1, (await Next(queue))!.SequenceNr);
        Write("a", 7, 8);
        for (var i = 2; i <= 6; i++)
            Assert.Equal(i, (await Next(queue))!.SequenceNr);
        Assert.Null(await Next(queue));
    }

    [Fact]
    public async Task Envelopes_carry_offset_id_number_and_timestamp()
    {
        Write("a", 1, 1);
        var envelope = Assert.Single(await Collect(_journal.CurrentEventsByPersistenceId("a", 0, long.MaxValue)));
        Assert.Equal((Offset.Sequence(1), "a", 1L, "1"), (envelope.Offset, envelope.PersistenceId, envelope.SequenceNr, envelope.Event));
        Assert.InRange(envelope.Timestamp, DateTime.UtcNow.AddMinutes(-5).Ticks, DateTime.UtcNow.Ticks);
    }

    [Fact]
    public async Task Live_events_go_on_with_new_ones_and_no_others()
    {
        Write("a", 1, 3);
        var queue = _journal.EventsByPersistenceId("a", 2, long.MaxValue).RunWith(Sink.Queue<EventEnvelope>(), _materializer);
        Assert.Equal(2, (await Next(queue))!.SequenceNr);
        Assert.Equal(3, (await Next(queue))!.SequenceNr);
        for (var i = 4; i <= 30; i++)
        {
            Write("b", i, i);
            Write("a", i, i);
            var next = (await Next(queue))!;
            Assert.Equal((i, "a"), (next.SequenceNr, next.PersistenceId));
        }
    }

    [Fact]
    public async Task Live_events_of_an_id_that_does_not_exist_yet_begin_with_its_first()
    {
        var queue = _journal.EventsByPersistenceId("later", 0, long.MaxValue).RunWith(Sink.Queue<EventEnvelope>(), _materializer);
        var next = queue.PullAsync();
        Write("later", 1, 1);
        Assert.Equal(1, (await next.WaitAsync(Patience)).Value.SequenceNr);
    }

    [Fact]
    public async Task Live_events_end_behind_their_bound()
    {
        Write("a", 1, 3);
        var events = Collect(_journal.EventsByPersistenceId("a", 0, 5));
        Write("a", 4, 8);
        Assert.Equal("1 2 3 4 5", Text(await events));
    }

    [Fact]
    public async Task Live_events_miss_nothing_while_much_is_written()
    {
        var events = Collect(_journal.EventsByPersistenceId("a", 0, 500));
        var writer = CreateTestProbe();
        for (var i = 1; i <= 500; i++)
            Journal.Tell(new WriteMessages([Events("a", i, $"{i}")], writer, InstanceId));
        Assert.Equal(Enumerable.Range(1, 500).Select(i => (long)i), (await events).Select(e => e.SequenceNr));
    }

    [Fact]
    public async Task Lists_every_id_that_stored_something()
    {
        Write("b", 1, 1);
        Write("a", 1, 2);
        Delete("b", 1);
        Assert.Equal(["a", "b"], await _journal.CurrentPersistenceIds().RunWith(Sink.Seq<string>(), _materializer).WaitAsync(Patience));
    }

    protected override void AfterAll()
    {
        _materializer.Dispose();
        base.AfterAll();
    }

    private static string Text(IEnumerable<EventEnvelope> events) => string.Join(' ', events.Select(e => e.Event));

    private static async Task<EventEnvelope?> Next(ISinkQueue<EventEnvelope> queue)
    {
        var next = await queue.PullAsync().WaitAsync(Patience);
        return next.HasValue ? next.Value : null;
    }

    private async Task<IReadOnlyList<EventEnvelope>> Collect(Source<EventEnvelope, Akka.NotUsed> source) =>
        await source.RunWith(Sink.Seq<EventEnvelope>(), _materializer).WaitAsync(Patience);

    private void Write(string id, long first, long last)
    {
        var writer = CreateTestProbe();
        Journal.Tell(new WriteMessages([Events(id, first, [.. Enumerable.Range((int)first, (int)(last - first + 1)).Select(i => $"{i}")])], writer, InstanceId));
        writer.ExpectMsg<WriteMessagesSuccessful>();
    }

    private void Delete(string id, long to)
    {
        var deleter = CreateTestProbe();
        Journal.Tell(new DeleteMessagesTo(id, to, deleter));
        deleter.ExpectMsg<DeleteMessagesSuccess>();
    }
}
